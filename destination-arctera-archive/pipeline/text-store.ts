// Keeps texts as UTF-8 outside the heap until they are asked for: held strings would take twice the memory and slow down its collection.

const chunkBytes = 1024 * 1024;
const surrogates = /[\ud800-\udfff]/;
const loneSurrogates = /\p{Surrogate}/u;

export interface StoredText {
  /** Bytes that it takes. */
  readonly size: number;
  read(): string;
}

/** Its memory is freed a chunk at a time, when nothing in the chunk is held any more. */
export class TextStore {
  private chunk: Buffer = Buffer.alloc(0);
  private at = 0;

  keep(text: string): StoredText {
    // Such a text would come back changed; JSON writes its lone surrogates as escapes, so hardly any is.
    if (surrogates.test(text) && loneSurrogates.test(text)) return {size: 2 * text.length, read: () => text};
    const size = Buffer.byteLength(text);
    if (size > this.chunk.length - this.at) {
      this.chunk = Buffer.allocUnsafeSlow(Math.max(size, chunkBytes));
      this.at = 0;
    }
    const kept = new Kept(this.chunk, this.at, size);
    this.at += this.chunk.write(text, this.at);
    return kept;
  }
}

class Kept implements StoredText {
  constructor(
    private readonly chunk: Buffer,
    private readonly start: number,
    readonly size: number
  ) {}

  read(): string {
    return this.chunk.toString('utf8', this.start, this.start + this.size);
  }
}
