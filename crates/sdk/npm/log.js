// The records of a store in one file. Each is durable before `append` answers, and hangs on all before it by a chain of
// hashes: a record that is changed, moved or missing is noticed. The values are sealed before they come here.
//
// The file: 16 bytes that name its form, then for each record its length (4 bytes, big-endian), the first 4 bytes of
// SHA-256(chain, length), the record, and SHA-256(chain, length, record), which is the chain of the next one.

import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { SecureChatError } from './error.js';
import { takeLock } from './lock.js';

const FORM = Buffer.from('secure-chat log1');
const HEAD = 8;
const HASH = 32;

export class FileLog {
  #directory;
  #release;
  #mark;
  #file;
  #records;
  #length;
  #chain;
  #broken;

  /** Takes a directory, made if it is not there, for this process. */
  static async open(directory) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const log = new FileLog();
    log.#directory = directory;
    log.#release = await takeLock(directory);
    try {
      await log.#begin();
    } catch (error) {
      await log.close();
      throw error;
    }
    return log;
  }

  /** The records, once. */
  async load() {
    const records = this.#records;
    this.#records = [];
    return records;
  }

  async append(record) {
    await this.#owns();
    const { bytes, chain } = sealed(this.#chain, record);
    try {
      await write(this.#file, bytes, this.#length);
    } catch (error) {
      // A disk that is full for now: what is there in part goes.
      await this.#surely(() => this.#file.truncate(this.#length));
      throw error;
    }
    // After a sync that failed nobody knows what is on the disk.
    await this.#surely(() => this.#file.datasync());
    this.#length += bytes.length;
    this.#chain = chain;
  }

  /** The new file is complete and on the disk before it takes the old one's place. */
  async replace(records) {
    await this.#owns();
    const path = join(this.#directory, 'store.new');
    const file = await open(path, 'w', 0o600);
    let length;
    let chain;
    try {
      ({ length, chain } = await fill(file, records));
      await file.sync();
    } catch (error) {
      await file.close();
      await rm(path, { force: true });
      throw error;
    }
    await this.#surely(async () => {
      await rename(path, join(this.#directory, 'store.log'));
      await this.#syncDirectory();
    });
    const old = this.#file;
    [this.#file, this.#length, this.#chain] = [file, length, chain];
    await old.close();
  }

  async close() {
    this.#broken ??= new SecureChatError('STORE_FAILED', 'The store is closed.');
    const [file, release] = [this.#file, this.#release];
    this.#file = this.#release = undefined;
    await file?.close();
    await release?.();
  }

  async #begin() {
    await rm(join(this.#directory, 'store.new'), { force: true });
    const path = join(this.#directory, 'store.log');
    const bytes = await readFile(path).catch((error) => {
      if (error.code !== 'ENOENT') {
        throw error;
      }
      return Buffer.alloc(0);
    });
    // The lock tells two processes of one machine apart; where it does not reach, who opened last writes.
    this.#mark = randomBytes(16).toString('hex');
    await writeFile(join(this.#directory, 'owner'), this.#mark, { mode: 0o600 });
    const { records, length, chain } = read(bytes);
    this.#file = await open(path, bytes.length === 0 ? 'w+' : 'r+', 0o600);
    if (length === 0) {
      await this.#file.truncate(0);
      await write(this.#file, FORM, 0);
    } else if (length < bytes.length) {
      // The tail was never acknowledged: its write was cut off.
      await this.#file.truncate(length);
    }
    await this.#file.sync();
    await this.#syncDirectory();
    [this.#records, this.#length, this.#chain] = [records, length || FORM.length, chain];
  }

  async #owns() {
    if (this.#broken) {
      throw this.#broken;
    }
    if ((await readFile(join(this.#directory, 'owner'), 'utf8')) !== this.#mark) {
      throw new SecureChatError('STORE_BUSY', 'Another process uses this store.');
    }
  }

  async #surely(work) {
    try {
      await work();
    } catch (error) {
      this.#broken = error;
      throw error;
    }
  }

  async #syncDirectory() {
    if (process.platform === 'win32') {
      return;
    }
    const directory = await open(this.#directory, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }
}

function hash(...parts) {
  const hash = createHash('sha256');
  parts.forEach((part) => hash.update(part));
  return hash.digest();
}

function sealed(chain, record) {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(record.length);
  const next = hash(chain, length, record);
  const check = hash(chain, length).subarray(0, 4);
  return { bytes: Buffer.concat([length, check, record, next]), chain: next };
}

function damaged() {
  return new SecureChatError('STORE_CORRUPT', 'The log of the store is not what was written.');
}

/** The records of a file, and the length up to which it is whole. */
function read(bytes) {
  const start = hash(FORM);
  if (bytes.length < FORM.length && FORM.subarray(0, bytes.length).equals(bytes)) {
    return { records: [], length: 0, chain: start };
  }
  if (!bytes.subarray(0, FORM.length).equals(FORM)) {
    throw damaged();
  }
  const records = [];
  let [at, chain] = [FORM.length, start];
  while (at < bytes.length) {
    const rest = bytes.subarray(at);
    const head = rest.subarray(0, HEAD);
    if (head.length < HEAD || rest.every((byte) => byte === 0)) {
      break;
    }
    const length = head.subarray(0, 4);
    if (!hash(chain, length).subarray(0, 4).equals(head.subarray(4))) {
      throw damaged();
    }
    const end = HEAD + length.readUInt32BE();
    const next = hash(chain, length, rest.subarray(HEAD, end));
    if (rest.length < end + HASH || !next.equals(rest.subarray(end, end + HASH))) {
      // Cut off, if it is the last one.
      if (rest.length > end + HASH) {
        throw damaged();
      }
      break;
    }
    records.push(Uint8Array.from(rest.subarray(HEAD, end)));
    [at, chain] = [at + end + HASH, next];
  }
  return { records, length: at, chain };
}

async function fill(file, records) {
  await write(file, FORM, 0);
  let [length, chain] = [FORM.length, hash(FORM)];
  for (const record of records) {
    const made = sealed(chain, record);
    await write(file, made.bytes, length);
    [length, chain] = [length + made.bytes.length, made.chain];
  }
  return { length, chain };
}

async function write(file, bytes, at) {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}
