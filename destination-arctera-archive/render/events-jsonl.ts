// The originals of an item as the bytes of `events.jsonl`: each text verbatim, ended by LF.
import {createHash} from 'node:crypto';
import type {Original} from './item';

/** In UTF-16 units, as `keptLength`. */
const pieceLength = 64 * 1024;
const keptLength = 256 * 1024;
/** Holds a piece, and a text that makes it one: in what does not fit with it, the piece would be full. */
const room = Buffer.allocUnsafeSlow(256 * 1024);
const lineFeed = 0x0a;

/** In pieces, so that a large item is not held twice. */
export function* toEventsJsonl(originals: readonly Original[]): Generator<Buffer> {
  let length = 0;
  let size = 0;
  for (const {text} of originals) {
    length += text.length + 1;
    const fits = size + text.length * 3 < room.length;
    if (fits) {
      size += room.write(text, size);
      room[size++] = lineFeed;
      if (length < pieceLength) continue;
    }
    const piece = room.subarray(0, size);
    const whole = fits ? Buffer.from(piece) : Buffer.concat([piece, Buffer.from(`${text}\n`)]);
    length = 0;
    size = 0; // before it is given away: another item may be next to use the room
    yield whole;
  }
  if (size > 0) yield Buffer.from(room.subarray(0, size));
}

/** Pieces to be read several times: encoded once where they are few. */
export function keepEventsJsonl(originals: readonly Original[]): Iterable<Buffer> {
  let length = 0;
  for (const {text} of originals) length += text.length;
  return length <= keptLength ? [...toEventsJsonl(originals)] : {[Symbol.iterator]: () => toEventsJsonl(originals)};
}

export function hashEventsJsonl(pieces: Iterable<Buffer>): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}
