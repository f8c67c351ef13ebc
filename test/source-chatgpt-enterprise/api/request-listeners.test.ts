// Requests leave nothing on the signal that lives as long as the read.
import {getEventListeners, setMaxListeners} from 'node:events';
import {Readable} from 'node:stream';
import {expect, test} from '@jest/globals';
import {systemClock} from '../../../core/clock';
import {RateLimit} from '../../../core/rate-limit';
import {syncRetryPolicy} from '../../../core/retry';
import {ComplianceClient} from '../../../source-chatgpt-enterprise/api/client';

test.each([
  ['answered', 200],
  ['refused', 404],
])('no listener is left by requests that are %s', async (_, status) => {
  const {signal} = new AbortController();
  setMaxListeners(0, signal);
  const client = new ComplianceClient({
    apiKey: 'sk-test',
    baseUrl: 'https://api.test/v1',
    workspaceId: 'ws-1',
    clock: systemClock,
    onRateLimit: () => undefined,
    random: () => 0.5,
    rateLimit: new RateLimit(1000, systemClock),
    retryPolicy: syncRetryPolicy,
    signal,
    transport: () =>
      Promise.resolve({
        status,
        headers: {'content-type': 'application/json'},
        body: Readable.from([Buffer.from('{}')]),
      }),
  });
  const request = {route: 'users', path: ['users'], purpose: 'users', doing: 'listing users'} as const;
  for (let count = 0; count < 20; count++) await client.getText(request).catch(() => undefined);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
