// How long failures and rate limits are waited out: less while the API is down, and rate limits of all routes together.
import {setMaxListeners} from 'node:events';
import {Readable} from 'node:stream';
import {expect, test} from '@jest/globals';
import type {Clock} from '../../../core/clock';
import {RateLimit} from '../../../core/rate-limit';
import {syncRetryPolicy} from '../../../core/retry';
import {ComplianceClient} from '../../../source-chatgpt-enterprise/api/client';
import {HttpFailure} from '../../../source-chatgpt-enterprise/api/http-failure';

interface Host {
  failsUntilMs: number;
  /** Of the HTTP 429 that it answers as long as there is one. */
  retryAfter: string | undefined;
  requests: number;
  /** Whoever sleeps wakes when it has ended. */
  pause: Promise<unknown>;
}

/** A host that fails as long as it is told to, and a clock that passes as it is slept on. */
function startClient(requestsPerMinute = 1000): {
  readonly client: ComplianceClient;
  readonly host: Host;
  readonly nowMs: () => number;
} {
  const host: Host = {failsUntilMs: 0, retryAfter: undefined, requests: 0, pause: Promise.resolve()};
  let nowMs = 0;
  const clock: Clock = {
    nowMs: () => nowMs,
    sleep: async (ms, signal) => {
      if (signal?.aborted !== true) nowMs += ms;
      await host.pause;
    },
  };
  const {signal} = new AbortController();
  setMaxListeners(0, signal);
  const client = new ComplianceClient({
    apiKey: 'sk-test',
    baseUrl: 'https://api.test/v1',
    workspaceId: 'ws-1',
    clock,
    onRateLimit: () => undefined,
    random: () => 0.5,
    rateLimit: new RateLimit(requestsPerMinute, clock),
    retryPolicy: syncRetryPolicy,
    signal,
    transport: (_url, request) => {
      if (request.signal.aborted || nowMs < host.failsUntilMs) return Promise.reject(new HttpFailure(undefined));
      host.requests += 1;
      const headers = {'content-type': 'application/json'};
      if (host.retryAfter !== undefined) {
        const limited = {...headers, 'retry-after': host.retryAfter};
        return Promise.resolve({status: 429, headers: limited, body: Readable.from([Buffer.from('{}')])});
      }
      return Promise.resolve({status: 200, headers, body: Readable.from([Buffer.from('{}')])});
    },
  });
  return {client, host, nowMs: () => nowMs};
}

const listing = {route: 'logs', path: ['logs'], purpose: 'log_listing', doing: 'listing log files'} as const;
const minuteMs = 60_000;

test('what is down for five minutes is waited for, and once it was given up a minute suffices', async () => {
  const {client, host, nowMs} = startClient();
  host.failsUntilMs = 5 * minuteMs;
  expect(await client.getText(listing)).toBe('{}');
  host.failsUntilMs = Infinity;
  await expect(client.getText(listing)).rejects.toMatchObject({code: 'api_unavailable'});
  const givenUpMs = nowMs();
  await expect(client.getText(listing)).rejects.toMatchObject({code: 'api_unavailable'});
  expect(nowMs() - givenUpMs).toBeLessThanOrEqual(minuteMs);
});

test('a request that nobody waits for any more, as one that was begun ahead, does not make the API look down', async () => {
  const {client, host} = startClient();
  const stop = new AbortController();
  stop.abort();
  const ahead = {...listing, signal: stop.signal};
  await expect(client.getText(ahead)).rejects.toMatchObject({code: 'api_unavailable'});
  host.failsUntilMs = 5 * minuteMs;
  expect(await client.getText(listing)).toBe('{}');
});

test('rate limits of all routes are waited out for an hour together, until one of them answers', async () => {
  const {client, host, nowMs} = startClient();
  host.retryAfter = '2400';
  await expect(client.getText(listing)).rejects.toMatchObject({code: 'rate_limited'});
  expect(nowMs()).toBe(40 * minuteMs);
  host.retryAfter = '1800';
  const users = {...listing, route: 'users', path: ['users']};
  await expect(client.getText(users)).rejects.toMatchObject({code: 'rate_limited'});
  expect(nowMs()).toBe(40 * minuteMs);
});

test('what waits for its turn on a route is not asked for when the route is closed meanwhile', async () => {
  const {client, host} = startClient(1);
  host.retryAfter = '7200';
  const first = client.getText(listing);
  host.pause = first.catch(() => undefined);
  await expect(client.getText(listing)).rejects.toMatchObject({code: 'rate_limited'});
  await expect(first).rejects.toMatchObject({code: 'rate_limited'});
  expect(host.requests).toBe(1);
});
