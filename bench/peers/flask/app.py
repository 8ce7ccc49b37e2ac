"""The stack that the requirement names, as small as it can be: Flask-SocketIO and SQLite, one process, over TLS.

    app.py PORT DATABASE CERTIFICATE KEY

It keeps each message before it acknowledges it, as our server does (WAL, synchronous=FULL), and checks nobody: no password, no
session, no membership. What it is measured for is what it costs to keep a message and to hand it to a room.
"""

from gevent import monkey

monkey.patch_all()

import sqlite3
import sys
from datetime import datetime, timezone

from flask import Flask
from flask_socketio import SocketIO, emit, join_room

app = Flask(__name__)
sockets = SocketIO(app, async_mode="gevent", cors_allowed_origins=[])
port, database, certificate, key = sys.argv[1:5]

store = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
store.execute("PRAGMA journal_mode=WAL")
store.execute("PRAGMA synchronous=FULL")
store.execute(
    "CREATE TABLE IF NOT EXISTS messages (seq INTEGER PRIMARY KEY, room_id INTEGER, encrypted_content TEXT,"
    " iv TEXT, message_hash TEXT, timestamp TEXT)"
)


@app.get("/readyz")
def ready():
    return {}


@sockets.on("join_room")
def joined(data):
    join_room(str(data["room_id"]))
    return {"room_id": data["room_id"], "last_seq": 0}


@sockets.on("send_message")
def sent(data):
    timestamp = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    fields = (data["room_id"], data["encrypted_content"], data["iv"], data["message_hash"], timestamp)
    row = store.execute(
        "INSERT INTO messages (room_id, encrypted_content, iv, message_hash, timestamp) VALUES (?, ?, ?, ?, ?)", fields
    )
    message = dict(data, timestamp=timestamp, seq=row.lastrowid)
    emit("new_message", message, to=str(data["room_id"]))
    return {"seq": row.lastrowid}


sockets.run(app, host="127.0.0.1", port=int(port), certfile=certificate, keyfile=key, log_output=False)
