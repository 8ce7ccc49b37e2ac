// What the types promise is there, and nothing else.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { SecureChat } from '../chat.js';

test('each method is described, and each description is a method', async () => {
  const types = await readFile(new URL('../index.d.ts', import.meta.url), 'utf8');
  const described = types.slice(types.indexOf('export class SecureChat {'));
  const names = [...described.matchAll(/^ {2}(?:static )?(\w+)[<(]/gm)].map(([, name]) => name);
  const methods = [...Object.getOwnPropertyNames(SecureChat.prototype), 'open'];
  assert.deepEqual([...new Set(names)].sort(), methods.filter((name) => name !== 'constructor').sort());
});
