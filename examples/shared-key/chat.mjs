#!/usr/bin/env node
// A whole chat client in a shared-key room: Web Crypto, fetch and socket.io-client, and nothing else.
//
//   npm install socket.io-client
//   NAME=alice PASSWORD=… PASSPHRASE=… node chat.mjs http://localhost:5000 new "The garden"   makes a room, prints its link
//   NAME=bob   PASSWORD=… PASSPHRASE=… node chat.mjs LINK                                     comes in by that link
//
// What you type is said, what others say is printed. The account is made at its first use (a classic one: the server takes plain
// passwords where CLASSIC_LOGIN is on). The passphrase is told to the others on another way than the link: the link has the salt
// and the number of rounds, and neither is secret. Basic encryption: no forward secrecy, and nothing proves who says something.

import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const ROUNDS = 600_000;
const FEWEST_ROUNDS = 100_000;
const { subtle } = globalThis.crypto;
const utf8 = new TextEncoder();
const random = (count) => crypto.getRandomValues(new Uint8Array(count));
const base64url = (bytes) => Buffer.from(bytes).toString("base64url");
/** Bytes as the wire has them: a JSON array of numbers, in a string. */
const asText = (bytes) => JSON.stringify([...new Uint8Array(bytes)]);
const asBytes = (text) => Uint8Array.from(JSON.parse(text));

/** PBKDF2-SHA256, 128-bit salt, 256-bit key. */
async function roomKey({ passphrase, salt, rounds }) {
  const phrase = await subtle.importKey("raw", utf8.encode(passphrase.normalize("NFKC")), "PBKDF2", false, ["deriveKey"]);
  const stretch = { name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds };
  return subtle.deriveKey(stretch, phrase, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

const sha256 = async (bytes) => Buffer.from(await subtle.digest("SHA-256", bytes)).toString("hex");

/** The room's number is in what is sealed, so that it cannot be shown in another room; the salt keeps the hash from telling a short text. */
async function seal(key, room_id, text) {
  const plain = utf8.encode(JSON.stringify({ room_id, salt: base64url(random(16)), text }));
  const iv = random(12);
  const sealed = await subtle.encrypt({ name: "AES-GCM", iv }, key, plain);
  return { room_id, encrypted_content: asText(sealed), iv: asText(iv), message_hash: await sha256(plain) };
}

async function open(key, entry) {
  try {
    const iv = asBytes(entry.iv);
    const plain = new Uint8Array(await subtle.decrypt({ name: "AES-GCM", iv }, key, asBytes(entry.encrypted_content)));
    if ((await sha256(plain)) !== entry.message_hash.toLowerCase()) return "(changed on its way)";
    const said = new TextDecoder().decode(plain);
    const read = JSON.parse(said.startsWith("{") ? said : "null");
    if (read === null || typeof read.text !== "string") return `${said} (its hash reveals short texts)`;
    return read.room_id === entry.room_id ? read.text : "(said in another room)";
  } catch {
    return "(does not open: another passphrase, or changed on its way)";
  }
}

/** Posts JSON; the answer's code if it is refused. */
async function post(server, path, body, token) {
  const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(server + path, { method: "POST", headers, body: JSON.stringify(body) });
  return answer.json();
}

async function signIn(server, username, password) {
  const made = await post(server, "/register", { username, password });
  const session = made.code === "NAME_TAKEN" ? await post(server, "/login", { username, password }) : made;
  if (session.code) throw new Error(session.error);
  return session;
}

async function main([where, command, name]) {
  const { NAME, PASSWORD, PASSPHRASE } = process.env;
  if (!where || !NAME || !PASSWORD || !PASSPHRASE) throw new Error("usage: see the head of this file");
  const url = new URL(where);
  const { token, account_id } = await signIn(url.origin, NAME, PASSWORD);
  let room, salt, rounds;
  if (command === "new") {
    room = await post(url.origin, "/api/rooms", { name }, token);
    if (room.code) throw new Error(room.error);
    [salt, rounds] = [random(16), ROUNDS];
    console.log(`link: ${url.origin}/join#shared-key=${room.room_id}.${rounds}.${base64url(salt)}`);
  } else {
    const [, id, count, text] = url.hash.match(/^#shared-key=(\d+)\.(\d+)\.([\w-]{22})$/) ?? [];
    if (!id) throw new Error("that is no link into a shared-key room");
    [room, rounds, salt] = [{ room_id: Number(id) }, Number(count), Buffer.from(text, "base64url")];
    if (rounds < FEWEST_ROUNDS) throw new Error("that link asks for weaker protection than this client accepts");
  }
  const key = await roomKey({ passphrase: PASSPHRASE, salt, rounds });

  const socket = io(url.origin, { auth: { token } });
  const call = (event, payload) => socket.timeout(30_000).emitWithAck(event, payload);
  const names = new Map();
  const nameOf = async (account) => {
    if (!names.has(account)) {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(`${url.origin}/api/rooms/${room.room_id}/members`, { headers });
      (await answer.json()).members.forEach((member) => names.set(member.account_id, member.username));
    }
    return names.get(account) ?? "somebody who has left";
  };
  let last = 0;
  let printed = Promise.resolve();
  const show = (entry) => {
    if (entry.room_id !== room.room_id || entry.seq <= last) return;
    if (last > 0 && entry.seq > last + 1) return void catchUp();
    last = entry.seq;
    if (entry.kind !== "message" || entry.sender === account_id) return;
    const line = async () => console.log(`${await nameOf(entry.sender)}: ${await open(key, entry)}`);
    printed = printed.then(line).catch((error) => console.error(error.message));
  };
  /** Something was said that did not come: all since then is asked for, and comes as `room_history`. */
  let asking = false;
  const catchUp = async () => {
    if (asking) return;
    asking = true;
    for (let end = last + 1; last < end; ) {
      ({ last_seq: end } = await call("room_history", { room_id: room.room_id, since: last }));
    }
    asking = false;
  };
  socket.on("room_history", ({ entries }) => entries.forEach(show));
  socket.on("new_message", show);
  socket.on("missed", catchUp);
  socket.on("connect_error", (error) => console.error(error.message));
  socket.on("connect", async () => {
    const joined = await call("join_room", { room_id: room.room_id });
    console.log(joined.code ? joined.error : "connected");
  });
  for await (const line of createInterface({ input: process.stdin })) {
    const receipt = await call("send_message", await seal(key, room.room_id, line));
    if (receipt.code) console.error(receipt.error);
  }
  socket.disconnect();
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exit(1);
});
