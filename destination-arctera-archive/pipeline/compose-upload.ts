// Reads an upload from its file, the next piece while the last one is worked on.
import {open} from 'node:fs/promises';
import type {UploadMemory} from './compose-memory';

/** Each piece is valid until the next is asked for. One upload is read at a time: the memory is that of all. */
export async function* readUpload(path: string, memory: UploadMemory): AsyncGenerator<Buffer> {
  const file = await open(path);
  const readNext = (): Promise<Buffer> => {
    const block = memory.next();
    const reading = file.read(block, 0, block.length).then(({bytesRead}) => block.subarray(0, bytesRead));
    reading.catch(() => undefined); // thrown where it is waited for
    return reading;
  };
  let reading = readNext();
  try {
    for (let piece = await reading; piece.length > 0; piece = await reading) {
      reading = readNext();
      yield piece;
    }
  } finally {
    await reading.catch(() => undefined); // or it would write into memory that is another upload's by then
    await file.close();
  }
}
