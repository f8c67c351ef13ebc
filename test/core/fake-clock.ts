// A clock that stands still until somebody sleeps.
import type {Clock} from '../../core/clock';

export class FakeClock implements Clock {
  readonly sleeps: number[] = [];

  constructor(private ms = Date.parse('2026-10-02T12:00:00Z')) {}

  nowMs(): number {
    return this.ms;
  }

  setBack(ms: number): void {
    this.ms -= ms;
  }

  sleep(ms: number): Promise<void> {
    this.sleeps.push(ms);
    this.ms += ms;
    return Promise.resolve();
  }
}
