// Counts each route's requests in a sliding minute, as the service does for a key.

const minuteMs = 60_000;

export class RateLimit {
  private readonly startedMs = new Map<string, number[]>();

  /** 0 requests a minute means without limit. */
  constructor(private readonly requestsPerMinute: number) {}

  /** Seconds until the route accepts another request; 0 takes the place of this one. */
  take(route: string, nowMs: number): number {
    if (this.requestsPerMinute === 0) return 0;
    const recent = (this.startedMs.get(route) ?? []).filter((startedMs) => startedMs > nowMs - minuteMs);
    this.startedMs.set(route, recent);
    const oldest = recent[0];
    if (recent.length >= this.requestsPerMinute && oldest !== undefined) {
      return Math.max(1, Math.ceil((oldest + minuteMs - nowMs) / 1000));
    }
    recent.push(nowMs);
    return 0;
  }
}
