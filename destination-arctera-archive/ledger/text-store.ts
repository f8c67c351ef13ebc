// Keeps texts as UTF-8 outside the heap until they are asked for: held strings would take twice the memory and slow down its collection.

const chunkBytes = 1024 * 1024;

export interface StoredText {
  /** Bytes that it takes. */
  readonly size: number;
  /** To be called before it is released. */
  read(): string;
  /** To be called once, when nobody will ask for it any more. */
  release(): void;
}

export interface TextStore {
  keep(text: string): StoredText;
  /** Nothing that was kept can be read afterwards. */
  close(): void;
}

/** Of a text that UTF-8 would not give back unchanged: JSON writes lone surrogates as escapes, so hardly any is one. */
export function inMemory(text: string): StoredText {
  return {size: 2 * text.length, read: () => text, release: () => undefined};
}

/** Keeps them in memory, which is freed a chunk at a time, when nothing in the chunk is held any more. */
export class TextChunks implements TextStore {
  private chunk: Buffer = Buffer.alloc(0);
  private at = 0;

  keep(text: string): StoredText {
    if (!text.isWellFormed()) return inMemory(text);
    const size = Buffer.byteLength(text);
    if (size > this.chunk.length - this.at) {
      this.chunk = Buffer.allocUnsafeSlow(Math.max(size, chunkBytes));
      this.at = 0;
    }
    const {chunk, at} = this;
    this.at += chunk.write(text, at);
    return {size, read: () => chunk.toString('utf8', at, at + size), release: () => undefined};
  }

  close(): void {
    this.chunk = Buffer.alloc(0);
    this.at = 0;
  }
}
