// How long failures are tried again: less while the API is down, which a request that was given up here says nothing of.
import {setMaxListeners} from 'node:events';
import {Readable} from 'node:stream';
import {expect, test} from '@jest/globals';
import type {Clock} from '../../../core/clock';
import {RateLimit} from '../../../core/rate-limit';
import {syncRetryPolicy} from '../../../core/retry';
import {ComplianceClient} from '../../../source-chatgpt-enterprise/api/client';
import {HttpFailure} from '../../../source-chatgpt-enterprise/api/http-failure';

/** A host that fails as long as it is told to, and a clock that passes as it is slept on. */
function startClient(): {
  readonly client: ComplianceClient;
  readonly host: {failsUntilMs: number};
  readonly nowMs: () => number;
} {
  const host = {failsUntilMs: 0};
  let nowMs = 0;
  const clock: Clock = {
    nowMs: () => nowMs,
    sleep: (ms, signal) => {
      if (signal?.aborted !== true) nowMs += ms;
      return Promise.resolve();
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
    rateLimit: new RateLimit(1000, clock),
    retryPolicy: syncRetryPolicy,
    signal,
    transport: (_url, request) => {
      if (request.signal.aborted || nowMs < host.failsUntilMs) return Promise.reject(new HttpFailure(undefined));
      const headers = {'content-type': 'application/json'};
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
