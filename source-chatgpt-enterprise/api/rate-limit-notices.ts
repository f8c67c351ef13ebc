// Lets a stream report a wait that happens deep inside a request, while it awaits the answer.

export class RateLimitNotices {
  private latestMs: number | undefined;
  private wake: (() => void) | undefined;

  announce(untilMs: number): void {
    this.latestMs = untilMs;
    this.wake?.();
  }

  /** Awaits the promise; yields the end of each wait that is announced meanwhile. */
  async *awaiting<T>(promise: Promise<T>): AsyncGenerator<number, T, undefined> {
    const done = promise.then(
      () => true,
      () => true
    );
    for (;;) {
      const notice = this.latestMs;
      if (notice !== undefined) {
        this.latestMs = undefined;
        yield notice;
        continue;
      }
      const announced = new Promise<false>((resolve) => {
        this.wake = () => resolve(false);
      });
      if (await Promise.race([done, announced])) return promise;
    }
  }
}
