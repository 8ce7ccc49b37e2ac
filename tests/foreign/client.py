"""A Socket.IO client by other makers in a relay room (docs/WIRE.md, section 8).

  client.py URL create NAME                   make a relay room and print its id
  client.py URL talk ROOM TRANSPORT ME PEER   say five things, hear the peer's five, compare with the history
  client.py URL refused TRANSPORT             a wrong token does not connect
  client.py URL behave TRANSPORTS             what the library relies on: upgrade, binary, namespaces, reconnection

The bearer token is in SECURE_CHAT_TOKEN. TRANSPORT is websocket or polling. One JSON line says what was seen.
"""

import asyncio
import hashlib
import json
import os
import sys

import aiohttp
import engineio
import socketio

MESSAGES = 5
DEADLINE = 30
TOKEN = os.environ["SECURE_CHAT_TOKEN"]


def message(name, number):
    """What `name` says as its message of that number: opaque strings in the shape of Web Crypto output."""
    digest = hashlib.sha256(f"{name}/{number}".encode()).digest()
    return {
        "encrypted_content": json.dumps(list(digest), separators=(",", ":")),
        "iv": f"{name} ✓ {number}",
        "message_hash": digest.hex(),
    }


def said(entry):
    """The part of an entry that its sender wrote."""
    return tuple(entry[field] for field in ("encrypted_content", "iv", "message_hash"))


async def api(url, method, path, body=None):
    headers = {"authorization": f"Bearer {TOKEN}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        async with http.request(method, url + path, json=body) as answer:
            assert answer.status == 200, (answer.status, await answer.text())
            return await answer.json()


async def create(url, name):
    room = await api(url, "POST", "/api/rooms", {"encryption": "shared_key", "name": name})
    assert (room["encryption"], room["name"], room["last_seq"]) == ("shared_key", name, 0), room
    listed = await api(url, "GET", "/api/rooms")
    assert room["room_id"] in [one["room_id"] for one in listed["rooms"]], listed
    print(room["room_id"])


async def talk(url, room, transport, me, peer):
    room = int(room)
    expected = {tuple(message(name, n).values()) for name in (me, peer) for n in range(MESSAGES)}
    pushed, complete = {}, asyncio.get_running_loop().create_future()
    socket = socketio.AsyncClient(reconnection=False)

    def saw(entry):
        assert entry["room_id"] == room and entry["kind"] == "message", entry
        assert pushed.setdefault(entry["seq"], entry) == entry, "one place, two entries"
        if expected == {said(entry) for entry in pushed.values()} and not complete.done():
            complete.set_result(None)

    def only_this_room(entry):
        try:
            if entry["room_id"] == room:
                saw(entry)
        except Exception as error:  # a handler's own error would only be logged
            complete.set_exception(error)

    socket.on("new_message", only_this_room)
    await socket.connect(url, auth={"token": TOKEN}, transports=[transport])

    # A refused event is answered, and the socket stays.
    refused = await socket.call("join_room", {"room_id": 9007199254740991})
    assert refused["code"] == "ROOM_NOT_FOUND" and refused["error"] and refused["timestamp"], refused
    refused = await socket.call("send_message", {"room_id": room})
    assert refused["code"] == "BAD_JSON", refused

    joined = await socket.call("join_room", {"room_id": room})
    assert joined["room_id"] == room, joined
    receipts = []
    for number in range(MESSAGES):
        receipt = await socket.call("send_message", {"room_id": room, **message(me, number)})
        assert receipt.keys() >= {"id", "seq", "timestamp"} and "code" not in receipt, receipt
        receipts.append(receipt["seq"])
    assert receipts == sorted(set(receipts)), receipts

    # What the peer said before this socket joined is in the history, everything later is pushed.
    earlier = await socket.call("room_history", {"room_id": room, "since": 0, "limit": 100})
    for entry in earlier["entries"]:
        if entry["seq"] <= joined["last_seq"]:
            saw(entry)
    await complete

    history = await socket.call("room_history", {"room_id": room})
    assert [entry["seq"] for entry in history["entries"]] == list(range(1, 2 * MESSAGES + 1)), history
    assert history["last_seq"] == 2 * MESSAGES, history
    assert history["entries"] == [pushed[seq] for seq in sorted(pushed)], "history differs from the pushes"
    mine = [pushed[seq] for seq in receipts]
    assert [said(entry) for entry in mine] == [tuple(message(me, n).values()) for n in range(MESSAGES)]
    senders = sorted({entry["sender"] for entry in pushed.values()})
    assert len(senders) == 2, senders
    await socket.eio.disconnect(abort=True)  # a plain disconnect waits for the open poll to end
    seen = {"client": "python-socketio", "transport": transport, "room_id": room, "seen": len(pushed)}
    print(json.dumps({**seen, "sent_at": receipts, "senders": senders}))


async def refused(url, transport):
    socket = socketio.AsyncClient(reconnection=False)
    try:
        await socket.connect(url, auth={"token": "0" * 43}, transports=[transport])
    except socketio.exceptions.ConnectionError as error:
        print(json.dumps({"client": "python-socketio", "transport": transport, "refused": str(error)}))
    else:
        await socket.disconnect()
        raise AssertionError("a wrong token connected")


async def behave(url, names):
    """Once: what the server does with a client that begins with these transports (polling,websocket for instance)."""
    transports = names.split(",")
    socket = socketio.AsyncClient(reconnection_delay=0.02, reconnection_delay_max=0.05)
    connected, gone = asyncio.Event(), asyncio.Event()
    socket.on("connect", lambda: (gone.clear(), connected.set()))
    socket.on("disconnect", lambda *_: (connected.clear(), gone.set()))
    await socket.connect(url, auth={"token": TOKEN}, transports=transports)
    await connected.wait()
    assert socket.transport() == transports[-1], socket.transport()

    # An attachment is a part of its event: refused as an event, and the next one is heard.
    room = 9007199254740991
    assert (await socket.call("join_room", {"room_id": b"\x01\x02\x03"}))["code"] == "BAD_JSON"
    assert (await socket.call("send_message", {"room_id": room, "blob": bytes(70_000)}))["code"] == "BAD_JSON"
    assert (await socket.call("join_room"))["code"] == "BAD_JSON"
    assert (await socket.call("join_room", {"room_id": room}))["code"] == "ROOM_NOT_FOUND"

    # There is one namespace.
    other = socketio.AsyncClient(reconnection=False)
    try:
        await other.connect(url, auth={"token": TOKEN}, transports=transports, namespaces=["/other"], wait_timeout=5)
    except socketio.exceptions.ConnectionError:
        pass
    else:
        raise AssertionError("a namespace that does not exist is refused")

    # A connection that breaks: the library comes back by itself.
    if transports[-1] == "websocket":
        await socket.eio.ws.close()
        await gone.wait()
        await connected.wait()
        assert (await socket.call("join_room", {"room_id": room}))["code"] == "ROOM_NOT_FOUND"

    # Who says what nobody understands is told to go, and may come back.
    await socket.eio._send_packet(engineio.packet.Packet(engineio.packet.MESSAGE, "9nonsense"))
    await gone.wait()
    while socket.eio.state != "disconnected":  # the library says so before it has put its connection away
        await asyncio.sleep(0.01)
    await socket.connect(url, auth={"token": TOKEN}, transports=transports)
    await connected.wait()
    assert (await socket.call("join_room", {"room_id": room}))["code"] == "ROOM_NOT_FOUND"
    await socket.eio.disconnect(abort=True)
    print(json.dumps({"client": "python-socketio", "transports": transports, "behaves": True}))


async def main():
    url, command, *rest = sys.argv[1:]
    run = {"create": create, "talk": talk, "refused": refused, "behave": behave}[command]
    await asyncio.wait_for(run(url, *rest), DEADLINE)


asyncio.run(main())
