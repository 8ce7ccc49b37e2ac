// A Socket.IO client by other makers in a relay room (docs/WIRE.md, section 8).
//
//   client.mjs URL create NAME                   make a relay room and print its id
//   client.mjs URL talk ROOM TRANSPORT ME PEER   say five things, hear the peer's five, compare with the history
//   client.mjs URL refused TRANSPORT             a wrong token does not connect
//   client.mjs URL behave TRANSPORTS             what the library relies on: upgrade, binary, namespaces, reconnection
//
// The bearer token is in SECURE_CHAT_TOKEN, the path of the installed modules in SECURE_CHAT_NODE_MODULES. TRANSPORT
// is websocket or polling. One JSON line says what was seen.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";

const { io } = createRequire(join(process.env.SECURE_CHAT_NODE_MODULES, "here.js"))("socket.io-client");

const MESSAGES = 5;
const DEADLINE = 30_000;
const token = process.env.SECURE_CHAT_TOKEN;

/** What `name` says as its message of that number: opaque strings in the shape of Web Crypto output. */
function message(name, number) {
  const digest = createHash("sha256").update(`${name}/${number}`).digest();
  return {
    encrypted_content: JSON.stringify([...digest]),
    iv: `${name} ✓ ${number}`,
    message_hash: digest.toString("hex"),
  };
}

/** The part of an entry that its sender wrote. */
const said = ({ encrypted_content, iv, message_hash }) => JSON.stringify([encrypted_content, iv, message_hash]);

const numbers = [...Array(MESSAGES).keys()];

async function api(url, method, path, body) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const answer = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  return JSON.parse(text);
}

function connect(url, transport, auth) {
  const socket = io(url, { auth, transports: [transport], reconnection: false, forceNew: true });
  const connected = new Promise((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", reject);
  });
  return { socket, connected };
}

async function create(url, name) {
  const room = await api(url, "POST", "/api/rooms", { encryption: "shared_key", name });
  assert.deepEqual([room.encryption, room.name, room.last_seq], ["shared_key", name, 0]);
  const { rooms } = await api(url, "GET", "/api/rooms");
  assert(rooms.some(({ room_id }) => room_id === room.room_id), "the new room is not listed");
  console.log(room.room_id);
}

async function talk(url, id, transport, me, peer) {
  const room_id = Number(id);
  const expected = [me, peer].flatMap((name) => numbers.map((number) => said(message(name, number)))).sort();
  const pushed = new Map();
  let complete;
  const all = new Promise((resolve) => (complete = resolve));
  const { socket, connected } = connect(url, transport, { token });

  const saw = (entry) => {
    assert.equal(entry.kind, "message");
    if (pushed.has(entry.seq)) assert.deepEqual(entry, pushed.get(entry.seq), "one place, two entries");
    pushed.set(entry.seq, entry);
    if (JSON.stringify([...pushed.values()].map(said).sort()) === JSON.stringify(expected)) complete();
  };
  socket.on("new_message", (entry) => entry.room_id === room_id && saw(entry));
  await connected;
  const call = (event, payload) => socket.timeout(DEADLINE).emitWithAck(event, payload);

  // A refused event is answered, and the socket stays.
  const unknown = await call("join_room", { room_id: Number.MAX_SAFE_INTEGER });
  assert.equal(unknown.code, "ROOM_NOT_FOUND");
  assert(unknown.error && unknown.timestamp);
  assert.equal((await call("send_message", { room_id })).code, "BAD_JSON");

  const joined = await call("join_room", { room_id });
  assert.equal(joined.room_id, room_id, JSON.stringify(joined));
  const receipts = [];
  for (const number of numbers) {
    const receipt = await call("send_message", { room_id, ...message(me, number) });
    assert(receipt.id && receipt.seq && receipt.timestamp && !receipt.code, JSON.stringify(receipt));
    receipts.push(receipt.seq);
  }
  assert.deepEqual(receipts, [...new Set(receipts)].sort((a, b) => a - b));

  // What the peer said before this socket joined is in the history, everything later is pushed.
  const earlier = await call("room_history", { room_id, since: 0, limit: 100 });
  earlier.entries.filter(({ seq }) => seq <= joined.last_seq).forEach(saw);
  await all;

  const history = await call("room_history", { room_id });
  const places = [...Array(2 * MESSAGES).keys()].map((seq) => seq + 1);
  assert.deepEqual(history.entries.map(({ seq }) => seq), places);
  assert.equal(history.last_seq, 2 * MESSAGES);
  assert.deepEqual(history.entries, places.map((seq) => pushed.get(seq)), "history differs from the pushes");
  assert.deepEqual(receipts.map((seq) => said(pushed.get(seq))), numbers.map((number) => said(message(me, number))));
  const senders = [...new Set(history.entries.map(({ sender }) => sender))].sort();
  assert.equal(senders.length, 2);
  socket.disconnect();
  const seen = { client: "socket.io-client", transport, room_id, seen: pushed.size };
  console.log(JSON.stringify({ ...seen, sent_at: receipts, senders }));
}

async function refused(url, transport) {
  const { socket, connected } = connect(url, transport, { token: "0".repeat(43) });
  await assert.rejects(connected, (error) => {
    console.log(JSON.stringify({ client: "socket.io-client", transport, refused: error.message }));
    return true;
  });
  socket.disconnect();
}

/** Once: what the server does with a client that begins with these transports (polling,websocket for instance). */
async function behave(url, names) {
  const transports = names.split(",");
  const options = { auth: { token }, transports, forceNew: true, reconnectionDelay: 20, reconnectionDelayMax: 50 };
  const socket = io(url, options);
  const connected = () => new Promise((resolve) => (socket.connected ? resolve() : socket.once("connect", resolve)));
  const call = (event, ...payload) => socket.timeout(DEADLINE).emitWithAck(event, ...payload);
  await connected();
  const { engine } = socket.io;
  if (transports.length > 1 && engine.transport.name !== transports[1])
    await new Promise((resolve) => engine.once("upgrade", resolve));
  assert.equal(engine.transport.name, transports.at(-1));

  // An attachment is a part of its event: refused as an event, and the next one is heard.
  const room_id = Number.MAX_SAFE_INTEGER;
  assert.equal((await call("join_room", { room_id: Buffer.from([1, 2, 3]) })).code, "BAD_JSON");
  assert.equal((await call("send_message", { room_id, blob: new Uint8Array(70_000) })).code, "BAD_JSON");
  assert.equal((await call("join_room")).code, "BAD_JSON");
  assert.equal((await call("join_room", { room_id })).code, "ROOM_NOT_FOUND");
  assert.equal((await call("nonsense", { room_id }, 7)).code, "NOT_FOUND");

  // There is one namespace.
  const other = io(`${url}/other`, { ...options, forceNew: true, reconnection: false });
  const reason = await new Promise((resolve) => other.once("connect_error", resolve));
  assert(reason.message, "a namespace that does not exist is refused with a word");
  other.disconnect();

  // A connection that breaks, and one that says what nobody understands: the library comes back by itself.
  for (const breaks of [(engine) => engine.close(), (engine) => engine.write("9nonsense")]) {
    const gone = new Promise((resolve) => socket.once("disconnect", resolve));
    breaks(socket.io.engine);
    await gone;
    await connected();
    assert.equal((await call("join_room", { room_id })).code, "ROOM_NOT_FOUND");
  }
  socket.disconnect();
  console.log(JSON.stringify({ client: "socket.io-client", transports, behaves: true }));
}

const late = setTimeout(() => {
  console.error("nothing more came within the deadline");
  process.exit(1);
}, DEADLINE);
const [url, command, ...rest] = process.argv.slice(2);
await { create, talk, refused, behave }[command](url, ...rest);
clearTimeout(late);
