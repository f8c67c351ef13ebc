// What is asked for again and what is not, on every kind of route, told by the log of requests.
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals';
import {streamDefinitions} from '../../../contract';
import {logStreams} from '../../../contract/log-streams';
import type {Trouble} from '../../../simulator/api/interference';
import {hastyClock, skippingClock} from './hasty-clock';
import {event, microsAgo, type Row, SourceBench, type SourceRun, timeAgo} from './source-bench';

let bench: SourceBench;

beforeEach(async () => {
  bench = await SourceBench.open();
  bench.file('file-1', 'bytes of a file');
  bench.log(3, [event('e1', {files: ['file-1']})]);
});
afterEach(() => bench.close());

interface Route {
  readonly at: string;
  readonly path: RegExp;
  readonly stream: string;
}

const apiRoutes: readonly Route[] = [
  {at: 'the listing of log files', path: /\/logs(\?|$)/, stream: 'messages'},
  {at: 'a log file', path: /\/logs\/eclf_/, stream: 'messages'},
  {at: 'the users', path: /\/users(\?|$)/, stream: 'users'},
  {at: 'a listing of objects', path: /\/codex_tasks(\?|$)/, stream: 'codex_tasks'},
  {at: 'a listing that is posted', path: /\/skills$/, stream: 'skills'},
  {at: 'an upload', path: /\/users\/user-1\/files\/file-1(\?|$)/, stream: 'files'},
];
const signedRoutes: readonly Route[] = [
  {at: 'a signed link of a log file', path: /^\/log\//, stream: 'messages'},
  {at: 'a signed link of an upload', path: /^\/file\//, stream: 'files'},
];
const allRoutes = [...apiRoutes, ...signedRoutes];

/** All routes in trouble at once: each is asked again by itself. */
function interfere(routes: readonly Route[], times: number | undefined, trouble: Trouble): void {
  for (const {path} of routes) bench.simulator.interfere({path, trouble, ...(times === undefined ? {} : {times})});
}

/** Exports of skills come as files too. */
const filesOfMessages = (run: SourceRun): Row[] => run.rows('files').filter((row) => row['owner_stream'] === null);

const streams = ['users', 'messages', 'files', 'file_chunks', 'codex_tasks', 'skills'];

describe('trouble that may pass', () => {
  const refusal = (status: number): Trouble => ({kind: 'refuse', status});
  const statuses = [408, 429, 500, 502, 503, 504].map((status) => [`HTTP ${status}`, refusal(status)] as const);

  test.each<readonly [string, Trouble]>([
    ...statuses,
    ['a closed connection', {kind: 'reset'}],
    ['a body that is cut off', {kind: 'cut'}],
  ])('%s, twice, on every route is asked again until it has passed, and nobody notices', async (_, trouble) => {
    // A redirect has no body to be cut off.
    const routes =
      trouble.kind === 'cut' ? allRoutes.filter(({at}) => !/^(a log file|an upload)$/.test(at)) : allRoutes;
    interfere(routes, 2, trouble);
    const run = await bench.read({streams, env: skippingClock().environment});
    expect(run.exitCode).toBe(0);
    expect(run.rows('messages')).toMatchObject([{event_id: 'e1'}]);
    expect(filesOfMessages(run)).toMatchObject([{outcome: 'captured'}]);
    expect(run.rows('users').length).toBeGreaterThan(0);
    expectAsked(routes, 3);
  });

  test('no answer at all, on every route, is asked again', async () => {
    interfere(allRoutes, 1, {kind: 'silence'});
    const run = await bench.read({streams, env: hastyClock()});
    expect(run.exitCode).toBe(0);
    expect(run.rows('messages')).toMatchObject([{event_id: 'e1'}]);
    expect(filesOfMessages(run)).toMatchObject([{outcome: 'captured'}]);
    expectAsked(allRoutes, 2);
  });

  test.each([403, 404, 410])(
    'HTTP %s of a signed link, as of an expired one, is answered by a fresh link',
    async (status) => {
      interfere(signedRoutes, 3, {kind: 'refuse', status});
      const run = await bench.read({streams, env: skippingClock().environment});
      expect(run.exitCode).toBe(0);
      expect(filesOfMessages(run)).toMatchObject([{outcome: 'captured'}]);
      for (const {path} of signedRoutes) {
        const links = bench.simulator.requests.filter((request) => path.test(request.path)).map(({sameAs}) => sameAs);
        expect(links).toHaveLength(4);
        expect(new Set(links).size).toBe(links.length);
      }
    }
  );
});

describe('a service that is down', () => {
  const everyStream = streamDefinitions.map(({name}) => name);

  test('ends a read of all streams long before the platform misses a sign of life', async () => {
    bench.simulator.interfere({path: /./, trouble: {kind: 'reset'}});
    const clock = skippingClock();
    const run = await bench.read({streams: everyStream, env: clock.environment});
    const ends = everyStream.map((name) => [name, name === 'capture_runs' ? 'COMPLETE' : 'INCOMPLETE']);
    expect(run.ends).toEqual(Object.fromEntries(ends));
    for (const error of run.errors) expect(error.failure_type).toBe('transient_error');
    expect(run.summary).toMatchObject({failure_type: 'transient_error'});
    for (const name of everyStream.slice(0, -1)) expect(run.summary?.message).toMatch(new RegExp(`[ ,]${name}[,.]`));
    const times = clock.starts().map(({atMs}) => atMs);
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(9 * 60_000);
    expect(times.at(-1)! - times[0]!).toBeLessThan(60 * 60_000);
  });

  test('as the host of downloads alone is named, and waited for with all patience once', async () => {
    const line = JSON.stringify({event_id: 'a1', timestamp: timeAgo(4)});
    for (const {eventType} of logStreams) bench.simulator.plantLog({endMicros: microsAgo(3), eventType, lines: [line]});
    const location = 'http://127.0.0.1:1/blob/secret?signature=secret';
    bench.simulator.interfere({path: /\/logs\/eclf_/, trouble: {kind: 'redirect', location}});
    const clock = skippingClock();
    const streams = ['messages', ...logStreams.map(({name}) => name)];
    const run = await bench.read({streams, env: clock.environment});
    expect(run.ends).toEqual(Object.fromEntries(streams.map((name) => [name, 'INCOMPLETE'])));
    for (const error of run.errors) {
      expect(error).toMatchObject({failure_type: 'transient_error'});
      expect(error.message).toMatch(/downloading log file .* redirects to, 127\.0\.0\.1:1, did not answer/);
    }
    expect(run.result.stdout).not.toContain('secret');
    const times = clock.starts().map(({atMs}) => atMs);
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(9 * 60_000);
    expect(times.at(-1)! - times[0]!).toBeLessThan(40 * 60_000);
  });

  test('for one stream is waited for with all patience by the next', async () => {
    bench.simulator.interfere({path: /\/users$/, trouble: {kind: 'reset'}});
    bench.simulator.interfere({path: /\/gpts$/, trouble: {kind: 'reset'}});
    const clock = skippingClock();
    const run = await bench.read({streams: ['users', 'messages', 'gpts'], env: clock.environment});
    expect(run.ends).toEqual({users: 'INCOMPLETE', messages: 'COMPLETE', gpts: 'INCOMPLETE'});
    const times = clock.starts().flatMap(({atMs, path}) => (path.endsWith('/gpts') ? [atMs] : []));
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(9 * 60_000);
  });
});

describe('a service that wants to be asked later', () => {
  test.each([[{'retry-after': '600'}], [{}]])('on every route, ends a read after an hour: %j', async (headers) => {
    bench.simulator.interfere({path: /./, trouble: {kind: 'refuse', status: 429, headers}});
    const clock = skippingClock();
    const everyStream = streamDefinitions.map(({name}) => name);
    const run = await bench.read({streams: everyStream, env: clock.environment});
    const ends = everyStream.map((name) => [name, name === 'capture_runs' ? 'COMPLETE' : 'INCOMPLETE']);
    expect(run.ends).toEqual(Object.fromEntries(ends));
    for (const error of run.errors) expect(error.failure_type).toBe('transient_error');
    const times = clock.starts().map(({atMs}) => atMs);
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(45 * 60_000);
    expect(times.at(-1)! - times[0]!).toBeLessThan(75 * 60_000);
  });

  test('on the routes of two streams is waited for on each, where others answer between them', async () => {
    for (const path of [/\/users$/, /\/gpts$/])
      bench.simulator.interfere({path, trouble: {kind: 'refuse', status: 429, headers: {'retry-after': '600'}}});
    const clock = skippingClock();
    const run = await bench.read({streams: ['users', 'messages', 'gpts'], env: clock.environment});
    expect(run.ends).toEqual({users: 'INCOMPLETE', messages: 'COMPLETE', gpts: 'INCOMPLETE'});
    const times = clock.starts().flatMap(({atMs, path}) => (path.endsWith('/gpts') ? [atMs] : []));
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(45 * 60_000);
  });
});

describe('a refusal for good', () => {
  test.each([400, 401, 403, 404, 410, 422])('HTTP %s is asked once on each route', async (status) => {
    for (const route of apiRoutes) {
      interfere([route], 1, {kind: 'refuse', status});
      const before = bench.requestsTo(route.path);
      await bench.read({streams: [route.stream]});
      expect({...route, asked: bench.requestsTo(route.path) - before}).toEqual({...route, asked: 1});
    }
  });
});

function expectAsked(routes: readonly Route[], least: number): void {
  expect(routes.filter(({path}) => bench.requestsTo(path) < least)).toEqual([]);
}
