// Writes protocol messages to stdout in blocks, waits when the reader is slow, and ends quietly when it is gone.
import {writeSync} from 'node:fs';
import type {Writable} from 'node:stream';
import type {ProtocolMessage} from './protocol';

const blockChars = 64 * 1024;
const flushAfterMs = 200;

export class MessageWriter {
  private pending: string[] = [];
  private pendingChars = 0;
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
    this.pending.push(line, '\n');
    this.pendingChars += line.length + 1;
    if (urgent || this.pendingChars >= blockChars) return this.flush();
    this.timer ??= setTimeout(() => void this.flush(), flushAfterMs).unref();
    return undefined;
  }

  /** Resolves when everything queued has been taken by the reader, or the reader is gone. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const block = this.takePending();
    if (block !== '') this.writing = this.writing.then(() => this.hand(block));
    return this.writing;
  }

  /** Last words from a place that cannot wait: what is queued, then the message, written synchronously. */
  writeNow(message: ProtocolMessage): void {
    const block = `${this.takePending()}${JSON.stringify(message)}\n`;
    try {
      writeSync(1, block);
    } catch {
      this.goneReader = true; // nobody is left to tell
    }
  }

  private takePending(): string {
    const block = this.pending.join('');
    this.pending = [];
    this.pendingChars = 0;
    return block;
  }

  private hand(block: string): Promise<void> {
    if (this.goneReader) return Promise.resolve();
    return new Promise((resolve) => {
      // The callback comes when the block has left the process, so a slow reader slows us down.
      this.out.write(block, () => resolve());
    });
  }
}
