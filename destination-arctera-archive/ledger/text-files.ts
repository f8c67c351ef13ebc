// Keeps the texts of held messages on disk, in files without a name: they take no memory, and nothing of them outlives the process.
import {randomUUID} from 'node:crypto';
import {closeSync, openSync, readSync, unlinkSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {BugError} from '../../core/errors';
import {inMemory, type StoredText, type TextStore} from './text-store';

/** Texts are written so many bytes at a time. */
const bufferBytes = 256 * 1024;
/** A file takes no more texts when it has such a size; its space is free again when none of them is held. */
const fileBytes = 8 * 1024 * 1024;

interface TextFile {
  readonly descriptor: number;
  /** Bytes that are on disk; those of the last file's end are in the buffer still. */
  written: number;
  /** Texts that are held. */
  held: number;
}

export class TextFiles implements TextStore {
  private readonly open = new Set<TextFile>();
  private last: TextFile | undefined;
  private readonly buffer = Buffer.allocUnsafeSlow(bufferBytes);
  private buffered = 0;
  private readonly readBuffer = Buffer.allocUnsafeSlow(bufferBytes);

  /** @param folder an existing directory */
  constructor(private readonly folder: string) {}

  keep(text: string): StoredText {
    if (!text.isWellFormed()) return inMemory(text);
    const size = Buffer.byteLength(text);
    if (size > bufferBytes - this.buffered) this.flush();
    const file = this.writable();
    const start = file.written + this.buffered;
    if (size > bufferBytes) file.written += writeAll(file.descriptor, Buffer.from(text), file.written);
    else this.buffered += this.buffer.write(text, this.buffered);
    file.held += 1;
    return new FiledText(this, file, start, size);
  }

  read(file: TextFile, start: number, size: number): string {
    if (!this.open.has(file)) throw new BugError('A text is asked for that is held no more.'); // its descriptor may be another file's
    if (start >= file.written) {
      const from = start - file.written;
      return this.buffer.toString('utf8', from, from + size);
    }
    const bytes = size <= bufferBytes ? this.readBuffer.subarray(0, size) : Buffer.allocUnsafeSlow(size);
    for (let done = 0; done < size;) {
      const count = readSync(file.descriptor, bytes, done, size - done, start + done);
      if (count === 0) throw new BugError('A text that is held has an end before its end.');
      done += count;
    }
    return bytes.toString('utf8');
  }

  release(file: TextFile): void {
    file.held -= 1;
    if (file.held === 0 && file !== this.last) this.end(file);
  }

  close(): void {
    for (const file of this.open) this.end(file);
    this.last = undefined;
    this.buffered = 0;
  }

  /** The file that takes the next text. */
  private writable(): TextFile {
    const {last} = this;
    if (last !== undefined && last.written + this.buffered < fileBytes) return last;
    this.flush();
    if (last?.held === 0) this.end(last);
    const path = join(this.folder, `${randomUUID()}.held`);
    const descriptor = openSync(path, 'wx+', 0o600);
    unlinkSync(path); // its bytes are there as long as it is open
    const next = {descriptor, written: 0, held: 0};
    this.open.add(next);
    this.last = next;
    return next;
  }

  private flush(): void {
    const {last} = this;
    if (last === undefined || this.buffered === 0) return;
    // Not fsynced: the states that cover the texts are released only when their items are durable.
    writeAll(last.descriptor, this.buffer.subarray(0, this.buffered), last.written);
    last.written += this.buffered;
    this.buffered = 0;
  }

  private end(file: TextFile): void {
    if (this.open.delete(file)) closeSync(file.descriptor); // what is released after the closing has no file any more
  }
}

class FiledText implements StoredText {
  constructor(
    private readonly files: TextFiles,
    private readonly file: TextFile,
    private readonly start: number,
    readonly size: number
  ) {}

  read(): string {
    return this.files.read(this.file, this.start, this.size);
  }

  release(): void {
    this.files.release(this.file);
  }
}

/** @returns how many bytes that were */
function writeAll(descriptor: number, bytes: Buffer, at: number): number {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(descriptor, bytes, done, bytes.length - done, at + done);
  }
  return bytes.length;
}
