// Retrying with full jitter: failures of the moment are tried again, a rate limit is waited out, the rest is thrown.
import type {Clock} from './clock';
import {ConnectorError, TransientError} from './errors';

/** What a failed attempt means: worth another try, or told to wait. */
export type RetryVerdict =
  | {
      readonly kind: 'unavailable';
      readonly retryAfterMs?: number | undefined;
      /** What to say of it, in a sentence that is safe to show. */
      readonly because?: string | undefined;
    }
  | {readonly kind: 'rate_limited'; readonly retryAfterMs?: number | undefined};

export interface RetryPolicy {
  /** How long failures of the moment are tried again, from the first one; rate limits are not counted. */
  readonly maxFailureMs: number;
  /** Attempts made however long each of them took. */
  readonly minAttempts: number;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  /** How long to wait for rate limits in all before giving up. */
  readonly maxRateLimitMs: number;
  readonly maxRateLimitWaits: number;
  /** Bounds of the wait for a rate limit that does not say how long it lasts. */
  readonly minUnstatedMs: number;
  readonly maxUnstatedMs: number;
}

export const syncRetryPolicy: RetryPolicy = {
  maxFailureMs: 10 * 60_000,
  minAttempts: 3,
  baseDelayMs: 500,
  maxDelayMs: 30_000,
  maxRateLimitMs: 60 * 60_000,
  maxRateLimitWaits: Number.POSITIVE_INFINITY,
  minUnstatedMs: 10_000,
  maxUnstatedMs: 60_000,
};

export interface RetryOptions {
  /** What was going on, as a gerund phrase without content: "listing log files". */
  readonly doing: string;
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Undefined for a failure that another attempt cannot mend; it is thrown as it is. */
  readonly classify: (error: unknown) => RetryVerdict | undefined;
  /** Called before a wait for a rate limit. */
  readonly onRateLimit: (untilMs: number) => void;
  /** Called with the end of a rate limit that is not waited for. */
  readonly onRateLimitRefused?: (untilMs: number) => void;
}

export async function retry<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const {clock, doing, policy, signal} = options;
  let failures = 0;
  let rateLimits = 0;
  let rateLimitMs = 0;
  let failingSinceMs: number | undefined;
  for (;;) {
    if (signal.aborted) throw new TransientError('api_unavailable', `Stopped ${doing}: the platform ended the run.`);
    try {
      return await attempt();
    } catch (error) {
      const verdict = error instanceof ConnectorError ? undefined : options.classify(error);
      if (verdict === undefined) throw error;
      const isRateLimit = verdict.kind === 'rate_limited';
      const tries = isRateLimit ? ++rateLimits : ++failures;
      const jitter = options.random();
      const backOffMs = jitter * Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** Math.min(tries, 30));
      const unstatedMs = policy.minUnstatedMs + jitter * (policy.maxUnstatedMs - policy.minUnstatedMs);
      const isUnstated = isRateLimit && verdict.retryAfterMs === undefined;
      const waitMs = Math.ceil(isUnstated ? unstatedMs : Math.max(backOffMs, verdict.retryAfterMs ?? 0));
      if (isRateLimit || verdict.retryAfterMs !== undefined) {
        rateLimitMs += Math.max(waitMs, 1_000);
        if (rateLimitMs > policy.maxRateLimitMs || rateLimits > policy.maxRateLimitWaits) {
          options.onRateLimitRefused?.(clock.nowMs() + waitMs);
          throw new TransientError('rate_limited', `Rate limited while ${doing}.`, {cause: error});
        }
        options.onRateLimit(clock.nowMs() + waitMs);
      }
      if (!isRateLimit) {
        // A clock that is set back must not make it try for as long as it was set back by.
        failingSinceMs = Math.min(failingSinceMs ?? Infinity, clock.nowMs());
        const isOverBudget = clock.nowMs() + waitMs - failingSinceMs > policy.maxFailureMs;
        if (isOverBudget && failures >= policy.minAttempts) {
          const because = verdict.because === undefined ? '' : ` ${verdict.because}`;
          throw new TransientError('api_unavailable', `Failed ${failures} times ${doing}.${because}`, {cause: error});
        }
      }
      await clock.sleep(waitMs, signal);
    }
  }
}

/**
 * The wait a Retry-After header asks for: seconds or an HTTP date. Undefined when absent or unreadable.
 * @param dateHeader when the answer was given, by the clock that the date is of; ours where it does not say
 */
export function parseRetryAfter(
  header: string | null | undefined,
  nowMs: number,
  dateHeader?: string | null
): number | undefined {
  if (header === null || header === undefined || header.trim() === '') return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const dateMs = Date.parse(header);
  const answeredMs = Date.parse(dateHeader ?? '');
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - (Number.isNaN(answeredMs) ? nowMs : answeredMs));
}
