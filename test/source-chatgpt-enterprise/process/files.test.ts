// Uploads on bad days: the outcome is right, bytes are whole or abandoned, and the messages never wait for them.
import {createHash, randomBytes} from 'node:crypto';
import {brotliCompressSync, deflateRawSync, deflateSync, gzipSync} from 'node:zlib';
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals';
import type {Trouble} from '../../../simulator/api/interference';
import {hastyClock, skippingClock} from './hasty-clock';
import {event, microsAgo, type Row, SourceBench, type SourceRun, timeAgo} from './source-bench';

let bench: SourceBench;

beforeEach(async () => {
  bench = await SourceBench.open();
});
afterEach(() => bench.close());

const streams = ['messages', 'files', 'file_chunks', 'capture_runs'];
const megabyte = 1024 * 1024;

/** Transfers by id: what came of each, or undefined when it was given up. Anything else is half a file. */
function transfers(run: SourceRun): Map<string, Buffer | undefined> {
  const byId = new Map<string, Row[]>();
  for (const row of run.rows('file_chunks')) {
    const id = String(row['transfer_id']);
    byId.set(id, [...(byId.get(id) ?? []), row]);
  }
  return new Map([...byId].map(([id, rows]) => [id, toWhole(rows)]));
}

function toWhole(rows: readonly Row[]): Buffer | undefined {
  expect(rows.map((row) => row['index'])).toEqual(rows.map((_, index) => index));
  const end = rows.at(-1)!;
  expect(rows.filter((row) => row['last'] === true || row['abandoned'] === true)).toEqual([end]);
  if (end['abandoned'] === true) {
    expect(end).toMatchObject({data: '', sha256: null, size: null, last: false});
    return undefined;
  }
  const bytes = Buffer.concat(rows.map((row) => Buffer.from(String(row['data']), 'base64')));
  expect(end).toMatchObject({size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex')});
  return bytes;
}

/** The row of a captured file names a whole transfer; that of any other names none. */
function expectNothingHalf(run: SourceRun): void {
  const byId = transfers(run);
  for (const row of run.rows('files')) {
    const bytes = byId.get(String(row['transfer_id']));
    if (row['outcome'] === 'captured') {
      expect(row).toMatchObject({size: bytes!.length, sha256: createHash('sha256').update(bytes!).digest('hex')});
    } else {
      expect(row).toMatchObject({transfer_id: null, size: null, sha256: null, media_type: null});
    }
  }
}

test.each([-1, 7])(
  'a state that calls %s references of a log file done, which has one, leaves none out',
  async (done) => {
    const known = (await bench.read({streams: ['files']})).stateOf('files');
    const id = bench.log(1, [event('with-file', {files: ['file-1']})]);
    bench.file('file-1', 'bytes');
    const streamState = {...known, within: {log_file_id: id, references_done: done}};
    const state = [{type: 'STREAM', stream: {stream_descriptor: {name: 'files'}, stream_state: streamState}}];
    const run = await bench.read({streams: ['files'], state});
    if (done < 0) expect(run.errors.map(({message}) => message)).toEqual([expect.stringContaining('saved state')]);
    else expect(run.rows('files')).toMatchObject([{file_id: 'file-1', outcome: 'captured'}]);
  }
);

const refused = (status: number): Trouble => ({kind: 'refuse', status});

test('a page that answers in place of the file routes is no upload: the file is asked for again, and whole', async () => {
  bench.log(3, [event('e1', {files: ['file-1']})]);
  bench.file('file-1', '<html>an upload that is a page</html>');
  const headers = {'content-type': 'text/html'};
  const trouble: Trouble = {kind: 'answer', body: Buffer.from('<html>blocked</html>'), headers};
  const answerAgain = bench.simulator.interfere({path: /\/files\/file-1/, trouble});
  const first = await bench.read({streams});
  expect(first.rows('files')).toEqual([]);
  expect(first.rows('capture_runs')).toMatchObject([{files_waiting: 1}]);
  answerAgain();
  const next = await bench.read({streams, state: first.lastStates});
  expect(next.rows('files')).toMatchObject([{file_id: 'file-1', outcome: 'captured'}]);
  expect([...transfers(next).values()].map(String)).toEqual(['<html>an upload that is a page</html>']);
});

describe('an answer of the file routes', () => {
  const answers: readonly {at: string; status: number; outcome: string}[] = [
    {at: 'files', status: 410, outcome: 'expired'},
    {at: 'files', status: 404, outcome: 'not_found'},
    {at: 'files', status: 403, outcome: 'forbidden'},
    {at: 'files', status: 400, outcome: 'not_found'},
    {at: 'files', status: 422, outcome: 'not_found'},
    {at: 'files', status: 413, outcome: 'too_large'},
    {at: 'file', status: 413, outcome: 'too_large'},
  ];

  test('is an outcome, counted, and no failure', async () => {
    const files = answers.map(({at, status}) => `file-of-${at}-${status}`);
    for (const [index, {at, status}] of answers.entries()) {
      bench.file(files[index]!, 'bytes');
      bench.simulator.interfere({path: new RegExp(`/${at}/${files[index]!}`), trouble: refused(status)});
      // The routes behind the first answer the same, or the next one would be asked.
      bench.simulator.interfere({path: new RegExp(`_files/${files[index]!}`), trouble: refused(status)});
    }
    bench.log(3, [event('e1', {files}), event('e2')]);
    const run = await bench.read({streams});
    expect(run.exitCode).toBe(0);
    expect(run.rows('messages')).toHaveLength(2);
    expect(run.rows('files').map((row) => [row['file_id'], row['outcome']])).toEqual(
      answers.map(({outcome}, index) => [files[index], outcome])
    );
    expect(run.rows('capture_runs')).toMatchObject([
      {files_by_outcome: {expired: 1, not_found: 3, forbidden: 1, too_large: 2}, files_waiting: 0},
    ]);
    expectNothingHalf(run);
    expect(transfers(run).size).toBe(0);
  });

  test.each([204, 402, 409, 423, 451])(
    'HTTP %s says nothing of the file: the next read asks for it again',
    async (status) => {
      bench.file('file-1', 'bytes');
      bench.log(3, [event('e1', {files: ['file-1']})]);
      const path = /\/files\/file-1$/;
      bench.simulator.interfere({path, times: 1, trouble: refused(status)});
      const run = await bench.read({streams});
      expect(run.exitCode).toBe(0);
      expect(run.rows('files')).toEqual([]);
      expect(run.rows('capture_runs')).toMatchObject([{files_by_outcome: {}, files_waiting: 1}]);
      const next = await bench.read({streams, state: run.lastStates});
      expect(next.rows('files')).toMatchObject([{file_id: 'file-1', outcome: 'captured'}]);
    }
  );

  test('a file is found by the route of the place where it lies', async () => {
    const user = String((await bench.read({streams: ['users']})).rows('users')[0]!['id']);
    for (const place of ['project', 'gpt', 'library'] as const) {
      bench.file(`file-in-${place}`, randomBytes(1000), {place, ownerId: user});
    }
    const line = event('e1', {files: ['file-in-project', 'file-in-gpt', 'file-in-library']});
    bench.log(3, [line.replace('"user-1"', JSON.stringify(user))]);
    const run = await bench.read({streams});
    expectNothingHalf(run);
    expect(run.rows('files')).toMatchObject([
      {outcome: 'captured', route: 'project_files/{id}'},
      {outcome: 'captured', route: 'gpt_files/{id}'},
      {outcome: 'captured', route: 'users/{id}/library_files/{id}'},
    ]);
  });

  test('a file is asked for where the sender has it, then of projects, of GPTs, and in the library, which is listed last', async () => {
    const user = String((await bench.read({streams: ['users']})).rows('users')[0]!['id']);
    for (const place of ['project', 'library'] as const) bench.file(`file-in-${place}`, 'x', {place, ownerId: user});
    bench.log(3, [
      event('e1', {files: ['file-in-library', 'file-in-project']}).replace('"user-1"', JSON.stringify(user)),
    ]);
    await bench.read({streams: ['messages', 'files', 'file_chunks']});
    const asked = bench.simulator.requests.flatMap(({path}) => {
      const [, below] = /\/workspaces\/[^/]+\/(.*files.*)$/.exec(path) ?? [];
      return below === undefined ? [] : [below.replace(user, 'U').replace(/(U\/library_files\/)[^?]+/, '$1L')];
    });
    expect(asked.filter((path) => !path.includes('in-project'))).toEqual([
      'users/U/files/file-in-library?conversation_id',
      'project_files/file-in-library',
      'gpt_files/file-in-library',
      'users/U/library_files?limit',
      'users/U/library_files/L',
    ]);
    expect(asked.filter((path) => path.includes('in-project'))).toEqual([
      'users/U/files/file-in-project?conversation_id',
      'project_files/file-in-project',
    ]);
  });

  const more = {kind: 'answer', body: {data: [], has_more: true, cursor: 'page-2'}} as const;
  test.each<readonly [string, Trouble]>([
    ['whose cursor is refused with HTTP 400', {kind: 'refuse', status: 400}],
    ['whose cursor is refused with HTTP 403', {kind: 'refuse', status: 403}],
    ['whose cursor is not found', {kind: 'refuse', status: 404}],
    ['whose cursor has expired', {kind: 'refuse', status: 410}],
    ['that does not get on', more],
    ['that has more and does not say where', {kind: 'answer', body: {data: [], has_more: true, cursor: null}}],
  ])('a library %s says nothing of a file that it may hold: the next read finds it', async (_, trouble) => {
    const user = String((await bench.read({streams: ['users']})).rows('users')[0]!['id']);
    bench.file('file-1', 'bytes', {place: 'library', ownerId: user});
    bench.log(3, [event('e1', {files: ['file-1']}).replace('"user-1"', JSON.stringify(user))]);
    bench.simulator.interfere({path: /library_files$/, times: 1, trouble: more});
    bench.simulator.interfere({path: /library_files$/, times: 1, trouble});
    const run = await bench.read({streams});
    expect(run.rows('files')).toEqual([]);
    expect(run.rows('capture_runs')).toMatchObject([{files_waiting: 1}]);
    const next = await bench.read({streams, state: run.lastStates});
    expect(next.rows('files')).toMatchObject([{file_id: 'file-1', outcome: 'captured'}]);
  });

  test('a file that needs its conversation is asked for with it', async () => {
    bench.file('file-1', 'sound', {onlyIn: 'c-7'});
    bench.log(3, [event('e1', {files: ['file-1'], conversation: 'c-7'})]);
    bench.log(2, [event('e2', {files: ['file-1'], conversation: 'c-8'})]);
    expect((await bench.read({streams})).rows('files')).toMatchObject([{outcome: 'captured'}, {outcome: 'captured'}]);
  });

  test('a file that needs a conversation the event does not name is not found', async () => {
    bench.file('file-1', 'sound', {onlyIn: 'c-7'});
    bench.log(3, ['{"event_id":"e1","actor":{"user_id":"user-1"},"message":{"files":[{"id":"file-1"}]}}']);
    expect((await bench.read({streams})).rows('files')).toMatchObject([{outcome: 'not_found'}]);
  });

  test('an upload past its 48 hours is expired', async () => {
    bench.file('file-1', 'bytes', {uploadedMicros: microsAgo(49)});
    bench.log(30, [event('e1', {files: ['file-1']})]);
    expect((await bench.read({streams})).rows('files')).toMatchObject([{outcome: 'expired'}]);
  });

  test('a key that loses the right to files in mid-read still has every message, and says so by outcome', async () => {
    bench.file('file-1', 'bytes');
    bench.file('file-2', 'bytes');
    bench.log(3, [event('e1', {files: ['file-1']}), event('e2', {files: ['file-2']})]);
    bench.simulator.interfere({path: /file-2/, trouble: refused(403)});
    const run = await bench.read({streams});
    expect(run.rows('messages')).toHaveLength(2);
    expect(run.rows('files').map((row) => row['outcome'])).toEqual(['captured', 'forbidden']);
  });

  test('HTTP 401 ends the streams of files as a configuration error, not the messages', async () => {
    bench.file('file-1', 'bytes');
    bench.log(3, [event('e1', {files: ['file-1']})]);
    bench.simulator.interfere({path: /files\/file-1/, trouble: refused(401)});
    const run = await bench.read({streams});
    expect(run.ends).toMatchObject({messages: 'COMPLETE', files: 'INCOMPLETE', file_chunks: 'INCOMPLETE'});
    expect(run.errors).toMatchObject([{failure_type: 'config_error'}, {failure_type: 'config_error'}]);
    expect(run.rows('files')).toEqual([]);
  });
});

describe('bytes', () => {
  test.each([
    {size: 0, chunks: 1},
    {size: 1, chunks: 1},
    {size: 196_607, chunks: 1},
    {size: 196_608, chunks: 1},
    {size: 196_609, chunks: 2},
    {size: 3 * megabyte, chunks: 16},
  ])('of a file of $size come back exactly, in $chunks chunks', async ({chunks, size}) => {
    const bytes = randomBytes(size);
    bench.file('file-1', bytes);
    bench.log(3, [event('e1', {files: ['file-1']})]);
    const run = await bench.read({streams});
    expectNothingHalf(run);
    expect(run.rows('file_chunks')).toHaveLength(chunks);
    expect([...transfers(run).values()][0]!.equals(bytes)).toBe(true);
    expect(run.rows('files')).toMatchObject([{outcome: 'captured', size, media_type: 'application/octet-stream'}]);
  });

  test('beyond the limit of the configuration are not captured; at the limit they are', async () => {
    bench.file('file-1', randomBytes(megabyte));
    bench.file('file-2', randomBytes(megabyte + 1));
    bench.log(3, [event('e1', {files: ['file-1', 'file-2']})]);
    const run = await bench.read({streams, config: {max_file_megabytes: 1}});
    expect(run.rows('files')).toMatchObject([
      {file_id: 'file-1', outcome: 'captured', size: megabyte},
      {file_id: 'file-2', outcome: 'too_large'},
    ]);
    expectNothingHalf(run);
    expect(run.exitCode).toBe(0);
  });

  test.each([
    {kind: 'cut', times: 1},
    {kind: 'cut', times: 3},
    {kind: 'refuse', times: 2, status: 503},
    {kind: 'refuse', times: 2, status: 403},
  ] as const)(
    'are fetched anew by another transfer when the signed host fails $times time(s): $kind',
    async (trouble) => {
      const bytes = randomBytes(megabyte);
      bench.file('file-1', bytes);
      bench.log(3, [event('e1', {files: ['file-1']})]);
      bench.simulator.interfere({path: /^\/file\//, times: trouble.times, trouble});
      const run = await bench.read({streams});
      expectNothingHalf(run);
      expect(run.rows('files')).toMatchObject([{outcome: 'captured'}]);
      const ended = [...transfers(run).values()];
      expect(ended.filter((whole) => whole !== undefined)).toHaveLength(1);
      if (trouble.kind === 'cut') expect(ended.filter((whole) => whole === undefined)).toHaveLength(trouble.times);
    }
  );

  test.each([
    {how: 'break off', kind: 'cut'},
    {how: 'stop without an end', kind: 'stall'},
  ] as const)('that $how every time are tried on the next read; the state says which', async ({kind}) => {
    const bytes = randomBytes(megabyte);
    bench.file('file-1', bytes);
    bench.log(3, [event('e1', {files: ['file-1']})]);
    const stop = bench.simulator.interfere({path: /^\/file\//, trouble: {kind}});
    const first = await bench.read({streams, env: hastyClock()});
    stop();
    expect(first.exitCode).toBe(0);
    expect(first.rows('files')).toEqual([]);
    expect(transfers(first).size).toBeGreaterThan(1);
    expect(new Set(transfers(first).values())).toEqual(new Set([undefined]));
    expect(first.stateOf('files')).toMatchObject({retry: [{file_id: 'file-1', event_id: 'e1'}]});
    expect(first.rows('capture_runs')).toMatchObject([{files_waiting: 1}]);
    const second = await bench.read({streams, state: first.lastStates});
    expect(second.rows('files')).toMatchObject([{file_id: 'file-1', event_id: 'e1', outcome: 'captured'}]);
    expect(second.rows('messages')).toEqual([]);
    expect(second.stateOf('files')).toMatchObject({retry: []});
    expectNothingHalf(second);
  });

  test.each(['cut', 'stall', 'silence', 'reset'] as const)(
    'that never came in 48 hours of trying are unavailable: %s',
    async (kind) => {
      bench.file('file-1', randomBytes(megabyte));
      bench.log(3, [event('e1', {files: ['file-1']})]);
      bench.simulator.interfere({path: /^\/file\//, trouble: {kind}});
      const first = await bench.read({streams, env: hastyClock()});
      const aged = JSON.parse(
        JSON.stringify(first.lastStates).replace(
          /"first_attempt_at":"[^"]+"/g,
          '"first_attempt_at":"2026-01-01T00:00:00Z"'
        )
      ) as unknown;
      const second = await bench.read({streams, state: aged, env: hastyClock()});
      expect(second.rows('files')).toMatchObject([{outcome: 'unavailable', first_attempt_at: '2026-01-01T00:00:00Z'}]);
      expect(second.stateOf('files')).toMatchObject({retry: []});
      expect(second.rows('capture_runs')).toMatchObject([{files_by_outcome: {unavailable: 1}, files_waiting: 0}]);
      expect([...transfers(first).values(), ...transfers(second).values()].filter(Boolean)).toEqual([]);
      expectNothingHalf(second);
    }
  );

  test('of one file named by many events are downloaded once, and each event has its row', async () => {
    bench.file('file-1', randomBytes(10));
    const files = [{id: 'file-1'}, {id: 'file-1'}];
    bench.log(4, [event('e1', {files}), event('e2', {files: ['file-1']})]);
    bench.log(3, [event('e3', {files: ['file-1']}), event('e1', {files})]);
    const run = await bench.read({streams});
    expect(bench.requestsTo(/^\/file\/file-1/)).toBe(1);
    const rows = run.rows('files');
    expect(new Set(rows.map((row) => row['event_id']))).toEqual(new Set(['e1', 'e2', 'e3']));
    expect(new Set(rows.map((row) => row['transfer_id'])).size).toBe(1);
  });

  test('that a log file behind a failing one names are known when their turn comes, and each file comes once', async () => {
    bench.file('file-1', randomBytes(10));
    bench.file('file-2', randomBytes(10));
    const failing = bench.log(4, [event('e1', {files: ['file-1']})]);
    const behind = bench.log(3, [event('e2', {files: ['file-1', 'file-2']})]);
    const passes = bench.simulator.interfere({path: new RegExp(`/logs/${failing}$`), trouble: refused(503)});
    const reading = bench.read({streams: ['files', 'file_chunks']});
    while (bench.requestsTo(new RegExp(`^/log/${behind}`)) === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(bench.requestsTo(/^\/file\/file-1/)).toBe(0);
    passes();
    const run = await reading;
    expect(run.rows('files').map((row) => row['file_id'])).toEqual(['file-1', 'file-1', 'file-2']);
    expect(bench.requestsTo(/^\/file\//)).toBe(2);
    expectNothingHalf(run);
  });
});

describe('files that the 45 minutes of a read do not suffice for', () => {
  const config = {requests_per_minute: 5};
  /** In 45 minutes at that pace, with what was begun in them. */
  const [fewest, most] = [150, 5 * 45 + 40];

  test('are left to the next read, counted with those at risk, and warned of; none is passed over', async () => {
    const all = 280 + 60;
    for (const [name, hours, count] of [['old', 46.5, 280] as const, ['young', 2, 60] as const]) {
      const ids = Array.from({length: count}, (_, index) => `file-${name}-${index}`);
      for (const id of ids) bench.file(id, id, {uploadedMicros: microsAgo(hours)});
      bench.log(
        hours - 0.1,
        ids.map((id) => event(`e-${id}`, {files: [id], timestamp: timeAgo(hours)}))
      );
    }
    const clock = skippingClock();
    const first = await bench.read({streams, config, env: clock.environment});
    expect(first.exitCode).toBe(0);
    expect(first.rows('messages')).toHaveLength(all);
    const captured = first.rows('files').length;
    expect(captured).toBeGreaterThan(fewest);
    expect(captured).toBeLessThan(most);
    // By deadline: the old ones first. From the next read on the rest of them has half an hour.
    expect(first.rows('files').every((row) => String(row['file_id']).startsWith('file-old-'))).toBe(true);
    const [run] = first.rows('capture_runs');
    expect(run).toMatchObject({files_waiting: all - captured, files_by_outcome: {captured}});
    expect(run!['files_at_risk']).toBe(0);
    expect(first.logs('WARN').join('\n')).toContain(`files_waiting: ${all - captured} file references are left`);

    const second = await bench.read({streams, state: first.lastStates});
    expect(second.rows('capture_runs')).toMatchObject([{files_waiting: 0, files_at_risk: 0}]);
    const rows = [...first.rows('files'), ...second.rows('files')];
    expect(new Set(rows.map((row) => row['file_id'])).size).toBe(all);
    expect(rows.filter((row) => row['outcome'] !== 'captured')).toEqual([]);
  });

  test('are captured all the same by a full refresh, because the next one would begin anew', async () => {
    const ids = Array.from({length: 400}, (_, index) => `file-${index}`);
    for (const id of ids) bench.file(id, id, {uploadedMicros: microsAgo(2)});
    const lines = ids.map((id) => event(`e-${id}`, {files: [id], timestamp: timeAgo(2)}));
    bench.log(1.9, lines);
    const run = await bench.read({
      streams,
      config,
      env: skippingClock().environment,
      syncMode: 'full_refresh',
    });
    expect(run.exitCode).toBe(0);
    expect(run.rows('files')).toHaveLength(ids.length);
    expect(run.rows('capture_runs')).toMatchObject([{files_waiting: 0}]);
  });

  test.each([
    {known: 'as the messages told', selected: streams, logFiles: 2},
    {
      known: 'by the size of log files that are not downloaded yet',
      selected: streams.filter((name) => name !== 'messages'),
      logFiles: 400,
    },
  ])('are told as being at risk when they are gone before their turn, $known', async ({logFiles, selected}) => {
    const all = 400;
    for (let file = 0; file < logFiles; file++) {
      const ids = Array.from({length: all / logFiles}, (_, index) => `file-${file + 100}-${index + 100}`);
      for (const id of ids) bench.file(id, id, {uploadedMicros: microsAgo(47)});
      const lines = ids.map((id) => event(`e-${id}`, {files: [id], timestamp: timeAgo(47)}));
      bench.log(46.99 - file / 100_000, lines);
    }
    const run = await bench.read({streams: selected, config, env: skippingClock().environment});
    const [{files_at_risk: atRisk, files_waiting: waiting} = {}] = run.rows('capture_runs');
    const captured = run.rows('files').length;
    expect(captured).toBeGreaterThan(fewest);
    expect(Math.abs(Number(waiting) - (all - captured))).toBeLessThan(5);
    // The next read begins an hour after this one, when they are just gone.
    expect(Number(waiting) - Number(atRisk)).toBeLessThan(5);
    expect(run.logs('WARN').join('\n')).toContain(`${String(atRisk)} may pass 48 hours`);
  });
});

describe('an id or a name from a message', () => {
  test('leads nowhere but to the files', async () => {
    const ids = ['..', '.', '../users', 'a/b', 'a\\b', '\ud800', '%2e%2e', 'file 1?x=1#y', 'x'.repeat(2000)];
    bench.log(3, [event('e1', {files: ['', ...ids].map((id) => ({id, name: '../../etc/passwd'}))})]);
    const run = await bench.read({streams});
    expect(run.exitCode).toBe(0);
    for (const {path} of bench.simulator.requests) {
      expect(path).toMatch(
        /^\/log\/|\/logs(\/eclf_[0-9a-f]+)?(\?|$)|\/max_event_time\?event_type$|\/(users\/user-1\/files|project_files|gpt_files)\/[^/?]+(\?conversation_id)?$|\/library_files\?/
      );
    }
    expect(run.rows('files').map((row) => row['outcome'])).toEqual(ids.map(() => 'not_found'));
  });
});

describe('bytes that a server compresses though it is asked not to', () => {
  const text = Buffer.from('words '.repeat(50_000));

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
  ] as const)('come back as they were: %s', async (encoding, compress) => {
    bench.file('file-1', text);
    bench.log(3, [event('e1', {files: ['file-1']})]);
    const trouble = {kind: 'answer', body: compress(text), headers: {'content-encoding': encoding}} as const;
    bench.simulator.interfere({path: /^\/file\//, trouble});
    const run = await bench.read({streams});
    expectNothingHalf(run);
    expect(run.rows('files')).toMatchObject([{outcome: 'captured', size: text.length}]);
    expect([...transfers(run).values()]).toEqual([text]);
  });

  test('in a way that is not known are never taken for the file', async () => {
    bench.file('file-1', text);
    bench.log(3, [event('e1', {files: ['file-1']})]);
    const trouble = {kind: 'answer', body: gzipSync(text), headers: {'content-encoding': 'unheard-of'}} as const;
    bench.simulator.interfere({path: /^\/file\//, trouble});
    const run = await bench.read({streams});
    expect(run.rows('files')).toEqual([]);
    expect(run.stateOf('files')).toMatchObject({retry: [{file_id: 'file-1'}]});
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
  ] as const)(
    'are whole or none: a compressed body that breaks off is fetched again: %s',
    async (encoding, compress) => {
      bench.file('file-1', text);
      bench.log(3, [event('e1', {files: ['file-1']})]);
      const body = compress(text);
      const headers = {'content-encoding': encoding};
      const cut = {kind: 'answer', body: body.subarray(0, body.length - 9), headers} as const;
      bench.simulator.interfere({path: /^\/file\//, times: 1, trouble: cut});
      bench.simulator.interfere({path: /^\/file\//, trouble: {kind: 'answer', body, headers}});
      const run = await bench.read({streams});
      expectNothingHalf(run);
      expect([...transfers(run).values()].filter(Boolean)).toEqual([text]);
    }
  );

  test('of an answer in JSON are read', async () => {
    const body = gzipSync(JSON.stringify({data: [{id: 'user-of-gzip'}], has_more: false}));
    const headers = {'content-encoding': 'gzip', 'content-type': 'application/json'};
    bench.simulator.interfere({path: /\/users$/, trouble: {kind: 'answer', body, headers}});
    expect((await bench.read({streams: ['users']})).rows('users')).toMatchObject([{id: 'user-of-gzip'}]);
  });
});
