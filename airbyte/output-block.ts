// A block of output that is filled from the front with characters and bytes, and reused when it has left the process.
import type {JsonBytes, JsonPart, JsonText} from './json-text';

export const blockBytes = 128 * 1024;
/** UTF-8 takes at most so many bytes for one UTF-16 unit. */
const maxBytesPerUnit = 3;
/** No byte takes more within a JSON string. */
const maxEscapedBytes = 6;
/** Below it a loop is quicker than a call. */
const fewBytes = 64;
/** Parts of a text that is larger than a block are cut into pieces of such a length. */
const pieceLength = 16 * 1024;
/** As many as fill whole groups of three, so that the base64 of pieces makes up that of the whole. */
const base64PieceBytes = 12 * 1024;

export class OutputBlock {
  private readonly buffer = Buffer.allocUnsafeSlow(blockBytes);
  private filled = 0;

  get bytes(): Buffer {
    return this.buffer.subarray(0, this.filled);
  }

  get isEmpty(): boolean {
    return this.filled === 0;
  }

  clear(): void {
    this.filled = 0;
  }

  hasRoom(bytes: number): boolean {
    return this.filled + bytes <= blockBytes;
  }

  append(part: JsonPart): void {
    if (typeof part === 'string') this.filled += this.buffer.write(part, this.filled);
    else if ('base64Of' in part)
      this.filled += this.buffer.write(part.base64Of.toString('base64'), this.filled, 'latin1');
    else if (part.isQuoted) this.escape(part);
    else this.copy(part);
  }

  /**
   * Each byte as if it were a character: what JSON escapes are single bytes in UTF-8, and those of longer characters
   * are never escaped. Nothing is quicker at finding them than what V8 does for a string of such characters.
   */
  private escape({bytes, end, start}: JsonBytes): void {
    const escaped = JSON.stringify(bytes.toString('latin1', start, end)).slice(1, -1);
    this.filled += this.buffer.write(escaped, this.filled, 'latin1');
  }

  private copy({bytes, end, start}: JsonBytes): void {
    if (end - start > fewBytes) {
      this.filled += bytes.copy(this.buffer, this.filled, start, end);
      return;
    }
    for (let index = start; index < end; index++) this.buffer[this.filled++] = bytes[index] ?? 0;
  }
}

/** The most bytes that it can take in the output. */
export function mostBytes(json: JsonText): number {
  let most = 0;
  for (const part of json) most += mostBytesOf(part);
  return most;
}

export function mostBytesOf(part: JsonPart): number {
  if (typeof part === 'string') return part.length * maxBytesPerUnit;
  if ('base64Of' in part) return Math.ceil(part.base64Of.length / 3) * 4;
  return (part.end - part.start) * (part.isQuoted ? maxEscapedBytes : 1);
}

/** A part in pieces that fit into a block, none of them half a character. */
export function* piecesOf(part: JsonPart): Generator<JsonPart, void, undefined> {
  if (typeof part === 'string') {
    for (let start = 0; start < part.length;) {
      let end = Math.min(start + pieceLength, part.length);
      if (isHighSurrogate(part.charCodeAt(end - 1)) && end < part.length) end--;
      yield part.slice(start, end);
      start = end;
    }
    return;
  }
  if ('base64Of' in part) {
    // Short texts are gone with the next small collection, where one of a whole chunk calls for a large one: a third of
    // the processor time of reading uploads.
    const {base64Of: bytes} = part;
    for (let start = 0; start < bytes.length; start += base64PieceBytes) {
      yield {base64Of: bytes.subarray(start, start + base64PieceBytes)};
    }
    return;
  }
  for (let start = part.start; start < part.end; start += pieceLength) {
    yield {...part, start, end: Math.min(start + pieceLength, part.end)};
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}
