// A bot that accepts every invitation and answers every message with its own text, each once, whenever it is killed.
//
//   npm install <directory of the package> ws
//   PASSWORD='marble tugboat whispers 42' SECURE_CHAT_STORE_PASSPHRASE='words for the disk' \
//     node echo-bot.mjs http://localhost:5000 echo ./echo-home
//
// It is a member like any other: with keys of its own, on a device of its own, in ./echo-home. docs/SDK.md has more.

import { SecureChat, SecureChatError } from 'secure-chat';

const [server, user, directory] = process.argv.slice(2);
const { PASSWORD: password = '', SECURE_CHAT_STORE_PASSPHRASE: passphrase = '' } = process.env;
if (!server || !user || !directory || !password || !passphrase) {
  console.error('usage: PASSWORD=… SECURE_CHAT_STORE_PASSPHRASE=… node echo-bot.mjs SERVER USER DIRECTORY');
  process.exit(2);
}

const chat = await SecureChat.open({ server, store: { directory, passphrase } });
if (!(await chat.account())?.signed_in) {
  await enter();
}
const me = await chat.account();
/** @type {Record<number, { seq: number, answered: Set<number> }>} Of each room: the last place looked at, what was answered. */
const heard = {};
process.once('SIGTERM', () => chat.close());
process.once('SIGINT', () => chat.close());

// Listening begins before the first look, so that nothing happens in between.
const events = chat.events();
console.log(`${user} listens`);
await look();
for await (const event of events) {
  if (event.event === 'item' && event.sender !== me?.account) {
    await echo(event.room);
  } else if (event.event === 'rooms_changed' || event.event === 'missed') {
    await look();
  } else if (event.event === 'alarm' || event.event === 'signed_out' || event.event === 'stopped') {
    console.error(event);
  }
}

/** A new account, or a new session of one that is there. */
async function enter() {
  if (!(await chat.account())) {
    try {
      const { recoveryCode } = await chat.register({ user, password });
      console.log(`recovery code: ${recoveryCode}`);
      return;
    } catch (error) {
      if (!(error instanceof SecureChatError && error.code === 'NAME_TAKEN')) {
        throw error;
      }
    }
  }
  await chat.login({ user, password });
}

/** Says yes to whoever invites, and reads what was said while nobody listened. */
async function look() {
  for (const room of await chat.rooms()) {
    if (room.state === 'invited') {
      await chat.accept(room.id);
    } else if (room.state === 'joined') {
      await echo(room.id);
    }
  }
}

/**
 * Answers what has no answer yet. An answer is durable as a draft before it goes out, so it says what was answered.
 * @param {number} room
 */
async function echo(room) {
  heard[room] ??= { seq: 0, answered: new Set() };
  const { answered } = heard[room];
  /** @param {import('secure-chat').Item} item */
  const note = (item) => item.kind === 'reply' && item.sender === me?.account && answered.add(item.to);
  // Drafts first: what leaves them meanwhile stands in the log.
  (await chat.drafts(room)).forEach(note);
  const fresh = [];
  for (let page; (page = await chat.timeline(room, { since: heard[room].seq })).length > 0; ) {
    fresh.push(...page);
    heard[room].seq = page.at(-1)?.seq ?? heard[room].seq;
  }
  fresh.forEach(note);
  for (const item of fresh) {
    const { seq } = item;
    if (item.kind === 'text' && item.sender !== me?.account && seq !== undefined && !answered.has(seq)) {
      answered.add(seq);
      await chat.send(room, item.text, { replyTo: seq });
    }
  }
}
