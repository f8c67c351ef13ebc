// Bytes of what objects hold, through the executable: knowledge files, library files, exports of skills.
import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals';
import {collectResult} from '../../airbyte/connector-run';
import {event, microsAgo, type Row, SourceBench, SourceRun} from './source-bench';

let bench: SourceBench;
afterEach(() => bench.close());

const owners = ['gpts', 'projects', 'library_files', 'skills'];
const streams = ['messages', 'files', 'file_chunks', ...owners, 'capture_runs'];

const ofObjects = (run: SourceRun): Row[] => run.rows('files').filter((row) => row['owner_stream'] !== null);
const bytesRequests = (): number => bench.requestsTo(/\/(gpt_files|project_files)\/|\/library_files\/[^?]+$|\/export$/);

/** Nothing in it is so young that the next read would ask for it again. */
const workspace = {seed: 'owned', events: 50, files: 12, days: 2, nowMs: Date.now() - 2 * 3_600_000};

/** What a row says, whatever attempt it came from. */
const told = (row: Row): string =>
  JSON.stringify([row['owner_stream'], row['owner_id'], row['file_id'], row['outcome'], row['sha256']]);

const truth = (): string[] =>
  bench.simulator
    .truth()
    .ownedFiles.map(({fileId, outcome, ownerId, sha256, stream}) =>
      JSON.stringify([stream, ownerId, fileId, outcome, outcome === 'captured' ? sha256 : null])
    )
    .sort();

/** Hashes of whole transfers by file. */
function wholeFiles(runs: readonly SourceRun[]): Map<string, string> {
  const pieces = new Map<string, Buffer[]>();
  const whole = new Map<string, string>();
  for (const row of runs.flatMap((run) => run.rows('file_chunks'))) {
    const id = String(row['transfer_id']);
    pieces.set(id, [...(pieces.get(id) ?? []), Buffer.from(String(row['data']), 'base64')]);
    if (row['last'] !== true) continue;
    const sha256 = createHash('sha256')
      .update(Buffer.concat(pieces.get(id)!))
      .digest('hex');
    expect(row['sha256']).toBe(sha256);
    whole.set(String(row['file_id']), sha256);
  }
  return whole;
}

test('every file of every object is a row with its bytes, behind those of messages, and a second read asks for none', async () => {
  bench = await SourceBench.open({...workspace, events: 200});
  const first = await bench.read({streams, config: {refresh_hours: 0}});
  expect(first.exitCode).toBe(0);
  expect(ofObjects(first).map(told).sort()).toEqual(truth());
  expect(new Set(ofObjects(first).map((row) => row['id'])).size).toBe(truth().length);
  const whole = wholeFiles([first]);
  for (const row of ofObjects(first).filter(({outcome}) => outcome === 'captured')) {
    expect(whole.get(String(row['file_id']))).toBe(row['sha256']);
    expect(row).toMatchObject({referred_by: 'object', conversation_id: null, message_id: null});
    expect(row['event_id']).toBe(`${String(row['owner_stream'])}:${String(row['owner_id'])}`);
  }
  const order = first.rows('files').map((row) => row['owner_stream'] !== null);
  expect(order).toEqual([...order].sort());
  expect(first.rows('capture_runs')[0]!['files_by_outcome']).toMatchObject({
    captured: first.rows('files').filter(({outcome}) => outcome === 'captured').length,
  });

  const asked = bytesRequests();
  const second = await bench.read({streams, config: {refresh_hours: 0}, state: first.lastStates});
  expect(second.exitCode).toBe(0);
  expect([second.rows('files'), second.rows('file_chunks'), bytesRequests() - asked]).toEqual([[], [], 0]);
  expect(second.rows('gpts').length).toBeGreaterThan(0);
});

test('a file that was put into a library or given to a GPT later is asked for, and no other', async () => {
  bench = await SourceBench.open(workspace);
  const first = await bench.read({streams, config: {refresh_hours: 0}});
  const [member] = bench.simulator.truth().objects.filter(({stream}) => stream === 'users');
  bench.file('file-late', 'later', {place: 'library', ownerId: member!.key, uploadedMicros: microsAgo(0)});
  const second = await bench.read({streams, config: {refresh_hours: 0}, state: first.lastStates});
  expect(
    second.rows('files').map(({file_id, owner_stream, outcome, size}) => [file_id, owner_stream, outcome, size])
  ).toEqual([['file-late', 'library_files', 'captured', 5]]);
});

describe('a library file that a message names too', () => {
  const request = {streams: ['messages', 'files', 'file_chunks', 'library_files'], config: {refresh_hours: 0}};
  const transfers = (): number => bench.requestsTo(/\/(files\/file-shared|library_files\/[^?]+)$/);
  const sharedRows = (run: SourceRun): Row[] => run.rows('files').filter((row) => row['file_id'] === 'file-shared');

  beforeEach(async () => {
    bench = await SourceBench.open({members: 12});
    const [member] = bench.simulator.truth().objects.filter(({stream}) => stream === 'users');
    bench.file('file-shared', 'bytes', {place: 'library', ownerId: member!.key, uploadedMicros: microsAgo(5)});
    const line = event('e1', {files: ['file-shared']}).replace('"user-1"', JSON.stringify(member!.key));
    bench.log(4, [line]);
  });

  test('is fetched once in a read, and both rows name the one transfer', async () => {
    const run = await bench.read(request);
    const rows = sharedRows(run);
    expect(rows.map((row) => [row['owner_stream'], row['outcome']])).toEqual([
      [null, 'captured'],
      ['library_files', 'captured'],
    ]);
    expect(new Set(rows.map((row) => row['transfer_id'])).size).toBe(1);
    expect(run.rows('file_chunks').filter((row) => row['file_id'] === 'file-shared')).toHaveLength(1);
  });

  // No state of bounded size knows every file; one that guessed would some day pass over a file that nobody has.
  test('and was captured by an earlier read is fetched once more, with the same hash, and never again', async () => {
    const first = await bench.read({...request, streams: request.streams.slice(0, 3)});
    expect(sharedRows(first)).toMatchObject([{owner_stream: null, outcome: 'captured'}]);
    const asked = transfers();
    const second = await bench.read({...request, state: first.lastStates});
    expect(sharedRows(second)).toMatchObject([
      {owner_stream: 'library_files', outcome: 'captured', sha256: sharedRows(first)[0]!['sha256']},
    ]);
    expect(transfers()).toBe(asked + 1);
    const third = await bench.read({...request, state: second.lastStates});
    expect([sharedRows(third), transfers()]).toEqual([[], asked + 1]);
  });
});

test('only the files of objects whose stream is selected are read', async () => {
  bench = await SourceBench.open(workspace);
  const some = await bench.read({streams: ['files', 'file_chunks', 'projects']});
  expect(new Set(ofObjects(some).map((row) => row['owner_stream']))).toEqual(new Set(['projects']));
  const none = await bench.read({streams: owners});
  expect([none.exitCode, none.rows('files'), none.rows('file_chunks')]).toEqual([0, [], []]);
  expect(bench.requestsTo(/\/export$/)).toBe(0);
});

test('a file that is gone, refused or expired is an outcome; one that cannot be had now is tried on the next read', async () => {
  bench = await SourceBench.open(workspace);
  const [gone, refused, later] = bench.simulator.truth().ownedFiles.filter(({stream}) => stream === 'gpts');
  const at = (fileId: string): RegExp => new RegExp(`/gpt_files/${fileId}$`);
  bench.simulator.interfere({path: at(gone!.fileId), trouble: {kind: 'refuse', status: 404}});
  bench.simulator.interfere({path: at(refused!.fileId), trouble: {kind: 'refuse', status: 410}});
  const end = bench.simulator.interfere({
    path: at(later!.fileId),
    trouble: {kind: 'redirect', location: 'http://files.acme.test/'},
  });
  const request = {streams: ['files', 'file_chunks', 'gpts']};
  const first = await bench.read(request);
  const outcomeOf = (run: SourceRun, {fileId}: {fileId: string} = {fileId: ''}): unknown =>
    run.rows('files').find((row) => row['file_id'] === fileId)?.['outcome'];
  expect([outcomeOf(first, gone), outcomeOf(first, refused), outcomeOf(first, later)]).toEqual([
    'not_found',
    'expired',
    undefined,
  ]);
  expect(first.stateOf('files')).toMatchObject({retry: [{file_id: later!.fileId, owner: {stream: 'gpts'}}]});
  end();
  const second = await bench.read({...request, state: first.lastStates});
  expect(second.rows('files').map((row) => [row['file_id'], row['owner_id'], row['outcome']])).toEqual([
    [later!.fileId, later!.ownerId, 'captured'],
  ]);
  expect(second.stateOf('files')).toMatchObject({retry: []});
});

test('a listing that the key may not read leaves its files for later and harms no others', async () => {
  bench = await SourceBench.open(workspace);
  const end = bench.simulator.interfere({path: /\/gpts$/, trouble: {kind: 'refuse', status: 403}});
  const request = {streams: ['files', 'file_chunks', 'gpts', 'projects']};
  const first = await bench.read(request);
  expect(first.ends).toEqual({files: 'COMPLETE', file_chunks: 'COMPLETE', gpts: 'INCOMPLETE', projects: 'COMPLETE'});
  expect(new Set(ofObjects(first).map((row) => row['owner_stream']))).toEqual(new Set(['projects']));
  end();
  const second = await bench.read({...request, state: first.lastStates});
  expect(ofObjects(second).map((row) => row['owner_stream'])).toEqual(
    bench.simulator.truth().ownedFiles.flatMap(({stream}) => (stream === 'gpts' ? [stream] : []))
  );
});

test('killed again and again in the middle, the reads together hold every file', async () => {
  bench = await SourceBench.open(workspace);
  const selected = ['files', 'file_chunks', ...owners];
  const runs: SourceRun[] = [];
  let states: Row[] | undefined;
  for (const rows of [3, 9, 14, Number.POSITIVE_INFINITY]) {
    const child = bench.start({streams: selected, ...(states === undefined ? {} : {state: states})});
    const exited = once(child, 'exit');
    const collecting = collectResult(child);
    let seen = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      seen += chunk.toString('latin1').split('"referred_by":"object"').length - 1;
      if (seen >= rows) child.kill('SIGKILL');
    });
    await exited;
    const run = new SourceRun(await collecting);
    runs.push(run);
    if (run.lastStates.length > 0) states = merged(states, run.lastStates);
  }
  const rows = runs.flatMap(ofObjects);
  expect([...new Set(rows.map(told))].sort()).toEqual(truth());
  const whole = wholeFiles(runs);
  for (const {fileId, outcome, sha256} of bench.simulator.truth().ownedFiles) {
    if (outcome === 'captured') expect(whole.get(fileId)).toBe(sha256);
  }
});

/** The newest state of each stream. */
function merged(before: readonly Row[] = [], after: readonly Row[]): Row[] {
  const nameOf = (state: Row): string =>
    (state['stream'] as {stream_descriptor: {name: string}}).stream_descriptor.name;
  return [...new Map([...before, ...after].map((state) => [nameOf(state), state])).values()];
}
