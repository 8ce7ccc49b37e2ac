// The client, wherever it runs. What goes to the wasm and comes back are the lines of docs/BOT.md.

import { SecureChatError } from './error.js';

let platform;

/** Says how a client is opened here: `node.js` and `browser.js` do. */
export function runsOn(open) {
  platform = open;
}

/** Makes an error of what the wasm throws. */
export function understood(thrown) {
  return typeof thrown === 'string' ? SecureChatError.of(JSON.parse(thrown)) : thrown;
}

const OPENS = Symbol('opens');

export class SecureChat {
  #inner;
  #listeners = new Map();
  #tells = false;

  constructor(inner, opens) {
    if (opens !== OPENS) {
      throw new TypeError('a client is opened by SecureChat.open');
    }
    this.#inner = inner;
  }

  static async open(options) {
    return new SecureChat(await platform(options), OPENS);
  }

  async account() {
    return (await this.#askAccount('account')).account;
  }

  async register({ user, password, invite }) {
    const { recovery_code } = await this.#askAccount('register', { user, password, invite });
    return { recoveryCode: recovery_code };
  }

  async login({ user, password, code, newPassword }) {
    const fields = { user, password, code, new_password: newPassword };
    const { new_device } = await this.#askAccount('login', fields);
    return { newDevice: new_device };
  }

  async logout() {
    await this.#askAccount('logout');
  }

  async sync() {
    await this.#ask('sync');
  }

  async rooms() {
    return (await this.#ask('rooms')).rooms;
  }

  async members(room) {
    return (await this.#ask('members', { room })).members;
  }

  async timeline(room, { since, limit } = {}) {
    return (await this.#ask('timeline', { room, since, limit })).items;
  }

  async drafts(room) {
    return (await this.#ask('drafts', { room })).items;
  }

  async send(room, text, { replyTo } = {}) {
    return (await this.#ask('send', { room, text, to: replyTo })).draft;
  }

  async createRoom(name, { topic, history, passphrase } = {}) {
    return (await this.#ask('create_room', { name, topic, history, passphrase })).room;
  }

  async invite(room, user) {
    await this.#ask('invite', { room, user });
  }

  async accept(room) {
    await this.#ask('accept', { room });
  }

  async decline(room) {
    await this.#ask('decline', { room });
  }

  async leave(room) {
    await this.#ask('leave', { room });
  }

  async remove(room, account) {
    await this.#ask('remove', { room, account });
  }

  async rename(room, name) {
    await this.#ask('rename', { room, name });
  }

  async setTopic(room, text) {
    await this.#ask('topic', { room, text });
  }

  async setRole(room, account, role) {
    await this.#ask('role', { room, account, role });
  }

  async createLink(room, { label, lastsMs, uses } = {}) {
    const fields = { room, label, lasts_ms: lastsMs, uses };
    const { link, url } = await this.#ask('create_link', fields);
    return { link, url };
  }

  async links(room) {
    return (await this.#ask('links', { room })).links;
  }

  async endLink(room, link) {
    await this.#ask('end_link', { room, link });
  }

  async joinByLink(link, { passphrase } = {}) {
    return (await this.#ask('join_by_link', { link, passphrase })).room;
  }

  /** Listens from the moment of the call on. */
  events() {
    const source = this.#inner.events();
    let asked = 0;
    let over = false;
    // What was taken away while it is asked breaks.
    const release = () => {
      if (over && asked === 0) {
        source.free();
      }
    };
    const end = () => {
      if (!over) {
        over = true;
        release();
      }
      return { done: true, value: undefined };
    };
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      async next() {
        if (over) {
          return { done: true, value: undefined };
        }
        asked += 1;
        let line;
        try {
          line = await source.next();
        } finally {
          asked -= 1;
          release();
        }
        return line === undefined ? end() : { done: false, value: JSON.parse(line) };
      },
      async return() {
        return end();
      },
    };
  }

  on(event, listener) {
    if (!this.#listeners.has(event)) {
      this.#listeners.set(event, new Set());
    }
    this.#listeners.get(event).add(listener);
    if (!this.#tells) {
      this.#tells = true;
      this.#tell(this.events());
    }
    return this;
  }

  off(event, listener) {
    this.#listeners.get(event)?.delete(listener);
    return this;
  }

  async close() {
    await this.#inner.close();
  }

  async #tell(events) {
    for await (const event of events) {
      for (const listener of [...(this.#listeners.get(event.event) ?? [])]) {
        try {
          listener(event);
        } catch (error) {
          // A mistake of one listener is seen, and is not the others'.
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    }
  }

  async #ask(command, fields) {
    return read(await this.#inner.ask(line(command, fields)));
  }

  async #askAccount(command, fields) {
    return read(await this.#inner.ask_account(line(command, fields)));
  }
}

// What is undefined is not in the line.
function line(command, fields) {
  return JSON.stringify({ id: null, command, ...fields });
}

function read(text) {
  const answer = JSON.parse(text);
  if (!answer.ok) {
    throw SecureChatError.of(answer);
  }
  return answer;
}
