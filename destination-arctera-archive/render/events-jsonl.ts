// The originals of an item as the bytes of `events.jsonl`: each text verbatim, ended by LF.
import {createHash} from 'node:crypto';
import type {Original} from './item';

const pieceLength = 64 * 1024;

/** In pieces, so that a large item is not held twice. */
export function* toEventsJsonl(originals: readonly Original[]): Generator<Buffer> {
  let piece = '';
  for (const {text} of originals) {
    piece += `${text}\n`;
    if (piece.length < pieceLength) continue;
    yield Buffer.from(piece);
    piece = '';
  }
  if (piece !== '') yield Buffer.from(piece);
}

export function hashEventsJsonl(originals: readonly Original[]): string {
  const hash = createHash('sha256');
  for (const piece of toEventsJsonl(originals)) hash.update(piece);
  return hash.digest('hex');
}
