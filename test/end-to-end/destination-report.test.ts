// The report of a run: what it counts, whether the source counted the same, and what the source says of its own read.
import {expect, test} from '@jest/globals';
import {readReports, type RunReport} from './archive-reader';
import {
  captureRunRow,
  chunkRows,
  fileRow,
  type FileSpec,
  messageLines,
  messageRow,
  recordLine,
  stateLine,
  unreadableRow,
  userRow,
} from './contract-rows';
import {DestinationProcess, temporaryFolder, write} from './destination-process';

const bytes = Buffer.from('bytes');
const file: FileSpec = {file: 'file-a', event: 'e1', bytes};

/** Two people, a repeat, an unreadable line, a file: one record of each outcome but `excluded`. */
const lines = [
  recordLine('users', userRow('user-ada', 'Ada', 'ada@corp.test')),
  ...messageLines({event: 'e1', files: ['file-a']}, {event: 'e2', user: 'user-bob'}, {event: 'e1', files: ['file-a']}),
  recordLine('messages', unreadableRow('log-1', 4, Buffer.from([0xff]))),
  ...chunkRows(file).map((chunk) => recordLine('file_chunks', chunk)),
  recordLine('files', fileRow(file)),
];

const counted = {
  records: {users: 1, messages: 4, file_chunks: 1, files: 1},
  files_by_outcome: {captured: 1},
  events: 3,
  repeated_events: 1,
  unreadable_lines: 1,
};

async function reportOf(input: readonly string[], streams?: readonly string[]): Promise<[RunReport, string]> {
  const path = temporaryFolder();
  const {exit, run} = await write({path, ...(streams === undefined ? {} : {streams})}, input);
  expect(exit).toBe(0);
  return [readReports(path).at(-1) as RunReport, run.logText];
}

function captureRun(facts: object): string {
  return recordLine('capture_runs', {...captureRunRow('run-1'), ...counted, ...facts});
}

test('collected is the sum of the outcomes, by stream and by user', async () => {
  const [report] = await reportOf([...lines, captureRun({})]);
  expect(report.complete).toBe(true);
  const none = {delivered: 0, duplicate: 0, excluded: 0, set_aside: 0, context: 0};
  expect(report.streams).toEqual({
    capture_runs: {...none, collected: 1, context: 1},
    file_chunks: {...none, collected: 1, context: 1},
    files: {...none, collected: 1, context: 1},
    messages: {...none, collected: 4, delivered: 2, duplicate: 1, set_aside: 1},
    users: {...none, collected: 1, context: 1},
  });
  expect(report.users).toEqual({
    'user-ada': {...none, collected: 4, delivered: 1, duplicate: 1, context: 2},
    'user-bob': {...none, collected: 1, delivered: 1},
    '(no user)': {...none, collected: 3, set_aside: 1, context: 2},
  });
  expect(report.files).toEqual({captured: 1});
  expect(report.items).toEqual({messages: 1});
});

test('users beyond some thousands are counted together', async () => {
  const specs = Array.from({length: 5_200}, (_, index) => ({event: `e${index}`, user: `user-${index}`}));
  const [report] = await reportOf(messageLines(...specs));
  expect(Object.keys(report.users)).toHaveLength(5_001);
  expect(report.users['(others)']?.['delivered']).toBe(200);
});

test('what a run that was cut off left without an outcome is counted', async () => {
  const path = temporaryFolder();
  const run = new DestinationProcess('write', {path});
  run.feed([...lines, stateLine('users', 1, 1)]);
  await run.until(() => run.told.includes('users:1'));
  run.kill('SIGTERM');
  expect(await run.ended()).toBe('SIGTERM');
  const report = readReports(path).at(-1);
  expect(report?.complete).toBe(false);
  expect(report?.streams['messages']).toMatchObject({collected: 4, set_aside: 1, without_outcome: 3});
  expect(report?.users['user-bob']).toMatchObject({collected: 1, without_outcome: 1});
  expect(report?.reconciled).toBeNull();
  expect(report?.unreconciled).toBeUndefined();
});

test('a transfer that was cut off makes the run incomplete', async () => {
  const [report] = await reportOf([
    ...messageLines({event: 'e1'}),
    ...chunkRows({...file, bytes: Buffer.alloc(300_000)})
      .slice(0, 1)
      .map((chunk) => recordLine('file_chunks', chunk)),
  ]);
  expect(report).toMatchObject({complete: false, incomplete_transfers: 1});
  expect(report.streams['file_chunks']).toMatchObject({collected: 1, without_outcome: 1});
});

test.each([
  ['as they are', ''],
  ['with a prefix before their names', 'pfx_'],
])('a source that counted the same is reconciled, with its streams %s', async (_, prefix) => {
  const named = [...lines, captureRun({})].map((line) => line.replace('"stream":"', `"stream":"${prefix}`));
  const streams = ['users', 'messages', 'files', 'file_chunks', 'capture_runs'].map((name) => prefix + name);
  const [report, log] = await reportOf(named, streams);
  expect(report.reconciled).toBe(true);
  expect(report.unreconciled).toBeUndefined();
  expect(log).toContain('The source counted the same.');
  expect(log).not.toContain('Unreconciled');
});

test.each([
  [
    'more records',
    {records: {...counted.records, messages: 5}},
    [{count: 'records of messages', source: 5, destination: 4}],
  ],
  [
    'fewer records',
    {records: {users: 1, messages: 4, file_chunks: 1}},
    [{count: 'records of files', source: 0, destination: 1}],
  ],
  [
    'another stream',
    {records: {...counted.records, audit_logs: 2}},
    [{count: 'records of audit_logs', source: 2, destination: 0}],
  ],
  [
    'other outcomes of files',
    {files_by_outcome: {expired: 1}},
    [
      {count: 'files captured', source: 0, destination: 1},
      {count: 'files expired', source: 1, destination: 0},
    ],
  ],
  [
    'another number of unreadable lines',
    {events: 4, unreadable_lines: 0},
    [{count: 'unreadable lines', source: 0, destination: 1}],
  ],
])('a source that counted %s is not', async (_, facts, unreconciled) => {
  const [report, log] = await reportOf([...lines, captureRun(facts)]);
  expect(report.reconciled).toBe(false);
  expect(report.unreconciled).toEqual(unreconciled.map((each) => ({workspace_id: 'ws-1', ...each})));
  for (const {count, source, destination} of unreconciled) {
    expect(log).toContain(`${count}: source ${source}, here ${destination}`);
  }
  expect(log.match(/Unreconciled/g)).toHaveLength(1);
});

test('a count of the source that does not come is unreconciled, unless its stream is not selected', async () => {
  const [report, log] = await reportOf(lines);
  expect(report.reconciled).toBe(false);
  expect(report.unreconciled).toEqual([{workspace_id: 'ws-1', count: 'capture_runs', source: null, destination: 7}]);
  expect(log).toContain("workspace ws-1: the source's count is missing, 7 records came");
  const [unselected, quiet] = await reportOf(lines, ['users', 'messages', 'files', 'file_chunks']);
  expect(unselected.reconciled).toBeNull();
  expect(quiet).not.toContain('Unreconciled');
});

test('a replay from a cache says nothing of this run', async () => {
  const [report] = await reportOf([...messageLines({event: 'e1'}), captureRun({_airbyte_raw_id: 'r'})]);
  expect(report.reconciled).toBeNull();
});

test('each workspace is compared with its own source', async () => {
  const path = temporaryFolder();
  const two = (workspace: string, messages: number): string =>
    recordLine('capture_runs', {...captureRunRow(workspace), workspace_id: workspace, records: {messages}, events: 1});
  await write({path}, [
    ...messageLines({event: 'e1'}, {event: 'e2', workspace: 'ws-2'}),
    two('ws-1', 1),
    two('ws-2', 3),
  ]);
  expect(readReports(path).at(-1)?.unreconciled).toEqual([
    {workspace_id: 'ws-2', count: 'records of messages', source: 3, destination: 1},
  ]);
});

test('what the source says of its own read is in the report and in the log', async () => {
  const gap = {from: '2025-12-01T00:00:00Z', to: '2025-12-10T00:00:00Z'};
  const unverified = [{id: 'log-7', expected_sha256: 'a', actual_sha256: 'b'}];
  const [report, log] = await reportOf([
    ...lines,
    captureRun({retention_gap: gap, files_waiting: 9, files_at_risk: 3, unverified_log_files: unverified}),
  ]);
  expect(report.capture_runs).toEqual([
    {
      workspace_id: 'ws-1',
      run_ids: ['run-1'],
      records: {users: 1, messages: 4, file_chunks: 1, files: 1},
      window_end: null,
      lag_seconds: null,
      lag_by_stream: {},
      unreadable_lines: 1,
      files_waiting: 9,
      files_at_risk: 3,
      retention_gaps: [gap],
      unverified_log_files: unverified,
    },
  ]);
  expect(log).toContain(
    'source: 3 files at risk, a period had left retention before it was read, 1 log files unverified'
  );
});

test('the report names no text of a message', async () => {
  const [report] = await reportOf([...lines, captureRun({})]);
  expect(JSON.stringify(report)).not.toContain('text of e1');
  expect(messageRow({event: 'e1'}).event).toContain('text of e1');
});
