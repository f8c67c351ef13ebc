// Retrying: what is tried again, how long is waited, and when it ends.
import {expect, test} from '@jest/globals';
import {parseRetryAfter, retry, type RetryOptions, type RetryVerdict, syncRetryPolicy} from '../../core/retry';
import {FakeClock} from './fake-clock';

function options(clock: FakeClock, verdict: RetryVerdict | undefined, untils: number[] = []): RetryOptions {
  return {
    doing: 'testing',
    policy: syncRetryPolicy,
    clock,
    random: () => 0.5,
    signal: new AbortController().signal,
    classify: () => verdict,
    onRateLimit: (untilMs) => untils.push(untilMs),
  };
}

function failing(times: number): () => Promise<string> {
  let calls = 0;
  return () => (++calls <= times ? Promise.reject(new Error('refused')) : Promise.resolve('done'));
}

test('a failure that may pass is tried again with growing jitter', async () => {
  const clock = new FakeClock();
  await expect(retry(failing(3), options(clock, {kind: 'unavailable'}))).resolves.toBe('done');
  expect(clock.sleeps).toEqual([500, 1_000, 2_000]);
});

test('a failure that cannot pass is thrown as it is', async () => {
  await expect(retry(failing(1), options(new FakeClock(), undefined))).rejects.toThrow('refused');
});

test('an outage is sat out for ten minutes, then ends as api_unavailable', async () => {
  const clock = new FakeClock();
  const startMs = clock.nowMs();
  const attempt = retry(failing(999), options(clock, {kind: 'unavailable'}));
  await expect(attempt).rejects.toMatchObject({code: 'api_unavailable', failureType: 'transient_error'});
  expect(clock.nowMs() - startMs).toBeGreaterThan(9 * 60_000);
  expect(clock.nowMs() - startMs).toBeLessThanOrEqual(10 * 60_000);
});

test('a clock that is set back by a day does not make an outage be sat out for a day', async () => {
  const clock = new FakeClock();
  let calls = 0;
  const attempt = (): Promise<never> => {
    if (++calls === 4) clock.setBack(24 * 3_600_000);
    return Promise.reject(new Error('refused'));
  };
  await expect(retry(attempt, options(clock, {kind: 'unavailable'}))).rejects.toMatchObject({code: 'api_unavailable'});
  expect(clock.sleeps.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(2 * 10 * 60_000);
});

test('attempts that take longer than the budget are still made again', async () => {
  const clock = new FakeClock();
  const failTwice = failing(2);
  const slow = async (): Promise<string> => {
    await clock.sleep(11 * 60_000);
    return failTwice();
  };
  await expect(retry(slow, options(clock, {kind: 'unavailable'}))).resolves.toBe('done');
});

test('Retry-After is waited out and announced', async () => {
  const clock = new FakeClock();
  const untils: number[] = [];
  const startMs = clock.nowMs();
  await retry(failing(1), options(clock, {kind: 'rate_limited', retryAfterMs: 90_000}, untils));
  expect(untils).toEqual([startMs + 90_000]);
  expect(clock.sleeps).toEqual([90_000]);
});

test.each([
  {random: 0, waitMs: 10_000},
  {random: 0.5, waitMs: 35_000},
  {random: 1, waitMs: 60_000},
])(
  'a rate limit of no stated length is waited out for ten seconds to a minute: $waitMs ms',
  async ({random, waitMs}) => {
    const clock = new FakeClock();
    await retry(failing(2), {...options(clock, {kind: 'rate_limited'}), random: () => random});
    expect(clock.sleeps).toEqual([waitMs, waitMs]);
  }
);

test('a wait beyond an hour ends as rate_limited without waiting', async () => {
  const clock = new FakeClock();
  const attempt = retry(failing(1), options(clock, {kind: 'rate_limited', retryAfterMs: 3_600_001}));
  await expect(attempt).rejects.toMatchObject({code: 'rate_limited'});
  expect(clock.sleeps).toEqual([]);
});

test('rate limits of no length do not go on for ever', async () => {
  const attempt = retry(failing(1e6), options(new FakeClock(), {kind: 'rate_limited', retryAfterMs: 0}));
  await expect(attempt).rejects.toMatchObject({code: 'rate_limited'});
});

test.each([
  {header: '7', expected: 7_000},
  {header: '0', expected: 0},
  {header: 'Fri, 02 Oct 2026 12:00:30 GMT', expected: 30_000},
  {header: 'Fri, 02 Oct 2026 11:00:00 GMT', expected: 0},
  {header: 'soon', expected: undefined},
  {header: null, expected: undefined},
])('Retry-After $header is $expected ms', ({header, expected}) => {
  expect(parseRetryAfter(header, Date.parse('2026-10-02T12:00:00Z'))).toBe(expected);
});

test('a Retry-After date is read by the clock that dated the answer', () => {
  const nowMs = Date.parse('2026-10-02T09:00:00Z');
  const wait = parseRetryAfter('Fri, 02 Oct 2026 12:00:30 GMT', nowMs, 'Fri, 02 Oct 2026 12:00:00 GMT');
  expect(wait).toBe(30_000);
});
