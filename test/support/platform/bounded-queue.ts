// The platform's queue between the two connectors: bounded by messages, so its bytes are what the records make them.

const queueMessages = 1000;

export class BoundedQueue {
  /** The most bytes that lay in the queue at once. */
  peakBytes = 0;
  private readonly lines: string[] = [];
  private bytes = 0;
  private isClosed = false;
  private wakeReader: (() => void) | undefined;
  private wakeWriter: (() => void) | undefined;

  /** @param onTheirWay so many of the newest lines are not handed out while more may come */
  constructor(private readonly onTheirWay = 0) {}

  /** Resolves when the line has found room. */
  async push(line: string): Promise<void> {
    while (this.lines.length >= queueMessages && !this.isClosed) {
      await new Promise<void>((resolve) => (this.wakeWriter = resolve));
    }
    if (this.isClosed) return;
    this.lines.push(line);
    this.bytes += line.length;
    this.peakBytes = Math.max(this.peakBytes, this.bytes);
    this.wakeReader?.();
  }

  /** Ends the queue. Returns how many lines are lost that were on their way. */
  close(isLossy: boolean): number {
    const dropped = isLossy ? this.lines.splice(Math.max(0, this.lines.length - this.onTheirWay)).length : 0;
    this.isClosed = true;
    this.wakeReader?.();
    this.wakeWriter?.();
    return dropped;
  }

  async *take(): AsyncGenerator<string> {
    for (;;) {
      const line = this.isClosed || this.lines.length > this.onTheirWay ? this.lines.shift() : undefined;
      if (line !== undefined) {
        this.bytes -= line.length;
        this.wakeWriter?.();
        yield line;
      } else if (this.isClosed) return;
      else await new Promise<void>((resolve) => (this.wakeReader = resolve));
    }
  }
}
