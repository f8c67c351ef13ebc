// Renders an item while hashing it: small ones stay in memory, large ones go to a file that the target may move away.
import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {copyFile, open, rm, type FileHandle} from 'node:fs/promises';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {sha256Hex} from '../../core/digest';
import type {ItemAddress, RenderedItem} from '../targets/target';

export const maxInMemoryBytes = 1024 * 1024;

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
 * @param directory an existing directory for items that do not stay in memory
 */
export async function composeItem(
  itemId: string,
  address: ItemAddress,
  render: AsyncIterable<Buffer>,
  directory: string
): Promise<RenderedItem> {
  const path = join(directory, `${sha256Hex(address)}.rendering`);
  const hash = createHash('sha256');
  let size = 0;
  let held: Buffer[] = [];
  let file: FileHandle | undefined;
  try {
    for await (const bytes of render) {
      hash.update(bytes);
      size += bytes.length;
      held.push(bytes);
      if (size <= maxInMemoryBytes) continue;
      file ??= await open(path, 'w', 0o640);
      await file.writeFile(joined(held));
      held = [];
    }
    await file?.close();
  } catch (error) {
    await file?.close().catch(() => undefined);
    if (file !== undefined) await rm(path, {force: true});
    throw error;
  }
  const body: RenderedItem['body'] = file === undefined ? {kind: 'memory', bytes: joined(held)} : {kind: 'file', path};
  return {itemId, address, sha256: hash.digest('hex'), size, body};
}

function joined(pieces: readonly Buffer[]): Buffer {
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
}

/** Removes the file of an item that no target has moved away. */
export async function discardComposed(path: string): Promise<void> {
  await rm(path, {force: true});
}
