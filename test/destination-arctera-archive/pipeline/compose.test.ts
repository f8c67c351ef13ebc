// Composing an item: hashed on the way, small ones in memory, large ones in a file.
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {afterEach, beforeEach, expect, test} from '@jest/globals';
import {sha256Hex} from '../../../core/digest';
import {composeItem} from '../../../destination-arctera-archive/pipeline/compose';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'compose-'));
});
afterEach(() => rmSync(directory, {recursive: true}));

const mebibyte = 1024 * 1024;

test.each([
  [0, 'memory'],
  [mebibyte, 'memory'],
  [mebibyte + 1, 'file'],
  [3 * mebibyte, 'file'],
])('%d bytes are held in %s', async (size, kind) => {
  const bytes = Buffer.alloc(size, 'abc');
  const pieces: Buffer[] = [];
  for (let from = 0; from < size; from += 300_000) pieces.push(bytes.subarray(from, from + 300_000));
  const item = await composeItem('id', 'address', Readable.from(pieces), directory);
  expect(item).toMatchObject({size, sha256: sha256Hex(bytes), body: {kind}});
  const body = item.body.kind === 'memory' ? item.body.bytes : readFileSync(item.body.path);
  expect(body.equals(bytes)).toBe(true);
});

test('a render that fails leaves no file', async () => {
  async function* failing(): AsyncGenerator<Buffer> {
    yield Buffer.alloc(2 * mebibyte);
    await Promise.reject(new Error('upload changed'));
  }
  await expect(composeItem('id', 'address', failing(), directory)).rejects.toThrow('upload changed');
  expect(readdirSync(directory)).toEqual([]);
});
