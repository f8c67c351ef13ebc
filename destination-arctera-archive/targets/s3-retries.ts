// How requests to an S3-compatible store are tried again: a storm is waited out as long as the store answers some of them.
import type {S3ClientConfig} from '@aws-sdk/client-s3';
import type {Clock} from '../../core/clock';
import {s3Status} from './s3-errors';

type Strategy = Extract<NonNullable<S3ClientConfig['retryStrategy']>, {acquireInitialRetryToken: unknown}>;
type Token = Awaited<ReturnType<Strategy['acquireInitialRetryToken']>>;
type ErrorInfo = Parameters<Strategy['refreshRetryTokenForRetry']>[1];

export interface S3RetryOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly onSuccess: () => void;
}

/** Whether one of the request's refusals was for the time in its signature, which has been set right since. */
interface Counted extends Token {
  readonly isClockSet: boolean;
}

/** Of one request, whatever becomes of the others. */
export const mostAttempts = 60;
const fewestAttempts = 8;
/** How long nothing may succeed. */
const patienceMs = 60_000;
const baseDelayMs = 100;
/** Where the store asks for less: SlowDown, HTTP 429. */
const throttledDelayMs = 1_000;
const longestDelayMs = 3_000;
const longestAskedMs = 60_000;

/** Conditional writes that meet one another are to be sent again (AWS, "Conditional writes"). */
const conflicts = new Set(['ConditionalRequestConflict', 'OperationAborted']);

/**
 * In place of the client's own strategy: its allowance for retries is used up by a hundred refusals, however many
 * requests succeed between them, and then the last item of a run is the one that is missing. A store that was never
 * reached is given up after eight attempts, any other when nothing has succeeded for a minute.
 */
export class S3Retries implements Strategy {
  /** When a request succeeded last; until one has, when the store first answered. */
  private aliveAtMs: number | undefined;

  constructor(private readonly options: S3RetryOptions) {}

  acquireInitialRetryToken(): Promise<Token> {
    return Promise.resolve(toToken(0, false));
  }

  /** Resolves when it is time for the next attempt; rejects where there is none, and the request fails as it did. */
  async refreshRetryTokenForRetry(token: Token, {errorType, error, retryAfterHint}: ErrorInfo): Promise<Token> {
    const {clock, random, signal} = this.options;
    const failures = token.getRetryCount() + 1;
    const isClockSet = (token as Counted).isClockSet;
    const isOfClock = isAfterClock(error);
    const isPassing =
      errorType === 'THROTTLING' ||
      (errorType === 'TRANSIENT' && (!isOfClock || (!isClockSet && mayBeForTime(error)))) ||
      (errorType === 'SERVER_ERROR' && !isLasting(error)) ||
      conflicts.has(error?.name ?? '');
    if (s3Status(error) !== undefined) this.aliveAtMs ??= clock.nowMs();
    const isSilent = this.aliveAtMs === undefined || clock.nowMs() - this.aliveAtMs > patienceMs;
    if (!isPassing || signal.aborted || failures >= (isSilent ? fewestAttempts : mostAttempts)) throw new Error('over');
    const base = errorType === 'THROTTLING' ? throttledDelayMs : baseDelayMs;
    const backOffMs = Math.ceil(random() * Math.min(longestDelayMs, base * 2 ** (failures - 1)));
    const askedMs = retryAfterHint === undefined ? 0 : retryAfterHint.getTime() - clock.nowMs();
    await clock.sleep(Math.max(backOffMs, Math.min(askedMs, longestAskedMs)), signal);
    return toToken(failures, isClockSet || isOfClock);
  }

  recordSuccess(): void {
    this.options.onSuccess();
    this.aliveAtMs = this.options.clock.nowMs();
  }
}

/** Not implemented, and out of room: the answer to the next attempt is known. Others, such as 520, come from what stands before a store. */
function isLasting(error: unknown): boolean {
  return [501, 507].includes(s3Status(error) ?? 0);
}

/**
 * Where the own clock is wrong the client learns the store's with each answer, and takes any refusal for what the wrong
 * time in its signature brought about: also that an object is not there.
 */
function isAfterClock(error: unknown): boolean {
  const {$metadata: {clockSkewCorrected: isCorrected = false} = {}, name} = (error ?? {}) as {
    readonly $metadata?: {readonly clockSkewCorrected?: boolean};
    readonly name?: string;
  };
  const status = s3Status(error) ?? 0;
  return isCorrected && status >= 400 && status < 500 && name !== 'RequestTimeout';
}

function mayBeForTime(error: unknown): boolean {
  return [400, 401, 403].includes(s3Status(error) ?? 0);
}

function toToken(count: number, isClockSet: boolean): Counted {
  return {getRetryCount: () => count, getRetryDelay: () => 0, isClockSet};
}
