// Log files that differ from their hash, come late, twice or with equal end times: none is lost, none blocks another.
import {createHash} from 'node:crypto';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {gzipSync} from 'node:zlib';
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals';
import {event, microsAgo, type Row, SourceBench, type SourceRun, timeAgo} from './source-bench';

let bench: SourceBench;

beforeEach(async () => {
  bench = await SourceBench.open();
});
afterEach(() => bench.close());

function ids(rows: readonly Row[]): unknown[] {
  return rows.map((row) => row['event_id']);
}

function messageIds(run: SourceRun): unknown[] {
  return ids(run.rows('messages'));
}

const wrongHash = 'f'.repeat(64);

describe('a log file that differs from its SHA-256', () => {
  test.each([
    {kind: 'alter', times: 1},
    {kind: 'alter', times: 3},
    {kind: 'cut', times: 2},
  ] as const)('$times time(s) ($kind) is fetched again, and nobody notices', async ({kind, times}) => {
    const id = bench.log(3, [event('e1'), event('e2')]);
    bench.simulator.interfere({path: new RegExp(`^/log/${id}`), times, trouble: {kind}});
    const run = await bench.read({streams: ['messages', 'capture_runs']});
    expect(run.rows('messages')).toMatchObject([{log_file_verified: true}, {log_file_verified: true}]);
    expect(run.rows('capture_runs')).toMatchObject([{unverified_log_files: [], log_files: 1}]);
    expect(bench.requestsTo(new RegExp(`/logs/${id}$`))).toBe(times + 1);
  });

  test('for good, and fresh, stops its streams where they are; the others go on', async () => {
    bench.log(4, [event('e1', {files: ['file-1']})]);
    const bad = bench.log(3, [event('e2')], {listedSha256: wrongHash});
    bench.log(2, [event('e3')]);
    bench.file('file-1', 'bytes');
    const run = await bench.read({
      streams: ['users', 'messages', 'conversations', 'files', 'file_chunks', 'capture_runs'],
    });
    expect(messageIds(run)).toEqual(['e1']);
    expect(run.ends).toMatchObject({
      users: 'COMPLETE',
      messages: 'INCOMPLETE',
      conversations: 'INCOMPLETE',
      files: 'COMPLETE',
      capture_runs: 'COMPLETE',
    });
    expect(run.exitCode).toBe(1);
    for (const error of run.errors) {
      expect(error).toMatchObject({failure_type: 'system_error', message: expect.stringContaining(bad) as unknown});
    }
    expect(run.rows('files')).toMatchObject([{file_id: 'file-1', outcome: 'captured'}]);
    expect(bench.requestsTo(new RegExp(`/logs/${bad}$`))).toBe(4);
    expect(JSON.stringify(run.lastStates)).not.toContain(bad);
  });

  test('for good is tried again by the next read, from the same place', async () => {
    bench.log(4, [event('e1')]);
    const bad = bench.log(3, [event('e2')], {listedSha256: wrongHash});
    const first = await bench.read({streams: ['messages']});
    const second = await bench.read({streams: ['messages'], state: first.lastStates});
    expect(messageIds(second)).toEqual([]);
    expect(second.ends).toEqual({messages: 'INCOMPLETE'});
    expect(bench.requestsTo(new RegExp(`/logs/${bad}$`))).toBe(8);
  });

  test('for good and older than six hours is captured as unverified, loudly, and only once', async () => {
    const bad = bench.log(7, [event('e1')], {listedSha256: wrongHash});
    bench.log(2, [event('e2')]);
    const streams = ['messages', 'conversations', 'capture_runs'];
    const run = await bench.read({streams});
    expect(run.rows('messages')).toMatchObject([
      {event_id: 'e1', log_file_verified: false, log_file_id: bad},
      {event_id: 'e2', log_file_verified: true},
    ]);
    expect(run.exitCode).toBe(1);
    expect(run.errors[0]).toMatchObject({
      failure_type: 'system_error',
      message: expect.stringContaining(bad) as unknown,
    });
    expect(run.logs('WARN').join()).toContain('log_file_unverified');
    const [row] = run.rows('capture_runs');
    expect(row!['unverified_log_files']).toEqual([
      {id: bad, expected_sha256: wrongHash, actual_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown},
    ]);
    const next = await bench.read({streams, state: run.lastStates});
    expect(next.exitCode).toBe(0);
    expect(messageIds(next)).toEqual([]);
    expect(next.rows('capture_runs')).toMatchObject([{unverified_log_files: [], log_files: 0}]);
    expect(bench.requestsTo(new RegExp(`/logs/${bad}$`))).toBe(4);
  });

  test('for good and older than six hours is captured though none of it can be read, where it is as long as listed', async () => {
    const bad = bench.log(7, ['no event'], {listedSha256: wrongHash});
    bench.log(2, [event('e2')]);
    const run = await bench.read({streams: ['messages']});
    expect(run.rows('messages')).toMatchObject([
      {event: 'no event', unreadable: true, log_file_verified: false, log_file_id: bad},
      {event_id: 'e2'},
    ]);
    expect(run.logs('WARN').join()).toContain('log_file_unverified');
  });
});

describe('what comes in place of a log file that is older than six hours', () => {
  const page = Buffer.from('<html><title>Sign in</title></html>\n');
  test.each([
    {what: 'a page of the proxy for the API', path: /\/logs\/eclf/, body: page, type: 'text/html'},
    {what: 'a page of the proxy for the signed host', path: /^\/log\//, body: page, type: 'text/html; charset=utf-8'},
    {what: 'a refusal as JSON', path: /^\/log\//, body: Buffer.from('{"error":"no"}'), type: 'application/json'},
    {what: 'nothing', path: /^\/log\//, body: Buffer.alloc(0), type: 'application/octet-stream'},
  ])('($what) is not captured for it: the events come with a later read', async ({path, body, type}) => {
    bench.log(8, [event('e1')]);
    bench.log(7, [event('e2')]);
    const streams = ['messages', 'conversations', 'capture_runs'];
    const headers = {'content-type': type};
    const answerAgain = bench.simulator.interfere({path, trouble: {kind: 'answer', body, headers}});
    const run = await bench.read({streams});
    expect(run.rows('messages')).toEqual([]);
    expect(run.ends).toEqual({messages: 'INCOMPLETE', conversations: 'INCOMPLETE', capture_runs: 'COMPLETE'});
    expect(run.errors[0]).toMatchObject({
      failure_type: 'system_error',
      message: expect.stringContaining('no proxy or gateway answers with a page of its own') as unknown,
    });
    answerAgain();
    const next = await bench.read({streams, state: run.lastStates});
    expect(messageIds(next)).toEqual(['e1', 'e2']);
    expect(next.exitCode).toBe(0);
  });
});

test('a log file that ends in the far future is captured and told, and hides none of those that come later', async () => {
  const streams = ['messages', 'files'];
  bench.log(3, [event('e1')]);
  const ahead = bench.log(-24 * 365, [event('e2', {files: ['file-2']})]);
  bench.file('file-2', 'bytes');
  const run = await bench.read({streams});
  expect(messageIds(run)).toEqual(['e1', 'e2']);
  expect(run.logs('WARN').join()).toContain(`log_file_ahead: Log file ${ahead} `);
  bench.log(1, [event('e3', {files: ['file-3']})]);
  bench.file('file-3', 'bytes');
  const next = await bench.read({streams, state: run.lastStates});
  expect(messageIds(next)).toEqual(['e3']);
  expect(next.rows('files')).toMatchObject([{file_id: 'file-3', outcome: 'captured'}]);
});

test.each(['files', 'conversations'])(
  'an unverified log file is loud, and only once, also when %s is read without the messages',
  async (stream) => {
    const bad = bench.log(7, [event('e1', {files: ['file-1']})], {listedSha256: wrongHash});
    bench.log(2, [event('e2', {files: ['file-2'], conversation: 'c-2'})]);
    const run = await bench.read({streams: [stream, 'capture_runs']});
    expect(run.ends).toEqual({[stream]: 'INCOMPLETE', capture_runs: 'COMPLETE'});
    expect(run.errors).toMatchObject([{message: expect.stringContaining(bad) as unknown}]);
    expect(run.rows(stream)).toHaveLength(2);
    expect(run.rows('capture_runs')).toMatchObject([{unverified_log_files: [{id: bad, expected_sha256: wrongHash}]}]);
    const next = await bench.read({streams: [stream, 'capture_runs'], state: run.lastStates});
    expect(next.ends).toEqual({[stream]: 'COMPLETE', capture_runs: 'COMPLETE'});
    expect(next.rows(stream)).toEqual([]);
  }
);

test('a log file that fitted its hash for the messages and fits it no more for their files is told as unverified', async () => {
  bench.file('file-1', 'bytes');
  const bad = bench.log(7, [event('e1', {files: ['file-1']})]);
  const first = await bench.read({streams: ['messages', 'capture_runs']});
  expect(first.rows('messages')).toMatchObject([{log_file_verified: true}]);
  bench.simulator.interfere({path: new RegExp(`^/log/${bad}`), trouble: {kind: 'alter'}});
  const streams = ['messages', 'files', 'capture_runs'];
  const run = await bench.read({streams, state: first.lastStates});
  expect(run.ends).toEqual({messages: 'COMPLETE', files: 'INCOMPLETE', capture_runs: 'COMPLETE'});
  expect(run.errors).toMatchObject([{message: expect.stringContaining(bad) as unknown}]);
  expect(run.rows('capture_runs')).toMatchObject([{unverified_log_files: [{id: bad}]}]);
});

test('log files that come without a length, and larger than they are listed, are whole', async () => {
  const texts = new Map<string, string>();
  for (const file of [1, 2, 3]) {
    const own = Array.from(
      {length: 40},
      (_, index) => [`e${file}-${index}`, `${index} `.repeat(10_000 * file)] as const
    );
    for (const [id, text] of own) texts.set(id, text);
    const body = Buffer.from(own.map(([id, text]) => `${event(id, {text})}\n`).join(''));
    const listedSha256 = createHash('sha256').update(body).digest('hex');
    const logId = bench.log(5 - file, [event('a line')], {listedSha256});
    const trouble = {kind: 'answer', body: gzipSync(body), headers: {'content-encoding': 'gzip'}} as const;
    bench.simulator.interfere({path: new RegExp(`^/log/${logId}`), trouble});
  }
  const rows = (await bench.read({streams: ['messages']})).rows('messages');
  expect(ids(rows)).toEqual([...texts.keys()]);
  for (const row of rows) {
    expect(row['log_file_verified']).toBe(true);
    expect(row['event']).toContain(` ${texts.get(String(row['event_id']))}"`);
  }
});

describe('a log file that cannot be had', () => {
  test('keeps no process that has told everything: what was begun ahead of its turn is given up', async () => {
    const gone = new RegExp(`/logs/${bench.log(5, [event('e1')])}$`);
    const failing = new RegExp(`/logs/${bench.log(4, [event('e2')])}$`);
    bench.simulator.interfere({path: gone, times: 1, trouble: {kind: 'refuse', status: 500}});
    bench.simulator.interfere({path: gone, trouble: {kind: 'refuse', status: 404}});
    bench.simulator.interfere({path: failing, trouble: {kind: 'refuse', status: 503}});
    const begunMs = Date.now();
    const run = await bench.read({streams: ['messages', 'capture_runs']});
    expect(run.ends).toEqual({messages: 'INCOMPLETE', capture_runs: 'COMPLETE'});
    expect(bench.requestsTo(failing)).toBeGreaterThan(0);
    expect(Date.now() - begunMs).toBeLessThan(20_000);
  });

  test('because its bytes never end stops its streams within bounds of memory; the others go on', async () => {
    const piece = Buffer.alloc(4 * 1024 * 1024, 0x20);
    let sent = 0;
    const endless = createServer((_, response) => {
      const write = (): void => {
        if (response.destroyed) return;
        sent += piece.length;
        response.write(piece, write);
      };
      write();
    });
    await new Promise<void>((resolve) => endless.listen(0, '127.0.0.1', resolve));
    try {
      const id = bench.log(3, [event('e1')]);
      const location = `http://127.0.0.1:${String((endless.address() as AddressInfo).port)}/`;
      const trouble = {kind: 'refuse', status: 307, headers: {location}} as const;
      bench.simulator.interfere({path: new RegExp(`/logs/${id}$`), trouble});
      const run = await bench.read({streams: ['messages', 'capture_runs']});
      expect(run.ends).toEqual({messages: 'INCOMPLETE', capture_runs: 'COMPLETE'});
      expect(run.errors).toMatchObject([{failure_type: 'system_error'}]);
      expect(sent).toBeLessThan(600 * 1024 * 1024);
    } finally {
      endless.closeAllConnections();
      endless.close();
    }
  });

  test('because it left retention between listing and download stops the stream as a passing trouble', async () => {
    const gone = bench.log(3, [event('e1')]);
    bench.simulator.interfere({path: new RegExp(`/logs/${gone}$`), times: 1, trouble: {kind: 'refuse', status: 404}});
    const run = await bench.read({streams: ['messages']});
    expect(run.errors).toMatchObject([{failure_type: 'transient_error'}]);
    expect(messageIds(await bench.read({streams: ['messages'], state: run.lastStates}))).toEqual(['e1']);
  });

  test.each([500, 502, 503, 408])('HTTP %s for a while is tried again', async (status) => {
    bench.log(3, [event('e1')]);
    bench.simulator.interfere({path: /\/logs\/eclf/, times: 2, trouble: {kind: 'refuse', status}});
    bench.simulator.interfere({path: /\/logs$/, times: 1, trouble: {kind: 'refuse', status}});
    expect(messageIds(await bench.read({streams: ['messages']}))).toEqual(['e1']);
  });

  test('because the signed link has expired is fetched by a fresh one', async () => {
    bench.log(3, [event('e1')]);
    bench.simulator.interfere({path: /^\/log\//, times: 2, trouble: {kind: 'refuse', status: 403}});
    expect(messageIds(await bench.read({streams: ['messages']}))).toEqual(['e1']);
    expect(bench.requestsTo(/\/logs\/eclf/)).toBe(3);
  });
});

describe('delivery at least once', () => {
  test('the same event in one file, in two and in two reads is emitted as it came, under one key, and counted', async () => {
    const line = event('e1');
    bench.log(5, [line, event('e2'), line]);
    bench.log(4, [line]);
    const first = await bench.read({streams: ['messages', 'capture_runs']});
    expect(messageIds(first)).toEqual(['e1', 'e2', 'e1', 'e1']);
    expect(first.rows('capture_runs')).toMatchObject([{events: 4, repeated_events: 2}]);
    bench.log(3, [line, event('e3')]);
    const second = await bench.read({streams: ['messages'], state: first.lastStates});
    expect(messageIds(second)).toEqual(['e1', 'e3']);
    const distinct = new Set([...first.rows('messages'), ...second.rows('messages')].map((row) => row['event_sha256']));
    expect(distinct.size).toBe(3);
  });

  test('a message that is updated is another event, and the conversation follows it', async () => {
    const older = timeAgo(6);
    const newer = timeAgo(5);
    bench.log(3, [
      event('e1', {messageId: 'm-1', text: 'first', timestamp: older}),
      event('e2', {messageId: 'm-1', text: 'second', timestamp: newer}),
    ]);
    const run = await bench.read({streams: ['messages', 'conversations']});
    expect(run.rows('messages').map((row) => [row['event_id'], row['message_id']])).toEqual([
      ['e1', 'm-1'],
      ['e2', 'm-1'],
    ]);
    expect(run.rows('conversations')).toMatchObject([{id: 'c-1', updated_at: newer}]);
  });

  test('log files of one end time at the edge of a page are all read, once', async () => {
    const tied = microsAgo(10);
    for (let index = 0; index < 97; index++) bench.log(20 - index / 100, [event(`e${index}`)]);
    for (let index = 97; index < 105; index++) bench.simulator.plantLog({lines: [event(`e${index}`)], endMicros: tied});
    for (let index = 105; index < 215; index++) bench.log(9 - (index - 105) / 100, [event(`e${index}`)]);
    const first = await bench.read({streams: ['messages']});
    expect(new Set(messageIds(first)).size).toBe(215);
    expect(messageIds(first)).toHaveLength(215);
    expect(bench.requestsTo(/\/logs\/eclf/)).toBe(215);
    const second = await bench.read({streams: ['messages'], state: first.lastStates});
    expect(messageIds(second)).toEqual([]);
    // One more of that end time, listed late.
    bench.simulator.plantLog({lines: [event('late')], endMicros: tied});
    const third = await bench.read({streams: ['messages'], state: second.lastStates});
    expect(messageIds(third)).toEqual(['late']);
  });

  test('a log file that is listed late, before the newest, is not overlooked', async () => {
    bench.log(5, [event('e1')]);
    bench.log(1, [event('e2')]);
    const first = await bench.read({streams: ['messages']});
    bench.log(20, [event('late')]);
    const second = await bench.read({streams: ['messages'], state: first.lastStates});
    expect(messageIds(second)).toEqual(['late']);
    expect(second.stateOf('messages')).toMatchObject({last_end_time: first.stateOf('messages')!['last_end_time']});
    expect(messageIds(await bench.read({streams: ['messages'], state: second.lastStates}))).toEqual([]);
  });

  test('start_date leaves earlier events out, counts them, and keeps what has no time', async () => {
    const earlier = '2026-01-01T10:00:00.999999Z';
    bench.log(3, [event('old', {timestamp: earlier}), event('new'), '{"event_id":"timeless"}', 'no event']);
    const run = await bench.read({
      streams: ['messages', 'capture_runs'],
      config: {start_date: timeAgo(48).slice(0, 10)},
    });
    expect(run.rows('messages').map((row) => row['unreadable'] === true || row['event_id'])).toEqual([
      'new',
      'timeless',
      true,
    ]);
    expect(run.rows('capture_runs')).toMatchObject([{events_before_start_date: 1}]);
  });
});

describe('what a read will bring', () => {
  test('is estimated from the listed sizes before the first record, in rows and bytes', async () => {
    for (let hour = 10; hour > 0; hour--) {
      bench.log(
        hour,
        Array.from({length: 20}, (_, index) => event(`e${hour}-${index}`, {text: 'words '.repeat(120)}))
      );
    }
    const run = await bench.read({streams: ['messages']});
    const estimates = run.result.messages.flatMap((message, at) => {
      const trace = message['trace'] as {type: string; emitted_at: number; estimate?: Row} | undefined;
      return trace?.type === 'ESTIMATE' ? [{at, ...trace}] : [];
    });
    expect(estimates).toHaveLength(1);
    expect(estimates[0]).toMatchObject({
      emitted_at: expect.any(Number) as unknown,
      estimate: {name: 'messages', type: 'STREAM'},
    });
    expect(estimates[0]!.at).toBeLessThan(run.result.messages.findIndex(({type}) => type === 'RECORD'));
    const {byte_estimate: bytes, row_estimate: rows} = estimates[0]!.estimate as Record<string, number>;
    const emitted = run.rows('messages').reduce((sum, row) => sum + JSON.stringify(row).length, 0);
    expect(bytes! / emitted).toBeGreaterThan(0.5);
    expect(bytes! / emitted).toBeLessThan(2);
    expect(rows! / 200).toBeGreaterThan(0.5);
    expect(rows! / 200).toBeLessThan(2);
  });

  test('grows with each page of the listing', async () => {
    for (let index = 0; index < 150; index++) bench.log(20 - index / 10, [event(`e${index}`)]);
    const run = await bench.read({streams: ['messages', 'conversations']});
    const estimates = run.result.messages.flatMap((message) => {
      const trace = message['trace'] as {type: string; estimate?: {byte_estimate: number}} | undefined;
      return trace?.type === 'ESTIMATE' ? [trace.estimate!.byte_estimate] : [];
    });
    expect(estimates).toHaveLength(2);
    expect(estimates[1]).toBeGreaterThan(estimates[0]!);
  });

  test('is told of each stream of log lines by itself', async () => {
    bench.log(3, [event('e1')]);
    const line = JSON.stringify({event_id: 'a1', timestamp: timeAgo(4), text: 'x'.repeat(1_000)});
    for (let hour = 10; hour > 0; hour--) {
      bench.simulator.plantLog({endMicros: microsAgo(hour), eventType: 'AUDIT_LOG', lines: Array(20).fill(line)});
    }
    const run = await bench.read({streams: ['messages', 'audit_logs', 'auth_logs']});
    const estimates = run.result.messages.flatMap((message) => {
      const trace = message['trace'] as {type: string; estimate?: {name: string; row_estimate: number}} | undefined;
      return trace?.type === 'ESTIMATE' ? [trace.estimate!] : [];
    });
    expect(estimates.map(({name}) => name)).toEqual(['messages', 'audit_logs']);
    expect(estimates[1]!.row_estimate / 200).toBeGreaterThan(0.5);
    expect(estimates[1]!.row_estimate / 200).toBeLessThan(2);
  });

  test('is not told when nothing is new, or when messages are not selected', async () => {
    bench.log(3, [event('e1')]);
    const first = await bench.read({streams: ['messages']});
    for (const run of [
      await bench.read({streams: ['messages'], state: first.lastStates}),
      await bench.read({streams: ['conversations']}),
    ]) {
      expect(run.result.stdout).not.toContain('ESTIMATE');
    }
  });
});
