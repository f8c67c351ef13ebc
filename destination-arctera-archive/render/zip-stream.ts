// A zip whose bytes depend on its content alone: entries by name, one fixed time, compressed by pure JavaScript.
import {Zip, ZipDeflate, ZipPassThrough} from 'fflate';

export interface ZipEntry {
  readonly name: string;
  /** Uploads are stored as they are: most are compressed already. */
  readonly isStored: boolean;
  readonly content: () => AsyncIterable<Buffer> | Iterable<Buffer>;
}

/** In pieces, so that a large upload is never held whole. */
export async function* zipStream(entries: readonly ZipEntry[]): AsyncGenerator<Buffer> {
  let ready: Buffer[] = [];
  const zip = new Zip((error, bytes) => {
    if (error !== null) throw error;
    ready.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  });
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
      yield* take();
    }
    file.push(new Uint8Array(0), true);
    yield* take();
  }
  zip.end();
  yield* take();
}
