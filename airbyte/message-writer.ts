// Writes protocol messages to stdout in blocks, waits when the reader is slow, and ends quietly when it is gone.
import {writeSync} from 'node:fs';
import type {Writable} from 'node:stream';
import type {ProtocolMessage} from './protocol';

const blockBytes = 128 * 1024;
/** UTF-8 takes at most so many bytes for one UTF-16 unit. */
const maxBytesPerUnit = 3;
const flushAfterMs = 200;
const maxSpare = 4;
const newline = 0x0a;

export class MessageWriter {
  /** Lines are encoded where they wait: joining strings first would copy every character twice. */
  private block: Buffer = Buffer.allocUnsafeSlow(blockBytes);
  private filled = 0;
  /** Blocks that have left the process, to be filled again. */
  private readonly spare: Buffer[] = [];
  private timer: NodeJS.Timeout | undefined;
  private goneReader = false;
  private writing: Promise<void> = Promise.resolve();

  /** @param onReaderGone called once when the other end of stdout has been closed (EPIPE) */
  constructor(
    private readonly out: Writable,
    private readonly onReaderGone: () => void
  ) {
    out.on('error', () => {
      if (this.goneReader) return;
      this.goneReader = true;
      this.onReaderGone();
    });
  }

  /** Whether the other end of stdout has been closed. */
  get readerGone(): boolean {
    return this.goneReader;
  }

  /** Queues one message. Returns a promise to wait for only when the reader is slow. */
  write(message: ProtocolMessage): Promise<void> | undefined {
    return this.writeLine(JSON.stringify(message), message.type !== 'RECORD');
  }

  /** Queues one serialised message; `urgent` ones are handed to the reader at once, with all before them. */
  writeLine(line: string, urgent: boolean): Promise<void> | undefined {
    const most = line.length * maxBytesPerUnit + 1;
    if (this.filled + most > this.block.length) {
      const flushed = this.flush();
      if (most > this.block.length) return this.enqueue(Buffer.from(`${line}\n`), false);
      this.append(line);
      return urgent ? this.flush() : flushed;
    }
    this.append(line);
    if (urgent) return this.flush();
    this.timer ??= setTimeout(() => void this.flush(), flushAfterMs).unref();
    return undefined;
  }

  /** Resolves when everything queued has been taken by the reader, or the reader is gone. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.filled === 0) return this.writing;
    const bytes = this.takePending();
    this.block = this.spare.pop() ?? Buffer.allocUnsafeSlow(blockBytes);
    return this.enqueue(bytes, true);
  }

  /** Last words from a place that cannot wait: what is queued, then the message, written synchronously. */
  writeNow(message: ProtocolMessage): void {
    const last = Buffer.from(`${JSON.stringify(message)}\n`);
    try {
      writeSync(1, Buffer.concat([this.takePending(), last]));
    } catch {
      this.goneReader = true; // nobody is left to tell
    }
  }

  private append(line: string): void {
    this.filled += this.block.write(line, this.filled);
    this.block[this.filled++] = newline;
  }

  private takePending(): Buffer {
    const bytes = this.block.subarray(0, this.filled);
    this.filled = 0;
    return bytes;
  }

  private enqueue(bytes: Buffer, isBlock: boolean): Promise<void> {
    this.writing = this.writing.then(() => this.hand(bytes, isBlock));
    return this.writing;
  }

  private hand(bytes: Buffer, isBlock: boolean): Promise<void> {
    if (this.goneReader) return Promise.resolve();
    return new Promise((resolve) => {
      // The callback comes when the block has left the process, so a slow reader slows us down.
      this.out.write(bytes, () => {
        if (isBlock && this.spare.length < maxSpare) this.spare.push(Buffer.from(bytes.buffer));
        resolve();
      });
    });
  }
}
