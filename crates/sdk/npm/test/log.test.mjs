// The log of a store: what it keeps through every cut, and what it refuses. Run by `node --test`.

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { FileLog } from '../log.js';

const records = [1, 2, 3].map((number) => new Uint8Array(100 * number).fill(number));

// As the other process of a test: takes the directory, says so, and stays.
if (process.argv[2] === 'take') {
  await FileLog.open(process.argv[3]);
  process.send('taken');
  setInterval(() => {}, 1000);
}

async function directory(t) {
  const made = await mkdtemp(join(tmpdir(), 'secure-chat-log-'));
  t.after(() => rm(made, { recursive: true, force: true }));
  return join(made, 'home');
}

async function filled(home) {
  const log = await FileLog.open(home);
  assert.deepEqual(await log.load(), []);
  for (const record of records) {
    await log.append(record);
  }
  await log.close();
  return readFile(join(home, 'store.log'));
}

async function opened(home) {
  const log = await FileLog.open(home);
  const found = await log.load();
  await log.close();
  return found;
}

const corrupt = { code: 'STORE_CORRUPT' };
const busy = { code: 'STORE_BUSY' };

test('what was written is there again, for its owner only', async (t) => {
  const home = await directory(t);
  await filled(home);
  assert.deepEqual(await opened(home), records);
  if (process.platform !== 'win32') {
    assert.equal((await stat(join(home, 'store.log'))).mode & 0o777, 0o600);
    assert.equal((await stat(home)).mode & 0o777, 0o700);
  }
});

test('a file that is cut anywhere holds the records before the cut, and takes more', async (t) => {
  const home = await directory(t);
  const whole = await filled(home);
  // Where each record ends: 16 bytes of form, and 8 and 32 around each.
  const ends = [16, 16 + 140, 16 + 140 + 240, whole.length];
  for (let length = 0; length <= whole.length; length += 1) {
    await writeFile(join(home, 'store.log'), whole.subarray(0, length));
    const log = await FileLog.open(home);
    const kept = ends.filter((end) => end <= length).length - 1;
    assert.deepEqual(await log.load(), records.slice(0, Math.max(kept, 0)), `cut at ${length}`);
    await log.append(records[0]);
    await log.close();
    const found = await opened(home);
    assert.deepEqual(found.at(-1), records[0], `cut at ${length}`);
  }
});

test('a tail of zeros was never acknowledged', async (t) => {
  const home = await directory(t);
  const whole = await filled(home);
  await writeFile(join(home, 'store.log'), Buffer.concat([whole, Buffer.alloc(5000)]));
  assert.deepEqual(await opened(home), records);
});

test('a byte that is changed before the last record is damage', async (t) => {
  const home = await directory(t);
  const whole = await filled(home);
  for (let at = 0; at < whole.length - 340; at += 1) {
    const changed = Buffer.from(whole);
    changed[at] ^= 1;
    await writeFile(join(home, 'store.log'), changed);
    await assert.rejects(FileLog.open(home), corrupt, `byte ${at}`);
  }
});

test('a record that is missing or moved is damage', async (t) => {
  const home = await directory(t);
  const whole = await filled(home);
  const [form, one, two, three] = [
    whole.subarray(0, 16),
    whole.subarray(16, 156),
    whole.subarray(156, 396),
    whole.subarray(396),
  ];
  for (const parts of [[form, one, three], [form, two, one, three], [form, one, one, two, three], [one, two, three]]) {
    await writeFile(join(home, 'store.log'), Buffer.concat(parts));
    await assert.rejects(FileLog.open(home), corrupt);
  }
});

test('a log is written anew, and goes on', async (t) => {
  const home = await directory(t);
  await filled(home);
  const log = await FileLog.open(home);
  await log.replace([records[2]]);
  await log.append(records[0]);
  await log.close();
  assert.deepEqual(await opened(home), [records[2], records[0]]);
  // What a crash left of a new file counts for nothing.
  await writeFile(join(home, 'store.new'), 'half of a log');
  assert.deepEqual(await opened(home), [records[2], records[0]]);
});

test('one process has a directory, until it is gone, however', async (t) => {
  const home = await directory(t);
  const other = fork(fileURLToPath(import.meta.url), ['take', home], { execArgv: [] });
  t.after(() => other.kill('SIGKILL'));
  await once(other, 'message');
  await assert.rejects(FileLog.open(home), busy);
  other.kill('SIGKILL');
  await once(other, 'exit');
  const log = await FileLog.open(home);
  await assert.rejects(FileLog.open(home), busy);
  await log.close();
  await opened(home);
});

test('who opened last writes, where the lock does not reach', async (t) => {
  const home = await directory(t);
  const log = await FileLog.open(home);
  await writeFile(join(home, 'owner'), 'somebody else');
  await assert.rejects(log.append(records[0]), busy);
  await assert.rejects(log.replace([]), busy);
  await log.close();
  assert.deepEqual(await opened(home), []);
});

test('nothing is written after the end', async (t) => {
  const home = await directory(t);
  const log = await FileLog.open(home);
  await log.close();
  await assert.rejects(log.append(records[0]), { code: 'STORE_FAILED' });
});
