// Composing an item: hashed on the way, small ones in memory, large ones in a file.
import {randomBytes} from 'node:crypto';
import {mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {afterEach, beforeEach, expect, test} from '@jest/globals';
import {sha256Hex} from '../../../core/digest';
import {composeItem, renderItem} from '../../../destination-arctera-archive/pipeline/compose';
import {ItemMemory, UploadMemory} from '../../../destination-arctera-archive/pipeline/compose-memory';
import {readUpload} from '../../../destination-arctera-archive/pipeline/compose-upload';
import type {RenderedItem} from '../../../destination-arctera-archive/targets/target';

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
  expect(bytesOf(item).equals(bytes)).toBe(true);
});

function bytesOf({body}: RenderedItem): Buffer {
  return body.kind === 'memory' ? body.bytes : readFileSync(body.path);
}

/** In pieces of all lengths that lie in the same memory, one after the other. */
async function* inOneMemory(bytes: Buffer): AsyncGenerator<Buffer> {
  const piece = Buffer.alloc(1_500_000);
  for (let from = 0, length = 1; from < bytes.length; from += length, length = (length * 7) % 1_400_001) {
    yield piece.subarray(0, bytes.copy(piece, 0, from, from + length));
    piece.fill('.');
    await Promise.resolve();
  }
}

test('items that share one memory, as their pieces do, are whole each', async () => {
  const memory = new ItemMemory();
  const wholes = [9_000_000, 40, mebibyte, 100_000, mebibyte + 1, 70_000].map((size) => randomBytes(size));
  const items: RenderedItem[] = [];
  for (const [at, whole] of wholes.entries()) {
    items.push(await composeItem('id', `address ${at}`, inOneMemory(whole), directory, memory));
  }
  expect(items.map(bytesOf).every((bytes, at) => bytes.equals(wholes[at]!))).toBe(true);
  expect(items.map(({size, sha256}) => [size, sha256])).toEqual(wholes.map((each) => [each.length, sha256Hex(each)]));
});

test('after an item that failed while a block was being written, the next one is whole', async () => {
  const memory = new ItemMemory();
  async function* failing(): AsyncGenerator<Buffer> {
    yield* inOneMemory(Buffer.alloc(3 * mebibyte, 'x'));
    throw new Error('upload changed');
  }
  await expect(composeItem('id', 'one', failing(), directory, memory)).rejects.toThrow('upload changed');
  expect(readdirSync(directory)).toEqual([]);
  const whole = randomBytes(5 * mebibyte);
  expect(bytesOf(await composeItem('id', 'two', inOneMemory(whole), directory, memory)).equals(whole)).toBe(true);
});

test.each([0, 1, 512_999, 513_000, 513_001, 4_000_000])('an upload of %d bytes is read whole', async (size) => {
  const memory = new UploadMemory();
  const bytes = randomBytes(size);
  const path = join(directory, 'upload');
  writeFileSync(path, bytes);
  for await (const piece of readUpload(path, memory)) {
    expect(piece.length).toBeGreaterThan(0);
    break; // left in the middle, while the next piece is being read
  }
  const pieces: Buffer[] = [];
  for await (const piece of readUpload(path, memory)) pieces.push(Buffer.from(piece));
  expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
});

test('a disk that takes no block of an item fails it', async () => {
  // Every write to it fails as on a full disk.
  symlinkSync('/dev/full', join(directory, `${sha256Hex('address')}.rendering`));
  const render = inOneMemory(Buffer.alloc(4 * mebibyte));
  await expect(composeItem('id', 'address', render, directory)).rejects.toMatchObject({code: 'ENOSPC'});
  expect(readdirSync(directory)).toEqual([]);
});

test.each([0, 40, mebibyte, 70 * mebibyte])(
  'an item of %d bytes that stays on the disk is a flushed file',
  async (size) => {
    const whole = randomBytes(size);
    const item = await composeItem('id', 'address', inOneMemory(whole), directory, new ItemMemory(), true);
    expect(item).toMatchObject({size, sha256: sha256Hex(whole), body: {kind: 'file', isFlushed: true}});
    expect(bytesOf(item).equals(whole)).toBe(true);
  }
);

test.each([
  [33 * mebibyte, 'while it is composed'],
  [31 * mebibyte, 'in the end'],
  [40, 'in the end'],
])('an item of %d bytes that the disk cannot flush fails %s', async (size, when) => {
  // It takes every write and no flush.
  symlinkSync('/dev/null', join(directory, `${sha256Hex('address')}.rendering`));
  const rendering = renderItem('id', 'address', inOneMemory(Buffer.alloc(size)), directory, new ItemMemory(), true);
  const failing = when === 'in the end' ? rendering.then(({flushed}) => flushed) : rendering;
  await expect(failing).rejects.toMatchObject({code: 'EINVAL'});
  expect(readdirSync(directory)).toEqual([]);
});

test('a small item that stays on a disk which is full fails', async () => {
  symlinkSync('/dev/full', join(directory, `${sha256Hex('address')}.rendering`));
  const composing = composeItem('id', 'address', inOneMemory(Buffer.alloc(40)), directory, new ItemMemory(), true);
  await expect(composing).rejects.toMatchObject({code: 'ENOSPC'});
  expect(readdirSync(directory)).toEqual([]);
});

test('small items that share one memory and stay on the disk are whole each, flushed side by side', async () => {
  const memory = new ItemMemory();
  const wholes = [100_000, 40, 70_000, mebibyte].map((size) => randomBytes(size));
  const rendered = [];
  for (const [at, whole] of wholes.entries()) {
    rendered.push(await renderItem('id', `address ${at}`, inOneMemory(whole), directory, memory, true));
  }
  await Promise.all(rendered.map(({flushed}) => flushed));
  expect(rendered.map(({item}) => bytesOf(item)).every((bytes, at) => bytes.equals(wholes[at]!))).toBe(true);
});

test('a render that fails leaves no file', async () => {
  async function* failing(): AsyncGenerator<Buffer> {
    yield Buffer.alloc(2 * mebibyte);
    await Promise.reject(new Error('upload changed'));
  }
  await expect(composeItem('id', 'address', failing(), directory)).rejects.toThrow('upload changed');
  expect(readdirSync(directory)).toEqual([]);
});
