// Watches a destination's output: when states are released, and how many messages it reports as archived.

export class StateWatch {
  private sinceMs = performance.now();
  private largestGapMs = 0;
  private rest = '';
  archivedMessages = 0;

  take(bytes: Buffer): void {
    const lines = (this.rest + bytes.toString('utf8')).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.includes('"type":"STATE"')) this.released();
      const told = /"messages +(\d+) +(\d+)/.exec(line);
      if (told !== null) this.archivedMessages = Number(told[2]);
    }
  }

  get largestGapSeconds(): number {
    return this.largestGapMs / 1000;
  }

  private released(): void {
    const nowMs = performance.now();
    this.largestGapMs = Math.max(this.largestGapMs, nowMs - this.sinceMs);
    this.sinceMs = nowMs;
  }
}
