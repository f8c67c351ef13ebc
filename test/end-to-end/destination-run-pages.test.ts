// What a run leaves for people and monitors: its page, its CSV, the verbs `report` and `status`, and the limit of what it sets aside.
import {randomUUID} from 'node:crypto';
import {readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import Database from 'better-sqlite3';
import {parse} from 'csv-parse/sync';
import {itemPaths, readReports} from './archive-reader';
import {captureRunRow, messageLines, recordLine, stateLine, unreadableRow, workspace} from './contract-rows';
import {DestinationProcess, printed, temporaryFolder, write} from './destination-process';
import {root} from '../source-files';
import {runExecutable} from '../support/executables';

const rows = [
  ...messageLines(
    {event: 'e1', at: '2026-01-15T09:30:00.000000Z'},
    {event: 'e2', at: '2026-01-16T09:30:00.000000Z', user: '=<b>&"user', conversation: 'conv-2'}
  ),
  recordLine('messages', unreadableRow('log-1', 4, Buffer.from([0xff]))),
];
const counted = {records: {messages: 3}, events: 2, unreadable_lines: 1, window_end: '2026-01-16T10:00:00Z'};
const lines = [...rows, recordLine('capture_runs', {...captureRunRow('run-1'), ...counted})];

function reportText(path: string, ending: string): string {
  const folder = join(path, '.arctera-archive', workspace, 'reports');
  const [name = ''] = readdirSync(folder).filter((each) => each.endsWith(ending));
  return readFileSync(join(folder, name), 'utf8');
}

test('the three forms of a report say the same, and names from outside stay text', async () => {
  const path = temporaryFolder();
  expect((await write({path}, lines)).exit).toBe(0);
  const [report] = readReports(path) as unknown as Record<string, Record<string, Record<string, number>>>[];
  expect(report?.['days']).toMatchObject({
    '2026-01-15': {collected: 1, delivered: 1},
    '2026-01-16': {collected: 1, delivered: 1},
    '(no day)': {collected: 1, set_aside: 1},
  });
  expect(report).toMatchObject({
    last_captured_at: '2026-01-16T09:30:00.000000Z',
    set_aside_by_code: {unreadable_line: 1},
  });
  const table = parse<Record<string, string>>(reportText(path, '.csv'), {columns: true});
  expect(table.find(({scope, name}) => scope === 'stream' && name === 'messages')).toMatchObject({
    collected: '3',
    delivered: '2',
    set_aside: '1',
  });
  expect(table.map(({name}) => name)).toContain(`'=<b>&"user`); // no spreadsheet takes it for a formula
  const page = reportText(path, '.html');
  expect(page).toContain('=&lt;b&gt;&amp;&quot;user');
  expect(page).not.toContain('<b>');
  expect(page).toContain('4 collected = 2 delivered + 0 duplicate + 0 excluded + 1 set aside + 1 context');
  expect(page).toContain('The source counted the same.');
  expect(page).toContain('A log line is not JSON, not UTF-8, or has no event_id.');
  expect(page).not.toMatch(/<script|<link|<img|https?:|url\(/);
});

test('each form of a report tells how far each log stream is behind', async () => {
  const path = temporaryFolder();
  const newest = {newest_end_time: '2026-01-15T00:00:00.000000Z', max_event_time: null, lag_seconds: 90_000};
  const none = {newest_end_time: null, max_event_time: null, lag_seconds: null, behind_seconds: null};
  const lags = {
    messages: {...newest, behind_seconds: 9_000},
    audit_logs: {...newest, behind_seconds: 0},
    new_logs: none,
  };
  const run = recordLine('capture_runs', {...captureRunRow('run-1'), ...counted, lag_by_stream: lags});
  expect((await write({path}, [...rows, run])).exit).toBe(0);
  expect(readReports(path)).toMatchObject([
    {capture_runs: [{lag_by_stream: {messages: {behind_seconds: 9_000}, audit_logs: {lag_seconds: 90_000}}}]},
  ]);
  const table = parse<Record<string, string>>(reportText(path, '.csv'), {columns: true});
  const told = table.filter(({scope}) => scope?.endsWith('_seconds') === true);
  expect(told.map(({scope, name, collected}) => [scope, name, collected])).toEqual([
    ['lag_seconds', 'messages', '90000'],
    ['behind_seconds', 'messages', '9000'],
    ['lag_seconds', 'audit_logs', '90000'],
    ['behind_seconds', 'audit_logs', '0'],
  ]);
  const page = reportText(path, '.html');
  expect(page).toContain('<th>messages</th><td>2026-01-15T00:00:00.000000Z</td><td>25.0 h</td><td>2.5 h</td>');
  expect(page).toContain('<th>new_logs</th><td>none yet</td>');
});

test('report puts source, ledger and target side by side, and finds what the target has lost', async () => {
  const path = temporaryFolder();
  await write({path}, lines);
  const whole = await printed('report', {path});
  expect(whole.text).toContain('Source, ledger and target fit together.');
  expect(whole.text).toMatch(/complete +4 +4 +2 +2 +2 +0 +1 +yes/);
  for (const each of ['2026-01-15', '2026-01-16', 'user-ada', 'messages']) expect(whole.text).toContain(each);
  expect(whole.exit).toBe(0);
  rmSync(join(path, itemPaths(path)[0] ?? ''));
  const lost = await printed('report', {path, options: ['--format', 'json']});
  expect(lost.exit).toBe(1);
  const {workspaces} = JSON.parse(lost.text) as {workspaces: {reconciled: boolean; runs: object[]}[]};
  expect(workspaces[0]).toMatchObject({reconciled: false, runs: [{end: 'complete', source: 4, items: 2, found: 1}]});
});

test('report tells of runs since a time alone, so that what was looked into before no longer fails it', async () => {
  const path = temporaryFolder();
  await write({path}, [
    ...rows,
    recordLine('capture_runs', {...captureRunRow('run-1'), ...counted, events: 9, records: {}}),
  ]);
  rmSync(join(path, itemPaths(path)[0] ?? ''));
  const since = new Date().toISOString();
  const later = {...captureRunRow('run-2'), records: {messages: 1}, events: 1};
  await write({path}, [...messageLines({event: 'e3', at: '2026-02-01T00:00:00Z'}), recordLine('capture_runs', later)]);
  expect((await printed('report', {path})).exit).toBe(1);
  const {exit, text} = await printed('report', {path, options: ['--since', since, '--format', 'json']});
  const {workspaces} = JSON.parse(text) as {workspaces: object[]};
  expect(workspaces).toMatchObject([
    {
      reconciled: true,
      runs: [{source: 2, items: 1, found: 1, delivered: 1, set_aside: 0, reconciled: true}],
      by_day: {'2026-02-01': {items: 1}},
      by_stream: {messages: {items: 1, delivered: 1, set_aside: 0}},
    },
  ]);
  expect(exit).toBe(0);
  const [day] = since.split('T');
  expect((await printed('report', {path, options: ['--since', day ?? '']})).exit).toBe(1);
  expect((await printed('report', {path, options: ['--since', 'yesterday']})).exit).toBe(1);
});

test('report takes no more memory for many runs with many users', async () => {
  const path = temporaryFolder();
  await write({path}, lines);
  const db = new Database(join(path, '.arctera-archive', workspace, 'ledger.sqlite'));
  const insert = db.prepare('INSERT INTO entries (seq, at, kind, body, hash) VALUES (?, ?, ?, ?, ?)');
  let seq = db.prepare<[], {last: number}>('SELECT max(seq) AS last FROM entries').get()?.last ?? 0;
  const add = (kind: string, body: object): void =>
    void insert.run((seq += 1), '2026-01-15T00:00:00.000Z', kind, JSON.stringify(body), String(seq).padStart(64, '0'));
  const counts = {collected: 1, delivered: 1, duplicate: 0, excluded: 0, set_aside: 0, context: 0};
  const users = Object.fromEntries(Array.from({length: 2_500}, (_, index) => [`user-of-a-bank-${index}`, counts]));
  db.exec('BEGIN');
  for (let run = 0; run < 200; run += 1) {
    const run_id = `run-${run}`;
    add('run_started', {run_id, started_at: '2026-01-15T00:00:00.000Z', policy_version: 'p', versions: {}});
    add('run_report', {run_id, summary: {streams: {messages: {collected: 5_000}}, users, reconciled: true}});
    add('run_ended', {run_id, ended_at: '2026-01-15T00:00:00.000Z', end: 'complete', versions: {}});
  }
  db.exec('COMMIT');
  db.close();
  const config = join(path, 'config.json');
  writeFileSync(config, JSON.stringify({target: {type: 'folder', path}}));
  const program = join(root, 'dist', 'destination-arctera-archive.js');
  const run = runExecutable(process.execPath, ['--max-old-space-size=64', program, 'report', '--config', config]);
  expect([run.status, run.stderr]).toEqual([0, '']);
  expect(run.stdout).toMatch(/run-199 +2026-01-15T00:00:00.000Z +complete +\? +5000 .* yes/);
}, 60_000);

test('report shows no control characters of names from outside', async () => {
  const path = temporaryFolder();
  await write({path}, messageLines({event: 'e1', user: 'user\u001b[2J\nforged'}));
  const {text} = await printed('report', {path});
  expect(text).not.toContain('\u001b');
  expect(text).toContain('user[2J forged');
});

test('status says how far the archive has captured and fails when that is too long ago', async () => {
  const path = temporaryFolder();
  const none = await printed('status', {path, options: ['--max-age', '3h']});
  expect([none.exit, none.text]).toEqual([1, 'Nothing has been archived yet.\n']);
  const now = new Date(Date.now() - 60_000).toISOString();
  await write({path}, messageLines({event: 'e1', at: now}));
  const fresh = await printed('status', {path, options: ['--max-age', '3h']});
  expect([fresh.exit, fresh.text]).toEqual([0, expect.stringContaining(`captured until ${now}`)]);
  const json = await printed('status', {path, options: ['--max-age', '3h', '--format', 'json']});
  expect(JSON.parse(json.text)).toMatchObject({fresh: true, workspaces: [{workspace, captured_until: now}]});
  const old = temporaryFolder();
  await write({path: old}, messageLines({event: 'e1'}));
  const late = await printed('status', {path: old, options: ['--max-age', '3h']});
  expect([late.exit, late.text]).toEqual([1, expect.stringMatching(/captured until 2026-01-15T.* TOO OLD/)]);
  expect((await printed('status', {path: old})).exit).toBe(0);
});

test('status is not blinded by an event that is dated ahead', async () => {
  const path = temporaryFolder();
  await write({path}, messageLines({event: 'e1'}));
  await write({path}, messageLines({event: 'e2', at: '2999-12-31T23:59:59.000000Z'}));
  const late = await printed('status', {path, options: ['--max-age', '3h']});
  expect([late.exit, late.text]).toEqual([1, expect.stringMatching(/captured until 2026-01-15T.* TOO OLD/)]);
});

test('status counts nothing as captured that a run which failed did not archive', async () => {
  const path = temporaryFolder();
  await write({path}, messageLines({event: 'e1'}));
  const now = new Date().toISOString();
  const capture = recordLine('capture_runs', {...captureRunRow('run-2'), window_end: now});
  const promised = [...messageLines({event: 'e2', at: now}), stateLine('messages', {at: 1}, 9), capture];
  expect((await write({path}, promised)).exit).toBe(1);
  expect(itemPaths(path)).toHaveLength(1);
  const late = await printed('status', {path, options: ['--max-age', '3h']});
  expect([late.exit, late.text]).toEqual([1, expect.stringMatching(/captured until 2026-01-15T.* TOO OLD/)]);
});

test('status does not wait for records that named no workspace once', async () => {
  const path = temporaryFolder();
  const streams = ['messages', 'orders'];
  await write({path, streams}, [...messageLines({event: 'e1'}), recordLine('orders', {id: 1})]);
  await write({path, streams}, messageLines({event: 'e2', at: new Date().toISOString()}));
  const {exit, text} = await printed('status', {path, options: ['--max-age', '3h']});
  expect([exit, text]).toEqual([0, expect.stringMatching(/^Workspace ws-1: [^\n]*\n$/)]);
});

/** @param at of what was captured before, in ISO 8601 */
async function expectStatusDuringRun(path: string, at: string): Promise<void> {
  const run = new DestinationProcess('write', {path});
  run.feed([...messageLines({event: 'e1', at}), stateLine('messages', {at: 1}, 1)]);
  await run.until(() => run.told.length === 1);
  const {exit, text} = await printed('status', {path, options: ['--max-age', '1h']});
  expect([exit, text]).toEqual([0, expect.stringContaining(`captured until ${at}`)]);
  run.end();
  expect(await run.ended()).toBe(0);
}

test('status answers while a run holds the ledger', async () => {
  const path = temporaryFolder();
  const now = new Date().toISOString();
  await write({path}, messageLines({event: 'e1', at: now}));
  await expectStatusDuringRun(path, now);
});

test.each([
  ['a power cut left empty', ''],
  ['says nothing', 'null'],
])('a report that %s does not keep status from answering while a run holds the ledger', async (_, content) => {
  const path = temporaryFolder();
  const now = new Date().toISOString();
  await write({path}, messageLines({event: 'e1', at: now}));
  const reports = join(path, '.arctera-archive', 'ws-1', 'reports');
  writeFileSync(join(reports, `2020-01-01T000000.000Z-${randomUUID()}.json`), content);
  await expectStatusDuringRun(path, now);
});

test.each([
  ['19 of 30 records', 19, 11, {}, 0],
  ['20 of 30 records', 20, 10, {}, 1],
  ['20 of 500 records', 20, 480, {}, 0],
  ['5 of 30 records under a stricter limit', 5, 25, {set_aside_records: 5, set_aside_percent: 10}, 1],
])('a run that sets %s aside ends with the right code', async (_, bad, good, config, exit) => {
  const path = temporaryFolder();
  const input = [
    ...messageLines(...Array.from({length: good}, (__, index) => ({event: `e${index}`}))),
    ...Array.from({length: bad}, (__, index) =>
      recordLine('messages', unreadableRow('log-1', index, Buffer.from([0xff])))
    ),
    stateLine('messages', {at: 1}, good + bad),
  ];
  const ended = await write({path, config}, input);
  expect([ended.exit, ended.run.told]).toEqual([exit, ['messages:{"at":1}']]); // all of it is durable
  if (exit === 0) return;
  expect(ended.run.errors[0]).toMatchObject({failure_type: 'system_error'});
  expect(ended.run.errors[0]?.message).toContain(`${bad} of ${bad + good} new records were set aside`);
});
