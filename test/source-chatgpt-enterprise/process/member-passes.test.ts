// Streams that ask for each member of a large workspace at a small pace: they stop in time and go on in the next read.
import {afterEach, expect, test} from '@jest/globals';
import {skippingClock} from './hasty-clock';
import {event, type Row, SourceBench, type SourceRun} from './source-bench';

let bench: SourceBench;
afterEach(() => bench.close());

const byMember = ['automations', 'recordings', 'canvases', 'library_files'];
const minuteMs = 60_000;
const members = 120;
const routeOf = (path: string): string => /\/users\/[^/]+\/([a-z_]+)$/.exec(path)?.[1] ?? '';

const keyOf = (stream: string, row: Row): string =>
  stream === 'canvases' ? `${String(row['textdoc_id'])} ${String(row['version'])}` : String(row['id']);

function keysOf(runs: readonly SourceRun[], stream: string): string[] {
  return runs.flatMap((run) => run.rows(stream).map((row) => keyOf(stream, row))).sort();
}

test('all of them stop in time behind messages and files, go on where they stopped, and together give what one read gives', async () => {
  bench = await SourceBench.open({seed: 'members', members, events: 0, files: 0});
  bench.file('file-1', 'bytes');
  bench.log(3, [event('e1', {files: ['file-1']})]);
  const people = bench.simulator.truth().objects.filter(({stream}) => stream === 'users');
  const inLibraries = people.filter((_, index) => index % 10 === 0).map(({key}) => ({ownerId: key, id: `of-${key}`}));
  for (const {id, ownerId} of inLibraries) bench.file(id, 'kept', {place: 'library', ownerId});
  const whole = await bench.read({streams: byMember});
  const asked = bench.simulator.requests.length;

  const streams = ['messages', 'files', 'file_chunks', ...byMember];
  const config = {requests_per_minute: 1};
  const runs: SourceRun[] = [];
  for (let state: unknown; runs.length < 40; state = runs.at(-1)!.lastStates) {
    const clock = skippingClock();
    const run = await bench.read({
      streams,
      config,
      env: clock.environment,
      ...(state === undefined ? {} : {state}),
    });
    runs.push(run);
    expect(run.exitCode).toBe(0);
    expect(byMember.map((stream) => run.ends[stream])).toEqual(byMember.map(() => 'COMPLETE'));
    const starts = clock.starts();
    expect(starts.at(-1)!.atMs - starts[0]!.atMs).toBeLessThan(60 * minuteMs);
    const goingOn = byMember.filter((stream) => run.stateOf(stream)!['pass'] !== null);
    expect(run.logs('INFO').filter((line) => line.includes('pass_goes_on'))).toHaveLength(goingOn.length);
    if (goingOn.length === 0) break;
  }

  expect(runs.length).toBeGreaterThan(2);
  const [first] = runs;
  expect(first!.rows('messages')).toHaveLength(1);
  expect(first!.rows('files')[0]).toMatchObject({file_id: 'file-1', outcome: 'captured'});
  const {statuses} = first!;
  expect(statuses.indexOf('COMPLETE messages')).toBeLessThan(statuses.indexOf('STARTED automations'));
  const captured = runs.flatMap((run) => run.rows('files')).filter((row) => row['owner_stream'] === 'library_files');
  expect(captured.map((row) => row['file_id']).sort()).toEqual(inLibraries.map(({id}) => id).sort());
  for (const stream of byMember) {
    expect(keysOf([whole], stream).length).toBeGreaterThan(0);
    expect(keysOf(runs, stream)).toEqual(keysOf([whole], stream));
  }
  // Each member once for each stream, which is one page of a listing for each that has no more.
  const listed = (requests: typeof bench.simulator.requests): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const {path} of requests) {
      const route = routeOf(path.split('?')[0]!);
      if (route !== '') counts.set(route, (counts.get(route) ?? 0) + 1);
    }
    return counts;
  };
  expect(listed(bench.simulator.requests.slice(asked))).toEqual(listed(bench.simulator.requests.slice(0, asked)));
});

test('a full refresh is read to its end, because the next read would begin anew', async () => {
  bench = await SourceBench.open({seed: 'members', members: 100});
  const run = await bench.read({
    streams: ['automations'],
    config: {requests_per_minute: 1},
    env: skippingClock().environment,
    syncMode: 'full_refresh',
  });
  expect(run.stateOf('automations')).toMatchObject({pass: null});
  expect(bench.requestsTo(/\/automations\?/)).toBeGreaterThanOrEqual(100);
});
