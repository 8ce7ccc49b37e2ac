#!/usr/bin/env python3
"""A bot that accepts every invitation and answers every message with its own text.

    secure-chat --home bot register --server http://localhost:5000 --user echo
    python3 examples/echo-bot.py --home bot

Arguments go to secure-chat; SECURE_CHAT names the program if it is not on the path. docs/BOT.md describes the lines.
"""

import itertools
import json
import os
import subprocess
import sys


def main() -> int:
    program = os.environ.get("SECURE_CHAT", "secure-chat")
    bot = subprocess.Popen(
        [program, *sys.argv[1:], "bot"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    ids = itertools.count(1)
    account = None

    def give(command: str, **fields) -> None:
        line = {"id": next(ids), "command": command, **fields}
        print(json.dumps(line), file=bot.stdin, flush=True)

    try:
        for text in bot.stdout:
            line = json.loads(text)
            event = line.get("event")
            if event == "ready":
                account = line["account"]
                give("rooms")
            elif event == "rooms_changed":
                give("rooms")
            elif "rooms" in line:
                for room in line["rooms"]:
                    if room["state"] == "invited":
                        give("accept", room=room["id"])
            elif event == "item" and line["kind"] == "text" and line["sender"] != account:
                give("send", room=line["room"], text=line["text"], to=line["seq"])
            elif line.get("ok") is False:
                print(line["error"], file=sys.stderr)
    except KeyboardInterrupt:
        pass
    bot.stdin.close()
    return bot.wait()


if __name__ == "__main__":
    sys.exit(main())
