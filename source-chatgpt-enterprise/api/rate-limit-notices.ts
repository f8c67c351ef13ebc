// Lets a stream report a wait that happens deep inside a request, while it awaits the answer.

export class RateLimitNotices {
  private latestMs: number | undefined;
  private readonly waiting = new Set<(untilMs: number) => void>();

  announce(untilMs: number): void {
    if (this.waiting.size === 0) this.latestMs = untilMs;
    for (const tell of this.waiting) tell(untilMs);
  }

  /** Awaits the promise; yields the end of each wait that is announced meanwhile. */
  async *awaiting<T>(promise: Promise<T>): AsyncGenerator<number, T, undefined> {
    const done = promise.then(
      () => true,
      () => true
    );
    let notice = this.latestMs;
    this.latestMs = undefined;
    let wake: ((isDone: false) => void) | undefined;
    const tell = (untilMs: number): void => {
      notice = untilMs;
      wake?.(false);
    };
    this.waiting.add(tell);
    try {
      for (;;) {
        if (notice !== undefined) {
          const untilMs = notice;
          notice = undefined;
          yield untilMs;
          continue;
        }
        const announced = new Promise<false>((resolve) => {
          wake = resolve;
        });
        if (await Promise.race([done, announced])) return await promise;
      }
    } finally {
      this.waiting.delete(tell);
    }
  }
}
