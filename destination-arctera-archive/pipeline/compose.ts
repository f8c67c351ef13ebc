// Renders an item while hashing it: into memory, or into a file that the target may move away.
import {createHash} from 'node:crypto';
import {closeSync, createReadStream, fsync, openSync, rmSync, writeFileSync} from 'node:fs';
import {copyFile, open, rm, type FileHandle} from 'node:fs/promises';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {promisify} from 'node:util';
import {sha256Hex} from '../../core/digest';
import type {ItemAddress, RenderedItem} from '../targets/target';
import {blockBytes, ItemMemory} from './compose-memory';

const flush = promisify(fsync);

export const maxInMemoryBytes = blockBytes;

/** So much of an item that stays on the disk is flushed at a time while the rest is composed: at its end little is left to wait for. */
const flushedBytes = 32 * blockBytes;

/** The bytes of an item, wherever they are held. */
export function readBody(body: RenderedItem['body']): AsyncIterable<Buffer> {
  return (body.kind === 'memory' ? Readable.from([body.bytes]) : createReadStream(body.path)) as AsyncIterable<Buffer>;
}

/** The same item with a body of its own, because a target may move the file of a body away. */
export async function duplicate(item: RenderedItem, mark: string): Promise<RenderedItem> {
  if (item.body.kind === 'memory') return item;
  const path = `${item.body.path}.${mark}`;
  await copyFile(item.body.path, path);
  return {...item, body: {kind: 'file', path}};
}

/** An item that is rendered: the memory it was made in is free, and it may be used when it is flushed. */
export interface RenderedOnce {
  readonly item: RenderedItem;
  readonly flushed: Promise<void>;
}

export async function composeItem(...given: Parameters<typeof renderItem>): Promise<RenderedItem> {
  const {item, flushed} = await renderItem(...given);
  await flushed;
  return item;
}

/**
 * @param render pieces of the item, each looked at before the next is asked for
 * @param directory an existing directory for items that do not stay in memory
 * @param memory of one item at a time
 * @param staysOnDisk whether its file is what the target keeps: then a small one has a file too, and it is flushed
 */
export async function renderItem(
  itemId: string,
  address: ItemAddress,
  render: AsyncIterable<Buffer>,
  directory: string,
  memory = new ItemMemory(),
  staysOnDisk = false
): Promise<RenderedOnce> {
  const path = join(directory, `${sha256Hex(address)}.rendering`);
  const hash = createHash('sha256');
  let size = 0;
  let file: FileHandle | undefined;
  let writing = Promise.resolve();
  let flushing = Promise.resolve();
  let unflushedBytes = 0;
  /** The block is written while the next one is filled. */
  const write = async (): Promise<void> => {
    file ??= await open(path, 'w', 0o640);
    await writing;
    writing = file.writeFile(memory.bytes);
    writing.catch(() => undefined); // thrown where it is waited for
    hash.update(memory.bytes);
    unflushedBytes += memory.bytes.length;
    memory.beginBlock();
    if (staysOnDisk && unflushedBytes >= flushedBytes) flushing = flushBehind(file, flushing);
  };
  /** A failure is told once by the system: it must not be lost, or the flush in the end would hide it. */
  const flushBehind = (written: FileHandle, before: Promise<void>): Promise<void> => {
    unflushedBytes = 0;
    const flushed = before.then(() => written.datasync());
    flushed.catch(() => undefined); // thrown where it is waited for
    return flushed;
  };
  memory.beginItem();
  try {
    for await (const bytes of render) {
      size += bytes.length;
      for (let from = 0; from < bytes.length;) {
        if (memory.isFull) await write();
        from = memory.fill(bytes, from);
      }
    }
    if (file === undefined) {
      const small = {itemId, address, sha256: sha256Hex(memory.bytes), size};
      if (staysOnDisk)
        return {item: {...small, body: {kind: 'file', path, isFlushed: true}}, flushed: keep(path, memory.bytes)};
      return {item: {...small, body: {kind: 'memory', bytes: Buffer.from(memory.bytes)}}, flushed: Promise.resolve()};
    }
    await write();
    await writing;
    await flushing;
    if (!staysOnDisk) await file.close();
  } catch (error) {
    await writing.catch(() => undefined); // or it would write from memory that is another item's by then
    await flushing.catch(() => undefined);
    await file?.close().catch(() => undefined);
    if (file !== undefined) await rm(path, {force: true});
    throw error;
  }
  const written = file;
  const item = {itemId, address, sha256: hash.digest('hex'), size};
  if (!staysOnDisk) return {item: {...item, body: {kind: 'file', path}}, flushed: Promise.resolve()};
  return {
    item: {...item, body: {kind: 'file', path, isFlushed: true}},
    flushed: finish(
      path,
      () => written.sync(),
      () => written.close()
    ),
  };
}

/** The system has the bytes when this returns, which takes it no longer than to copy them; the disk has them when it resolves. */
function keep(path: string, bytes: Buffer): Promise<void> {
  const file = openSync(path, 'w', 0o640);
  try {
    writeFileSync(file, bytes);
  } catch (error) {
    closeSync(file);
    rmSync(path, {force: true});
    throw error;
  }
  return finish(
    path,
    () => flush(file),
    () => closeSync(file)
  );
}

async function finish(path: string, flushed: () => Promise<void>, close: () => Promise<void> | void): Promise<void> {
  try {
    try {
      await flushed();
    } finally {
      await close();
    }
  } catch (error) {
    await rm(path, {force: true});
    throw error;
  }
}

/** Removes the file of an item that no target has moved away. */
export async function discardComposed(path: string): Promise<void> {
  await rm(path, {force: true});
}
