// Time that passes only when everybody sleeps: weeks of waiting in seconds, in an order that does not vary.
import {setTimeout as pause} from 'node:timers/promises';
import type {Clock} from '../../core/clock';

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

/** Turns of the event loop in which nothing may happen before everybody counts as asleep. */
const idleTurns = 4;

export class VirtualClock implements Clock {
  private sleepers: Sleeper[] = [];
  private isPumping = false;
  private changes = 0;
  private held = 0;

  constructor(private ms: number) {}

  nowMs(): number {
    return this.ms;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        signal?.removeEventListener('abort', wake);
        this.sleepers = this.sleepers.filter((other) => other !== sleeper);
        this.changes++;
        resolve();
      };
      const sleeper = {dueMs: this.ms + ms, wake};
      this.sleepers.push(sleeper);
      this.changes++;
      signal?.addEventListener('abort', wake);
      this.pump();
    });
  }

  /** Time stands still until the promise, which waits for the real world, is settled. */
  async holding<T>(promise: Promise<T>): Promise<T> {
    this.held++;
    try {
      return await promise;
    } finally {
      this.held--;
      this.changes++;
    }
  }

  /** Resolves when nobody holds the clock. */
  async released(): Promise<void> {
    while (this.held > 0) await pause(1);
  }

  private pump(): void {
    if (this.isPumping) return;
    this.isPumping = true;
    let seen = this.changes;
    let idle = 0;
    const turn = (): void => {
      if (this.sleepers.length === 0) {
        this.isPumping = false;
        return;
      }
      idle = seen === this.changes && this.held === 0 ? idle + 1 : 0;
      seen = this.changes;
      if (idle >= idleTurns) {
        const next = this.sleepers.reduce((first, other) => (other.dueMs < first.dueMs ? other : first));
        this.ms = Math.max(this.ms, next.dueMs);
        next.wake();
        idle = 0;
      }
      if (this.held > 0) setTimeout(turn, 1);
      else setImmediate(turn);
    };
    setImmediate(turn);
  }
}
