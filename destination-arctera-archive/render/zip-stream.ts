// A zip whose bytes depend on its content alone: entries by name, one fixed time, compressed by pure JavaScript.
import {Zip, ZipDeflate, ZipPassThrough} from 'fflate';
import {RecordError} from '../../core/errors';

export interface ZipEntry {
  readonly name: string;
  /** Uploads are stored as they are: most are compressed already. */
  readonly isStored: boolean;
  readonly content: () => AsyncIterable<Buffer> | Iterable<Buffer>;
}

/** A zip tells sizes and places in 32 bits, and how many entries it has in 16: larger ones would be cut off in silence. */
const maxZipBytes = 0xffffffff;
const maxEntries = 0xffff;

/**
 * In pieces, so that a large upload is never held whole.
 * Throws RecordError where the entries are more than a zip can hold.
 */
export async function* zipStream(entries: readonly ZipEntry[], maxBytes = maxZipBytes): AsyncGenerator<Buffer> {
  let ready: Buffer[] = [];
  let size = 0;
  const zip = new Zip((error, bytes) => {
    if (error !== null) throw error;
    size += bytes.length;
    ready.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  });
  const assertFits = (): void => {
    if (size > maxBytes || entries.length > maxEntries)
      throw new RecordError('item_unrenderable', 'A zip cannot hold so much: choose a smaller Largest Item.');
  };
  const take = (): Buffer[] => {
    const taken = ready;
    ready = [];
    return taken;
  };
  for (const {name, isStored, content} of [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = isStored ? new ZipPassThrough(name) : new ZipDeflate(name, {level: 6});
    // Zip times have no zone: noon by the machine's own clock is noon in the file, wherever it is written.
    file.mtime = new Date(1980, 0, 1, 12);
    zip.add(file);
    for await (const bytes of content()) {
      file.push(bytes);
      assertFits();
      yield* take();
    }
    file.push(new Uint8Array(0), true);
    yield* take();
  }
  zip.end();
  assertFits();
  yield* take();
}
