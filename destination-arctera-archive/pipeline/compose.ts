// Renders an item while hashing it: small ones stay in memory, large ones go to a file that the target may move away.
import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {copyFile, open, rm, type FileHandle} from 'node:fs/promises';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {sha256Hex} from '../../core/digest';
import type {ItemAddress, RenderedItem} from '../targets/target';
import {blockBytes, ItemMemory} from './compose-memory';

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

/**
 * @param render pieces of the item, each looked at before the next is asked for
 * @param directory an existing directory for items that do not stay in memory
 * @param memory of one item at a time
 * @param staysOnDisk whether the file of a large item is what the target keeps
 */
export async function composeItem(
  itemId: string,
  address: ItemAddress,
  render: AsyncIterable<Buffer>,
  directory: string,
  memory = new ItemMemory(),
  staysOnDisk = false
): Promise<RenderedItem> {
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
      return {
        itemId,
        address,
        sha256: sha256Hex(memory.bytes),
        size,
        body: {kind: 'memory', bytes: Buffer.from(memory.bytes)},
      };
    }
    await write();
    await writing;
    await flushing;
    await file.close();
  } catch (error) {
    await writing.catch(() => undefined); // or it would write from memory that is another item's by then
    await flushing.catch(() => undefined);
    await file?.close().catch(() => undefined);
    if (file !== undefined) await rm(path, {force: true});
    throw error;
  }
  return {itemId, address, sha256: hash.digest('hex'), size, body: {kind: 'file', path}};
}

/** Removes the file of an item that no target has moved away. */
export async function discardComposed(path: string): Promise<void> {
  await rm(path, {force: true});
}
