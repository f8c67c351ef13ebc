// The judge of chaos runs: it must see a client that is slow while there is more to download, and that alone.
import {expect, test} from '@jest/globals';
import {judgeRead, useOf} from '../../scripts/chaos/judge-requests';
import type {RequestEntry} from '../../simulator/api/request-log';

const perMinute = 50;

/** A request for a log file; those whose numbers have the same hundreds are of one event type. */
function download(number: number, startedAtMs: number): RequestEntry {
  const path = `/v1/compliance/workspaces/ws-1/logs/log-${number}`;
  return {origin: 'api', method: 'GET', path, sameAs: path, status: 307, startedAtMs, hadAuthorization: true};
}

function listing(startedAtMs: number): RequestEntry {
  const path = '/v1/compliance/workspaces/ws-1/logs?after&event_type';
  return {...download(0, startedAtMs), path, sameAs: `${path} ${startedAtMs}`, status: 200};
}

function judge(requests: readonly RequestEntry[]): ReturnType<typeof judgeRead>['stretches'] {
  const types = Array.from(
    {length: 300},
    (_, number) => [`log-${number}`, `TYPE_${Math.floor(number / 100)}`] as const
  );
  const origins = {signedOrigin: 'signed', requestsPerMinute: perMinute, tampered: new Set<string>()};
  return judgeRead(requests, {...origins, logTypes: new Map(types)}).stretches;
}

test('one download at a time, two seconds each, is slow', () => {
  const slow = Array.from({length: 90}, (_, number) => download(number, number * 2_000));
  expect(useOf(judge(slow))).toBeCloseTo(0.6);
});

test('as many as the limit allows is all of it, with a page of the listing in between', () => {
  const steady = Array.from({length: 90}, (_, number) => download(number, Math.floor(number / perMinute) * 60_000));
  expect(useOf(judge([...steady.slice(0, 60), listing(60_500), ...steady.slice(60)]))).toBe(1);
});

test('a wait after the first log file that was not told by the API counts, though the rest is fast', () => {
  const late = Array.from({length: 90}, (_, number) => download(number, number === 0 ? 0 : 90_000 + number));
  expect(useOf(judge(late))).toBeLessThan(0.7);
});

test('the time from one event type to the next is none with work queued', () => {
  const few = [0, 1, 2].flatMap((type) => [
    listing(type * 100_000),
    ...Array.from({length: 30}, (_, number) => download(type * 100 + number, type * 100_000 + 1_000)),
  ]);
  expect(judge(few)).toEqual([]);
});
