// One process for a directory, by a socket that the system gives back when its process ends, however.

import { stat, unlink } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';

import { SecureChatError } from './error.js';

/** Takes the lock of a directory; answers a function that gives it back. */
export async function takeLock(directory) {
  const { dev, ino } = await stat(directory, { bigint: true });
  const name = `secure-chat-${dev}-${ino}`;
  if (process.platform === 'win32') {
    return listen(`\\\\.\\pipe\\${name}`);
  }
  if (process.platform === 'linux') {
    // A name that no file stands for.
    return listen(`\0${name}`);
  }
  const path = join(directory, 'lock');
  try {
    return await listen(path);
  } catch (error) {
    // Elsewhere the file stays when its process is killed, and nobody answers.
    if (error.code !== 'STORE_BUSY' || (await answers(path))) {
      throw error;
    }
    await unlink(path);
    return listen(path);
  }
}

function listen(path) {
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(error.code === 'EADDRINUSE' ? new SecureChatError('STORE_BUSY', 'Another process uses this store.') : error);
    });
    server.listen(path, () => {
      // The lock alone keeps no process alive.
      server.unref();
      resolve(() => new Promise((closed) => server.close(closed)));
    });
  });
}

function answers(path) {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
}
