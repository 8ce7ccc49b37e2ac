/**
 * The client of Secure Chat: one device of one account, with its keys, messages and connection.
 *
 * Rooms, members and items are those of the JSON lines in docs/BOT.md. Ids of rooms are numbers, ids of accounts, devices,
 * links and drafts texts; times are texts of RFC 3339 in UTC, by the server's clock.
 */

/** Why something failed. */
export class SecureChatError extends Error {
  /** From the closed list of docs/WIRE.md, such as `LOGIN_FAILED`, `SERVER_GONE` or `STORE_BUSY`. */
  readonly code: string;
  /** @param sentence For people; `message` is the same. */
  constructor(code: string, sentence: string);
}

/** A WebSocket as browsers have it. The package `ws` exports one as `WebSocket`. */
export type WebSocketConstructor = new (url: string) => unknown;

/**
 * In Node: a directory for one device and one process. Exactly one of `passphrase`, `key` and `insecureStore` says what seals
 * it; the store opens with the same one again. It holds everything in memory while it is open.
 */
export interface DirectoryStore {
  /** Made with mode 0700 if it is not there. */
  directory: string;
  /** Stretched by Argon2id: 64 MiB and some 0.5 s for each opening. */
  passphrase?: string;
  /** At least 32 random bytes. */
  key?: Uint8Array;
  /** Keep the key in a file beside the store: no protection beyond the file's owner. */
  insecureStore?: true;
}

/** In browsers: a database of this origin, sealed under a key of the browser that no script can read. */
export interface BrowserStore {
  /** `secure-chat-sdk` if it is not said. */
  name?: string;
}

/** For tests: the device, its keys and all that it read are lost when the program ends. */
export interface MemoryStore {
  memory: true;
}

export interface OpenOptions {
  /**
   * Scheme, host and port, such as `https://chat.example.org`. Plain `http` is for this machine only. A page's own origin if
   * it is not said; another origin's server must allow the page's (`SECURE_CHAT_CORS_ORIGINS`).
   */
  server?: string;
  /** Where the device is kept. Has to be said in Node. */
  store?: DirectoryStore | BrowserStore | MemoryStore;
  /** In Node before 22, which has none: without it, that of the package `ws`. Counts for the whole program. */
  WebSocket?: WebSocketConstructor;
}

export interface Account {
  account: string;
  user: string;
  /** This device. */
  device: string;
  /** Whether there is a session; if not, `login` begins one and the device goes on. */
  signed_in: boolean;
  /** The account is no more. */
  deleted: boolean;
}

export type Role = 'member' | 'moderator' | 'admin' | 'owner';
export type History = 'none' | 'since-join' | 'shared';

export interface Room {
  id: number;
  /** None where it cannot be read, as before an invitation is accepted. */
  name: string | null;
  topic: string | null;
  state:
    | 'invited'
    | 'joined'
    | 'leaving'
    | 'left'
    | 'removed'
    | 'removed-unconfirmed'
    | 'checking'
    | 'too-new'
    | 'not-on-this-device';
  role: Role;
  history: History;
  /** `shared_key`: basic encryption. */
  encryption: 'mls' | 'shared_key';
  inviter: string | null;
  /** How many accounts are in it. */
  members: number;
  last_seq: number;
  /** Lines that cannot be shown on this device. */
  tombstones: number;
  unread: number;
  /** Whether nobody has confirmed yet that this account came in by a link. */
  unconfirmed: boolean;
  waiting: unknown;
}

export interface Member {
  account: string;
  user: string;
  role: Role;
  /** Invited, and has not answered. */
  invited: boolean;
  /** The safety number was compared on this device. */
  verified: boolean;
  /** Somebody else in the room has a name that looks the same. */
  name_twin: boolean;
  /** How many devices are in the room. */
  devices: number;
  own: boolean;
}

/** A line of a room. It has a place in the log (`seq`), or is on its way there (`draft`). */
export type Item = ItemFields & ItemBody;

export interface ItemFields {
  room: number;
  sender: string | null;
  user: string | null;
  device: string | null;
  time: string;
  seq?: number;
  draft?: string;
  /** Refused for good, with this code. */
  failed?: string;
}

export type ItemBody =
  | { kind: 'text'; text: string }
  | { kind: 'reply'; text: string; to: number }
  /** Name, type and length are the sender's words. */
  | { kind: 'file'; name: string; media_type: string; length: number }
  | { kind: 'notice'; what: string; notice: string }
  | { kind: 'tombstone'; cause: string; notice: string }
  /** Of a newer version. */
  | { kind: 'unknown'; unknown_kind: unknown };

export interface Link {
  link: string;
  label: string | null;
  /** The account that made it. */
  maker: string;
  own: boolean;
  created: string;
  expires: string | null;
  uses_left: number | null;
  used: number;
  /** To be handed on; known for own links. */
  url: string | null;
}

/** What happens, as docs/BOT.md describes it. */
export type ChatEvent =
  | { event: 'online' }
  | { event: 'offline' }
  /** The store failed for good: the client has ended, and `open` begins again from what is durable. */
  | { event: 'stopped' }
  | ({ event: 'item' } & Item)
  | ({ event: 'draft' } & Item)
  | { event: 'draft_gone'; room: number; draft: string }
  | { event: 'item_gone'; room: number; seq: number }
  | { event: 'rooms_changed' }
  | { event: 'members_changed'; room: number }
  | { event: 'link_ended'; room: number; label: string }
  | { event: 'new_device'; device: string }
  | { event: 'account_changed'; text: string }
  /** Somebody may be lying: `text` says how. */
  | { event: 'alarm'; text: string }
  /** Whoever listens was too slow: read rooms and timelines anew. */
  | { event: 'missed' }
  | { event: 'signed_out' }
  | { event: 'upgrade_required' };

/** All methods fail with a {@link SecureChatError}; after {@link close} with `STORE_FAILED`. */
export class SecureChat {
  private constructor();

  /**
   * Opens a device, or makes a place for a new one, and begins to connect where there is a session.
   *
   * `STORE_BUSY`: another process or tab has it. `STORE_LOCKED`: nothing was said that opens it. `STORE_CORRUPT`: it is
   * damaged, or the passphrase is wrong. `BAD_REQUEST`: an option is wrong.
   */
  static open(options: OpenOptions): Promise<SecureChat>;

  /** The account of this device; none if nobody has registered or logged in. */
  account(): Promise<Account | null>;

  /**
   * Makes an account with this device as its first. The recovery code is shown once and kept nowhere: who has it and the
   * user's name gets in when the password is lost.
   */
  register(wish: { user: string; password: string; invite?: string }): Promise<{ recoveryCode: string }>;

  /**
   * Begins a session: this device goes on, or a new device of the account is made. `code` is of a second factor
   * (`SECOND_FACTOR_REQUIRED`), `newPassword` for an account that has yet to get its own (`PASSWORD_CHANGE_REQUIRED`).
   */
  login(wish: {
    user: string;
    password: string;
    code?: string;
    newPassword?: string;
  }): Promise<{ newDevice: boolean }>;

  /** Ends the session; the device and its rooms stay. */
  logout(): Promise<void>;

  /** Ends when everything is fetched and sent; waits for the connection where there is none. */
  sync(): Promise<void>;

  rooms(): Promise<Room[]>;

  members(room: number): Promise<Member[]>;

  /** Lines of the log after the place `since` (0), oldest first, at most `limit` (1,000). */
  timeline(room: number, range?: { since?: number; limit?: number }): Promise<Item[]>;

  /** Own messages that are durable here and not in the log yet. */
  drafts(room: number): Promise<Item[]>;

  /**
   * Says something, at most 32 kB; answers the draft, which is durable here and goes out by itself, after a restart too.
   * Messages go out in the order of the calls.
   */
  send(room: number, text: string, options?: { replyTo?: number }): Promise<string>;

  /**
   * Makes a sealed room and answers its id. With a passphrase it is one of basic encryption, for simple clients: no forward
   * secrecy, no proof of who says something, and a name that everybody on the server sees.
   */
  createRoom(
    name: string,
    options?: { topic?: string; history?: History; passphrase?: string },
  ): Promise<number>;

  invite(room: number, user: string): Promise<void>;

  accept(room: number): Promise<void>;

  decline(room: number): Promise<void>;

  leave(room: number): Promise<void>;

  /** Takes an account of lower role out. */
  remove(room: number, account: string): Promise<void>;

  rename(room: number, name: string): Promise<void>;

  setTopic(room: number, topic: string): Promise<void>;

  setRole(room: number, account: string, role: Role): Promise<void>;

  /** Makes a link that lets people in with nobody online. It is a secret: whoever has it comes in. */
  createLink(
    room: number,
    options?: { label?: string; lastsMs?: number; uses?: number },
  ): Promise<{ link: string; url: string }>;

  links(room: number): Promise<Link[]>;

  endLink(room: number, link: string): Promise<void>;

  /** Comes in by a link of this server and answers the room's id; into a room of basic encryption, with its passphrase. */
  joinByLink(link: string, options?: { passphrase?: string }): Promise<number>;

  /**
   * What happens from the call on, for `for await`; the first event says where the connection stands. Ends when the client
   * does. Each call is a listener of its own; one that is more than 16,384 events behind gets `missed`.
   */
  events(): AsyncIterableIterator<ChatEvent>;

  /** Calls a function at each event of a name. */
  on<N extends ChatEvent['event']>(event: N, listener: (event: Extract<ChatEvent, { event: N }>) => void): this;

  off<N extends ChatEvent['event']>(event: N, listener: (event: Extract<ChatEvent, { event: N }>) => void): this;

  /** Sends what waits, if there is a connection, and ends. What is not sent goes out at the next start. */
  close(): Promise<void>;
}
