// Finds one entry of a zip that was written here, reading the zip twice from its beginning rather than holding it.
import {inflateRawSync} from 'node:zlib';

/** The directory of a zip lies at its end; those of items are far smaller. */
const maxDirectoryBytes = 8 * 1024 * 1024;
/** What an item says of itself is far smaller. */
const maxEntryBytes = 64 * 1024 * 1024;

const endLength = 22;
const headLength = 30;

interface Entry {
  readonly offset: number;
  readonly packedSize: number;
  readonly isPacked: boolean;
}

/** Undefined where the bytes are no such zip, or the entry is not in it. */
export async function readZipEntry(open: () => AsyncIterable<Buffer>, name: string): Promise<Buffer | undefined> {
  const entry = findEntry(await readTail(open()), name);
  if (entry === undefined || entry.packedSize > maxEntryBytes) return undefined;
  const head = await readRange(open(), entry.offset, headLength);
  if (head.length < headLength || head.readUInt32LE(0) !== 0x04034b50) return undefined;
  const start = entry.offset + headLength + head.readUInt16LE(26) + head.readUInt16LE(28);
  const packed = await readRange(open(), start, entry.packedSize);
  if (!entry.isPacked) return packed;
  try {
    return inflateRawSync(packed, {maxOutputLength: maxEntryBytes});
  } catch {
    return undefined;
  }
}

function findEntry({bytes, start}: Tail, name: string): Entry | undefined {
  const end = bytes.length - endLength;
  if (end < 0 || bytes.readUInt32LE(end) !== 0x06054b50) return undefined;
  let at = bytes.readUInt32LE(end + 16) - start;
  while (at >= 0 && at + 46 <= end && bytes.readUInt32LE(at) === 0x02014b50) {
    const nameLength = bytes.readUInt16LE(at + 28);
    if (bytes.toString('utf8', at + 46, at + 46 + nameLength) === name) {
      return {
        offset: bytes.readUInt32LE(at + 42),
        packedSize: bytes.readUInt32LE(at + 20),
        isPacked: bytes.readUInt16LE(at + 10) !== 0,
      };
    }
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return undefined;
}

interface Tail {
  readonly bytes: Buffer;
  /** Where it begins in the whole. */
  readonly start: number;
}

async function readTail(whole: AsyncIterable<Buffer>): Promise<Tail> {
  let pieces: Buffer[] = [];
  let held = 0;
  let start = 0;
  for await (const piece of whole) {
    pieces.push(piece);
    held += piece.length;
    if (held < 2 * maxDirectoryBytes) continue;
    const tail = Buffer.concat(pieces).subarray(held - maxDirectoryBytes);
    start += held - tail.length;
    pieces = [tail];
    held = tail.length;
  }
  return {bytes: Buffer.concat(pieces), start};
}

async function readRange(whole: AsyncIterable<Buffer>, start: number, length: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let at = 0;
  for await (const piece of whole) {
    const from = Math.max(0, start - at);
    const to = Math.min(piece.length, start + length - at);
    if (from < to) pieces.push(piece.subarray(from, to));
    at += piece.length;
    if (at >= start + length) break;
  }
  return Buffer.concat(pieces);
}
