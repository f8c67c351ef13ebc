// SHA-256 in hexadecimal, and the canonical JSON that gives a record without an id of its own a stable one.
import {createHash, hash as hashAtOnce} from 'node:crypto';

/** Lower-case hexadecimal SHA-256 of the bytes; strings are hashed as UTF-8. */
export function sha256Hex(data: string | Uint8Array): string {
  return hashAtOnce('sha256', data, 'hex'); // much faster than createHash for something as short as a log line
}

/** SHA-256 over the parts, each preceded by its length, so that no two lists of parts share a digest by concatenation. */
export function sha256OfParts(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest('hex');
}
