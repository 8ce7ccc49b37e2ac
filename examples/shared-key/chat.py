"""A whole chat client in a shared-key room: python-socketio and cryptography, and nothing else.

    pip install "python-socketio[asyncio_client]" cryptography
    NAME=alice PASSWORD=… PASSPHRASE=… python3 chat.py http://localhost:5000 new "The garden"    makes a room, prints its link
    NAME=bob   PASSWORD=… PASSPHRASE=… python3 chat.py LINK                             comes in by that link

What you type is said, what others say is printed. chat.mjs beside this says more; the two understand each other.
"""

import asyncio
import base64
import hashlib
import json
import os
import re
import sys
import unicodedata
from urllib.parse import urlsplit

import aiohttp
import socketio
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ROUNDS, FEWEST_ROUNDS = 600_000, 100_000
LINK = re.compile(r"shared-key=(\d+)\.(\d+)\.([\w-]{22})")


def base64url(sixteen):
    return base64.urlsafe_b64encode(sixteen).decode()[:22]


def room_key(passphrase, salt, rounds):
    """PBKDF2-SHA256, 128-bit salt, 256-bit key."""
    phrase = unicodedata.normalize("NFKC", passphrase).encode()
    return AESGCM(hashlib.pbkdf2_hmac("sha256", phrase, salt, rounds, 32))


def seal(key, room_id, text):
    """The room's number is in what is sealed, so that it cannot be shown in another room; the salt keeps the hash from telling a short text."""
    plain = json.dumps({"room_id": room_id, "salt": base64url(os.urandom(16)), "text": text}).encode()
    iv = os.urandom(12)
    return {
        "room_id": room_id,
        "encrypted_content": json.dumps(list(key.encrypt(iv, plain, None))),
        "iv": json.dumps(list(iv)),
        "message_hash": hashlib.sha256(plain).hexdigest(),
    }


def open_(key, entry):
    try:
        iv, sealed = (bytes(json.loads(entry[field])) for field in ("iv", "encrypted_content"))
        plain = key.decrypt(iv, sealed, None)
        if hashlib.sha256(plain).hexdigest() != entry["message_hash"].lower():
            return "(changed on its way)"
        said = plain.decode()
        read = json.loads(said) if said.startswith("{") else None
        if read is None or not isinstance(read.get("text"), str):
            return f"{said} (its hash reveals short texts)"
        return read["text"] if read.get("room_id") == entry["room_id"] else "(said in another room)"
    except (InvalidTag, ValueError, TypeError):
        return "(does not open: another passphrase, or changed on its way)"


async def post(http, path, body, beside=None):
    """Answers a success, or a refusal with this code."""
    async with http.post(path, json=body) as answer:
        answer = await answer.json()
    return answer if answer.get("code") in (None, beside) else sys.exit(answer["error"])


async def sign_in(http, username, password):
    account = {"username": username, "password": password}
    session = await post(http, "/register", account, "NAME_TAKEN")
    if "code" in session:
        session = await post(http, "/login", account)
    http.headers["authorization"] = f"Bearer {session['token']}"
    return session


async def main(where, command=None, name=None):
    url = urlsplit(where)
    server = f"{url.scheme}://{url.netloc}"
    async with aiohttp.ClientSession(server) as http:
        session = await sign_in(http, os.environ["NAME"], os.environ["PASSWORD"])
        if command == "new":
            room = await post(http, "/api/rooms", {"name": name})
            room_id, rounds, salt = room["room_id"], ROUNDS, os.urandom(16)
            print(f"link: {server}/join#shared-key={room_id}.{rounds}.{base64url(salt)}", flush=True)
        else:
            link = LINK.fullmatch(url.fragment) or sys.exit("that is no link into a shared-key room")
            room_id, rounds, salt = int(link[1]), int(link[2]), base64.urlsafe_b64decode(link[3] + "==")
            rounds >= FEWEST_ROUNDS or sys.exit("that link asks for weaker protection than this client accepts")
        await chat(http, server, session, room_id, room_key(os.environ["PASSPHRASE"], salt, rounds))


async def chat(http, server, session, room_id, key):
    socket, names, entries, asking, last = socketio.AsyncClient(), {}, asyncio.Queue(), asyncio.Event(), 0

    async def name_of(account):
        if account not in names:
            async with http.get(f"/api/rooms/{room_id}/members") as answer:
                names.update((it["account_id"], it["username"]) for it in (await answer.json())["members"])
        return names.get(account, "somebody who has left")

    def take(entry):
        nonlocal last
        if entry["room_id"] != room_id or entry["seq"] <= last:
            return
        if 0 < last < entry["seq"] - 1:
            return asking.set()
        last = entry["seq"]
        entries.put_nowait(entry)

    async def show():
        while entry := await entries.get():
            if entry["kind"] == "message" and entry["sender"] != session["account_id"]:
                print(f"{await name_of(entry['sender'])}: {open_(key, entry)}", flush=True)

    async def catch_up():
        """Something was said that did not come: all since then is asked for, and comes as `room_history`."""
        while await asking.wait():
            asking.clear()
            history = await socket.call("room_history", {"room_id": room_id, "since": last})
            if history.get("last_seq", 0) > last:
                asking.set()

    async def join():
        joined = await socket.call("join_room", {"room_id": room_id})
        print(joined.get("error", "connected"), flush=True)

    printer, asker = asyncio.create_task(show()), asyncio.create_task(catch_up())
    socket.on("connect", join)
    socket.on("room_history", lambda history: [take(entry) for entry in history["entries"]])
    socket.on("new_message", take)
    socket.on("missed", lambda _: asking.set())
    await socket.connect(server, auth={"token": session["token"]})
    while line := await asyncio.to_thread(sys.stdin.readline):
        receipt = await socket.call("send_message", seal(key, room_id, line.rstrip("\n")))
        if "code" in receipt:
            print(receipt["error"], file=sys.stderr)
    entries.put_nowait(None)
    await printer
    asker.cancel()
    await socket.disconnect()


asyncio.run(main(*sys.argv[1:]))
