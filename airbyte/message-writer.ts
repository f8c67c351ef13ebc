// Writes protocol messages to stdout in blocks, waits when the reader is slow, and ends quietly when it is gone.
import type {Writable} from 'node:stream';
import type {JsonText} from './json-text';
import {blockBytes, mostBytes, mostBytesOf, OutputBlock, piecesOf} from './output-block';
import type {ProtocolMessage} from './protocol';
import type {RecordRows} from './record-rows';

const flushAfterMs = 200;
const maxSpare = 4;
const newline = '\n';

export class MessageWriter {
  /** Lines are encoded where they wait: joining strings first would copy every character twice. */
  private block = new OutputBlock();
  /** Blocks that have left the process, to be filled again. */
  private readonly spare: OutputBlock[] = [];
  private timer: NodeJS.Timeout | undefined;
  private goneReader = false;
  private writing: Promise<void> = Promise.resolve();
  /** Messages that come while a line is being written that is larger than a block. */
  private held: string[] | undefined;
  private isOver = false;

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
    if (this.held !== undefined) {
      this.held.push(line);
      return undefined;
    }
    const most = mostBytesOf(line) + newline.length;
    const flushed = this.block.hasRoom(most) ? undefined : this.flush();
    if (most > blockBytes) return this.enqueue(Buffer.from(line + newline));
    this.block.append(line);
    this.block.append(newline);
    if (urgent) return this.flush();
    this.flushSoon();
    return flushed;
  }

  /** Resolves when there is room for more. The rows have been taken by then: their bytes may change. */
  async writeRows({after, before, rows}: RecordRows): Promise<void> {
    for (const row of rows) {
      const most = mostBytesOf(before) + mostBytes(row) + mostBytesOf(after);
      if (most > blockBytes) {
        await this.writeInPieces([before, ...row, after]);
        continue;
      }
      if (!this.block.hasRoom(most)) await this.flush();
      this.block.append(before);
      for (const part of row) this.block.append(part);
      this.block.append(after);
    }
    this.flushSoon();
  }

  /** Resolves when everything queued has been taken by the reader, or the reader is gone. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.block.isEmpty) return this.writing;
    const full = this.block;
    this.block = this.spare.pop() ?? new OutputBlock();
    return this.enqueue(full.bytes, full);
  }

  /**
   * Last words: what is queued, then the message, and nothing that comes later. In its turn: bytes that were written
   * past a block on its way would stand in the middle of it. Resolves as `flush` does.
   */
  writeLast(message: ProtocolMessage): Promise<void> {
    const cut = this.held === undefined ? '' : newline; // the line that was being written will never be whole
    void this.flush();
    const written = this.enqueue(Buffer.from(`${cut}${JSON.stringify(message)}${newline}`));
    this.isOver = true;
    return written;
  }

  /** A line that is larger than a block: never whole in memory a second time. */
  private async writeInPieces(line: JsonText): Promise<void> {
    this.held = [];
    for (const part of line) {
      for (const piece of piecesOf(part)) {
        if (!this.block.hasRoom(mostBytesOf(piece))) await this.flush();
        this.block.append(piece);
      }
    }
    const {held} = this;
    this.held = undefined;
    for (const waiting of held) void this.writeLine(waiting, false);
  }

  private flushSoon(): void {
    if (this.held === undefined) this.timer ??= setTimeout(() => void this.flush(), flushAfterMs).unref();
  }

  /** @param block to be filled again afterwards */
  private enqueue(bytes: Buffer, block?: OutputBlock): Promise<void> {
    if (!this.isOver) this.writing = this.writing.then(() => this.hand(bytes, block));
    return this.writing;
  }

  private hand(bytes: Buffer, block: OutputBlock | undefined): Promise<void> {
    if (this.goneReader) return Promise.resolve();
    return new Promise((resolve) => {
      // The callback comes when the block has left the process, so a slow reader slows us down.
      this.out.write(bytes, () => {
        block?.clear();
        if (block !== undefined && this.spare.length < maxSpare) this.spare.push(block);
        resolve();
      });
    });
  }
}
