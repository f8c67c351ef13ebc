// Counts the records of each stream since its previous state, for `sourceStats` and `destinationStats`.

export class StreamCounts {
  private readonly counts = new Map<string, number>();

  add(stream: string, count = 1): void {
    this.counts.set(stream, (this.counts.get(stream) ?? 0) + count);
  }

  /** Records since `take` was last called for this stream. */
  of(stream: string): number {
    return this.counts.get(stream) ?? 0;
  }

  /** Records since the last call for this stream. */
  take(stream: string): number {
    const count = this.counts.get(stream) ?? 0;
    this.counts.set(stream, 0);
    return count;
  }
}
