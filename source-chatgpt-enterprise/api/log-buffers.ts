// Memory for the bytes of log files, used again: what is left to the garbage collector stays around for long.

const unit = 1024 * 1024;
const maxSpare = 4;
const maxSpareBytes = 40 * 1024 * 1024;

export class LogBuffers {
  private spare: Buffer[] = [];

  /** At least so large; its content is whatever it was. */
  take(bytes: number): Buffer {
    const found = this.spare.find((buffer) => buffer.length >= bytes);
    if (found === undefined) return Buffer.allocUnsafeSlow(Math.max(1, Math.ceil(bytes / unit)) * unit);
    this.spare = this.spare.filter((buffer) => buffer !== found);
    return found;
  }

  /** A larger one in its place, with the bytes it is filled with; grows by half at least, so that it is seldom done. */
  grow(buffer: Buffer, filled: number, needed: number): Buffer {
    const larger = this.take(Math.max(needed, Math.ceil(buffer.length * 1.5)));
    buffer.copy(larger, 0, 0, filled);
    this.give(buffer);
    return larger;
  }

  /** Nobody may look at it any more. */
  give(buffer: Buffer): void {
    this.spare.unshift(buffer);
    let left = maxSpareBytes;
    this.spare = this.spare.slice(0, maxSpare).filter(({length}) => (left -= length) >= 0);
  }
}
