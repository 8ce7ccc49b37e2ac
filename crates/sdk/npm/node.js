// Opens a client in Node.

import { randomBytes } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { runsOn, SecureChat, understood } from './chat.js';
import { SecureChatError } from './error.js';
import { FileLog } from './log.js';
import initialise, { open_in_memory, open_on_log, useWebSocket } from './secure_chat.js';

export { SecureChat, SecureChatError };

runsOn(async ({ server, store, WebSocket }) => {
  await initialise({ module_or_path: readFile(new URL('./secure_chat_bg.wasm', import.meta.url)) });
  useWebSocket(WebSocket ?? globalThis.WebSocket ?? (await ofPackage()));
  let log;
  try {
    if (store?.memory) {
      return await open_in_memory(server);
    }
    if (typeof store?.directory !== 'string') {
      throw new SecureChatError('BAD_REQUEST', 'Say where the device is kept: store.directory, or store.memory to lose it.');
    }
    if ([store.passphrase, store.key, store.insecureStore || undefined].filter((it) => it !== undefined).length !== 1) {
      const sentence = 'Say what opens the store: one of passphrase, key (32 random bytes) and insecureStore.';
      throw new SecureChatError('STORE_LOCKED', sentence);
    }
    log = await FileLog.open(store.directory);
    const key = store.insecureStore ? await keyBeside(store.directory) : store.key;
    return await open_on_log(server, log, store.passphrase, key);
  } catch (thrown) {
    await log?.close();
    throw understood(thrown);
  }
});

async function ofPackage() {
  try {
    return (await import('ws')).WebSocket;
  } catch {
    const sentence = 'This Node has no WebSocket: update to Node 22, install the package ws, or give options.WebSocket.';
    throw new SecureChatError('BAD_REQUEST', sentence);
  }
}

// No protection beyond the file's owner, as with SECURE_CHAT_INSECURE_STORE of the terminal.
async function keyBeside(directory) {
  const path = join(directory, 'store.key');
  try {
    return Buffer.from((await readFile(path, 'utf8')).trim(), 'hex');
  } catch (error) {
    if (error.code !== 'ENOENT') {
      throw error;
    }
  }
  const key = randomBytes(32);
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(key.toString('hex'));
    await file.sync();
  } finally {
    await file.close();
  }
  return key;
}
