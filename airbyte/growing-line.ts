// A line that comes in pieces, put together in memory that is used again: new memory for each would call for collections.

/** What a longer line needed is let go. */
const keptBytes = 1024 * 1024;

export class GrowingLine {
  private memory = Buffer.allocUnsafeSlow(128 * 1024);
  length = 0;

  append(piece: Buffer): void {
    const needed = this.length + piece.length;
    if (needed > this.memory.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.memory.length));
      this.memory.copy(larger, 0, 0, this.length);
      this.memory = larger;
    }
    piece.copy(this.memory, this.length);
    this.length = needed;
  }

  /** What was put together, to be looked at until something is appended again. */
  take(): Buffer {
    const line = this.memory.subarray(0, this.length);
    if (this.memory.length > keptBytes) this.memory = Buffer.allocUnsafeSlow(keptBytes);
    this.length = 0;
    return line;
  }
}
