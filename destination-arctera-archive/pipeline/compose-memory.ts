// Memory that is used again for each item: what is new has to be cleared by the system first, page by page.
import {lineBytes} from '../render/base64-lines';

/** A larger item leaves in blocks of such a size. */
export const blockBytes = 1024 * 1024;
const firstBytes = 64 * 1024;
/** Of an upload at a time: few reads, and whole lines of base64. */
const readBytes = 9000 * lineBytes;

/** A block that is filled from its front while the one before it is on its way to the disk. */
export class ItemMemory {
  private block = Buffer.alloc(0);
  private other = Buffer.alloc(0);
  private filled = 0;

  /** Looked at until two blocks more have been begun, or an item is. */
  get bytes(): Buffer {
    return this.block.subarray(0, this.filled);
  }

  get isFull(): boolean {
    return this.filled === blockBytes;
  }

  beginItem(): void {
    this.filled = 0;
  }

  beginBlock(): void {
    [this.block, this.other] = [this.other, this.block];
    this.filled = 0;
  }

  /** Copies as many of the bytes from `start` on as there is room for. @returns where the others begin */
  fill(bytes: Buffer, start: number): number {
    const end = Math.min(bytes.length, start + blockBytes - this.filled);
    const needed = this.filled + end - start;
    if (needed > this.block.length) this.grow(needed);
    bytes.copy(this.block, this.filled, start, end);
    this.filled = needed;
    return end;
  }

  private grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.min(blockBytes, Math.max(firstBytes, needed, 2 * this.block.length)));
    this.block.copy(larger, 0, 0, this.filled);
    this.block = larger;
  }
}

/** Two blocks: one is read into while the other is worked on. */
export class UploadMemory {
  private block: Buffer | undefined;
  private other: Buffer | undefined;

  next(): Buffer {
    const next = this.other ?? Buffer.allocUnsafeSlow(readBytes);
    this.other = this.block;
    this.block = next;
    return next;
  }
}
