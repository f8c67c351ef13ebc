// A request that did not succeed: its status if there was an answer, and what that means for another attempt.
import type {RetryVerdict} from '../../core/retry';

/** Carries no URL, header or body, so that nothing of them can reach a message. */
export class HttpFailure extends Error {
  constructor(
    /** Undefined when no complete answer came. */
    readonly status: number | undefined,
    readonly retryAfterMs?: number,
    /** A sentence for the message, where the answer came from something in between. */
    readonly because?: string
  ) {
    super(status === undefined ? 'no answer' : `HTTP ${status}`);
    this.name = 'HttpFailure';
  }
}

const retriedStatuses: ReadonlySet<number> = new Set([408, 425]);

export function classifyHttpFailure(error: unknown): RetryVerdict | undefined {
  if (!(error instanceof HttpFailure)) return undefined;
  const {because, retryAfterMs, status} = error;
  if (status === 429) return {kind: 'rate_limited', retryAfterMs};
  if (status === undefined) return {kind: 'unavailable', retryAfterMs, because};
  const mayPass = status >= 500 || retriedStatuses.has(status);
  return mayPass ? {kind: 'unavailable', retryAfterMs, because: `The last answer was HTTP ${status}.`} : undefined;
}
