// Pacing of requests: each route starts at most so many in any sliding minute, and none while it is told to wait.
import type {Clock} from './clock';

/** A little over a minute, because requests that start evenly may arrive unevenly. */
const windowMs = 61_000;

export class RateLimit {
  private readonly routes = new Map<string, RouteLimit>();

  constructor(
    private readonly requestsPerMinute: number,
    private readonly clock: Clock
  ) {}

  /** Resolves when a request on the route may start; callers are served in the order they came. */
  acquire(route: string, signal?: AbortSignal): Promise<void> {
    return this.limitOf(route).acquire(signal);
  }

  /** No request on the route starts before this time. */
  block(route: string, untilMs: number): void {
    this.limitOf(route).block(untilMs);
  }

  private limitOf(route: string): RouteLimit {
    const limit = this.routes.get(route) ?? new RouteLimit(this.requestsPerMinute, this.clock);
    this.routes.set(route, limit);
    return limit;
  }
}

class RouteLimit {
  private readonly starts: number[] = [];
  private oldest = 0;
  private blockedUntilMs = 0;
  /** The latest time that was told. */
  private latestMs = Number.NEGATIVE_INFINITY;
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly requestsPerMinute: number,
    private readonly clock: Clock
  ) {}

  acquire(signal?: AbortSignal): Promise<void> {
    const turn = this.queue.then(() => this.wait(signal));
    this.queue = turn;
    return turn;
  }

  block(untilMs: number): void {
    this.nowMs();
    this.blockedUntilMs = Math.max(this.blockedUntilMs, untilMs);
  }

  private async wait(signal?: AbortSignal): Promise<void> {
    while (signal?.aborted !== true) {
      const nowMs = this.nowMs();
      const waitMs = this.freeAtMs(nowMs) - nowMs;
      if (waitMs <= 0) break;
      await this.clock.sleep(waitMs, signal);
    }
    this.starts.push(this.nowMs());
  }

  /** Where the clock was set back, what is noted goes back with it: nobody waits until the clock is there again. */
  private nowMs(): number {
    const nowMs = this.clock.nowMs();
    const backMs = this.latestMs - nowMs;
    if (backMs > 0) {
      for (let index = this.oldest; index < this.starts.length; index++)
        this.starts[index] = this.startAt(index) - backMs;
      this.blockedUntilMs -= backMs;
    }
    this.latestMs = nowMs;
    return nowMs;
  }

  private freeAtMs(nowMs: number): number {
    while (this.oldest < this.starts.length && this.startAt(this.oldest) + windowMs <= nowMs) this.oldest++;
    if (this.oldest > 10_000 && this.oldest * 2 > this.starts.length) {
      this.starts.splice(0, this.oldest);
      this.oldest = 0;
    }
    const isFull = this.starts.length - this.oldest >= this.requestsPerMinute;
    return Math.max(this.blockedUntilMs, isFull ? this.startAt(this.oldest) + windowMs : 0);
  }

  private startAt(index: number): number {
    return this.starts[index] ?? 0;
  }
}
