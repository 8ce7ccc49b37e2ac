// Opens a client in a browser: a page, or better a worker, because some steps compute for half a second.

import { runsOn, SecureChat, understood } from './chat.js';
import { SecureChatError } from './error.js';
import initialise, { open_in_browser, open_in_memory } from './secure_chat.js';

export { SecureChat, SecureChatError };

// Written so that bundlers take the file along.
const wasm = () => initialise({ module_or_path: new URL('./secure_chat_bg.wasm', import.meta.url) });

runsOn(async ({ server = globalThis.location?.origin, store = {} }) => {
  if (store.passphrase !== undefined || store.key !== undefined || store.directory !== undefined) {
    // The browser's own key, which no script can read, seals the store.
    throw new SecureChatError('BAD_REQUEST', 'In a browser a store has a name only, or is in memory.');
  }
  try {
    await wasm();
    return await (store.memory ? open_in_memory(server) : open_in_browser(server, store.name ?? 'secure-chat-sdk'));
  } catch (thrown) {
    throw understood(thrown);
  }
});
