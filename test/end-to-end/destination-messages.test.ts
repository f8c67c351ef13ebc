// Messages through the whole destination: grouping, order, repeats, conflicts and what cannot be read.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {itemPaths, readArchive, readOriginals, readReports, readSetAside} from './archive-reader';
import {
  captureRunRow,
  conversationRow,
  messageLines,
  messageRow,
  type MessageSpec,
  recordLine,
  stateLine,
  unreadableRow,
  userRow,
  workspace,
} from './contract-rows';
import {DestinationProcess, temporaryFolder, verify, write} from './destination-process';

const twoDays: MessageSpec[] = [
  {event: 'e1', at: '2026-01-15T22:30:00.000000Z', logFile: 'log-1'},
  {event: 'e2', at: '2026-01-15T23:30:00.000000Z', logFile: 'log-1', author: 'assistant', after: 'msg-e1'},
  {event: 'e3', at: '2026-01-16T09:00:00.000000Z', logFile: 'log-1'},
  {event: 'e4', at: '2026-01-16T09:10:00.000000Z', logFile: 'log-2'},
  {event: 'e5', at: '2026-01-16T09:10:00.000000Z', logFile: 'log-2', conversation: 'conv-2'},
];

function eventsOf(specs: readonly MessageSpec[]): string[] {
  return specs.map((spec) => messageRow(spec).event);
}

test.each([
  [{}, ['e1 e2', 'e3 e4', 'e5']],
  [{time_zone: 'Europe/Paris'}, ['e1', 'e2 e3 e4', 'e5']],
  [{grouping: 'conversation_window'}, ['e1 e2 e3', 'e4', 'e5']],
  [{grouping: 'interaction'}, ['e1 e2', 'e3', 'e4', 'e5']],
  [{grouping: 'message'}, ['e1', 'e2', 'e3', 'e4', 'e5']],
])('messages are grouped as %j asks', async (config, groups) => {
  const path = temporaryFolder();
  const {exit, run} = await write({path, config}, [...messageLines(...twoDays), stateLine('messages', {at: 1}, 5)]);
  expect(exit).toBe(0);
  expect(run.stderr).toBe('');
  expect(run.told).toEqual(['messages:{"at":1}']);
  expect(run.states[0]).toMatchObject({id: 7, type: 'STREAM', destinationStats: {recordCount: 5}});
  const items = await readArchive(path);
  const found = items.map(({originals}) =>
    originals.map((line) => (JSON.parse(line) as {event_id: string}).event_id).join(' ')
  );
  expect(found.sort()).toEqual(groups);
  expect((await readOriginals(path)).join('\n')).toBe(eventsOf(twoDays).sort().join('\n'));
  expect(await verify(path)).toBe(0);
});

test('interactions are put together from shuffled arrivals; a response that comes in a later run stands alone', async () => {
  const answer = (event: string, after: string, at: number): MessageSpec => {
    return {event, author: 'assistant', after, at: `2026-01-15T09:3${at}:00.000000Z`};
  };
  const specs: MessageSpec[] = [
    {event: 'p1'},
    answer('a1', 'msg-p1', 1),
    {event: 'p2', after: 'msg-a1', at: '2026-01-15T09:32:00.000000Z'},
    answer('b1', 'msg-p1', 3),
    answer('a2', 'msg-p2', 4),
  ];
  const read = async (order: readonly number[]): Promise<[string, string[]][]> => {
    const path = temporaryFolder();
    const config = {grouping: 'interaction'};
    await write({path, config}, messageLines(...order.flatMap((index) => specs[index] ?? [])));
    await write({path, config}, messageLines(answer('late', 'msg-p1', 5)));
    expect(await verify(path)).toBe(0);
    const items = await readArchive(path);
    expect(new Set(items.map(({references}) => references)).size).toBe(1);
    return items.map((item) => [
      item.path,
      item.originals.map((line) => (JSON.parse(line) as {event_id: string}).event_id),
    ]);
  };
  const items = await read([0, 1, 2, 3, 4]);
  expect(items.map(([, events]) => events.join(' ')).sort()).toEqual(['late', 'p1 a1 b1', 'p2 a2']);
  expect(await read([4, 1, 3, 0, 2])).toEqual(items);
});

test('a thread is in order, branch by branch, versions together', async () => {
  const path = temporaryFolder();
  const at = (minute: number): string => `2026-01-15T09:${String(minute).padStart(2, '0')}:00.000000Z`;
  const specs: MessageSpec[] = [
    {event: 'answer-2', message: 'm3', after: 'm1b', author: 'assistant', at: at(4)},
    {event: 'prompt', message: 'm1', at: at(1)},
    {event: 'answer-1', message: 'm2', after: 'm1', author: 'assistant', at: at(2)},
    {event: 'follow-up', message: 'm4', after: 'm2', at: at(5)},
    {event: 'edited', message: 'm1b', after: 'm0', at: at(3)},
    {event: 'answer-1-later', message: 'm2', after: 'm1', author: 'assistant', at: at(6), text: 'the later version'},
  ];
  await write({path}, messageLines(...specs));
  const [item] = await readArchive(path);
  const order = item?.originals.map((line) => (JSON.parse(line) as {event_id: string}).event_id);
  expect(order).toEqual(['prompt', 'answer-1', 'answer-1-later', 'follow-up', 'edited', 'answer-2']);
  expect(item?.text).toContain('Version 2 of 2');
  expect(item?.text.indexOf('text of prompt')).toBeLessThan(item?.text.indexOf('the later version') ?? -1);
});

test('repeats in one run and across runs change nothing', async () => {
  const path = temporaryFolder();
  const lines = messageLines(...twoDays);
  const first = await write({path}, [...lines, ...lines, stateLine('messages', {at: 1}, 10)]);
  expect(first.run.told).toEqual(['messages:{"at":1}']);
  const before = itemPaths(path);
  const second = await write({path}, [...lines, stateLine('messages', {at: 2}, 5)]);
  expect(second.exit).toBe(0);
  expect(second.run.told).toEqual(['messages:{"at":2}']);
  expect(itemPaths(path)).toEqual(before);
  expect(await readOriginals(path)).toEqual(eventsOf(twoDays).sort());
});

test('an event id that comes with other bytes is set aside, in the same run and in a later one', async () => {
  const path = temporaryFolder();
  const [first, held, later] = ['one', 'two', 'three'].map((text) => messageRow({event: 'e1', text}));
  const lines = [first, held].map((row) => recordLine('messages', row ?? {}));
  const {run} = await write({path}, [...lines, ...lines, stateLine('messages', 1, 4)]);
  expect(run.told).toEqual(['messages:1']);
  expect(run.states[0]?.destinationStats).toEqual({recordCount: 3, rejectedRecordCount: 1});
  await write({path}, [recordLine('messages', later ?? {}), recordLine('messages', held ?? {})]);
  expect(await readOriginals(path)).toEqual([first?.event]);
  const aside = readSetAside(path, workspace);
  expect(aside.map(({code}) => code)).toEqual(['event_id_conflict', 'event_id_conflict']);
  expect(aside.map(({record}) => (JSON.parse(record) as {event: string}).event).sort()).toEqual(
    [held?.event, later?.event].sort()
  );
  expect(await verify(path)).toBe(0);
});

test('an unreadable line is set aside with its bytes; another one of the same id too', async () => {
  const path = temporaryFolder();
  const row = unreadableRow('log-1', 3, Buffer.from([0xff, 0x7b]));
  const other = unreadableRow('log-1', 3, Buffer.from([0xfe]));
  const keptWhenTold: number[] = [];
  const run = new DestinationProcess('write', {path}, () => keptWhenTold.push(readSetAside(path, workspace).length));
  run.feed([
    recordLine('messages', row),
    recordLine('messages', row),
    recordLine('messages', other),
    stateLine('messages', 1, 3),
  ]);
  run.end();
  expect(await run.ended()).toBe(0);
  expect(run.told).toEqual(['messages:1']);
  expect(keptWhenTold).toEqual([2]);
  expect(run.states[0]?.destinationStats).toEqual({recordCount: 1, rejectedRecordCount: 2});
  expect(readReports(path).at(-1)?.streams['messages']).toMatchObject({collected: 3, set_aside: 2, duplicate: 1});
  expect(itemPaths(path)).toEqual([]);
  const kept = readSetAside(path, workspace).map(({record}) => (JSON.parse(record) as {event: string}).event);
  expect(kept.sort()).toEqual([other.event, row.event].sort());
  const again = await write({path}, [recordLine('messages', other), recordLine('messages', row)]);
  expect(again.exit).toBe(0);
  expect(readReports(path).at(-1)?.streams['messages']).toMatchObject({collected: 2, set_aside: 0, duplicate: 2});
  expect(readSetAside(path, workspace)).toHaveLength(2);
  expect(await verify(path)).toBe(0);
});

test('an event that is not JSON is archived as it is', async () => {
  const path = temporaryFolder();
  const row = messageRow({event: 'e1'});
  const text = 'not JSON at all';
  const {sha256Hex} = await import('../../core/digest');
  const strange = {...row, event: text, event_sha256: sha256Hex(text)};
  const {exit} = await write({path}, [recordLine('messages', strange)]);
  expect(exit).toBe(0);
  expect(await readOriginals(path)).toEqual([text]);
});

test('one event id in two log streams is one record', async () => {
  const path = temporaryFolder();
  const row = messageRow({event: 'e1'});
  const {exit, run} = await write({path}, [
    recordLine('messages', row),
    recordLine('audit_logs', row),
    recordLine('other_logs', row),
    stateLine('audit_logs', 1, 1),
  ]);
  expect(exit).toBe(0);
  expect(run.told).toEqual(['audit_logs:1']);
  expect(await readOriginals(path)).toEqual([row.event]);
});

test('an altered event ends the run and its state is not told', async () => {
  const path = temporaryFolder();
  const row = messageRow({event: 'e1'});
  const altered = {...row, event: row.event.replace('Budget', 'budget')};
  const {exit, run} = await write({path}, [recordLine('messages', altered), stateLine('messages', 1, 1)]);
  expect(exit).toBe(1);
  expect(run.told).toEqual([]);
  expect(run.errors).toMatchObject([{failure_type: 'system_error', internal_message: 'IntegrityError event_altered'}]);
});

test('a stream prefix changes nothing', async () => {
  const path = temporaryFolder();
  const row = messageRow({event: 'e1'});
  const streams = ['pfx_messages', 'pfx_files', 'pfx_file_chunks'];
  const {run} = await write({path, streams}, [recordLine('pfx_messages', row), stateLine('pfx_messages', 1, 1)]);
  expect(run.told).toEqual(['pfx_messages:1']);
  expect(await readArchive(path)).toMatchObject([{kind: 'messages', originals: [row.event]}]);
});

test('users give their names to later items, in the same run and in a later one', async () => {
  const path = temporaryFolder();
  const spec: MessageSpec = {event: 'e1', email: null};
  const {run} = await write({path}, [
    recordLine('users', userRow('user-ada', 'Ada Example', 'ada@corp.test')),
    recordLine('conversations', conversationRow('conv-1')),
    recordLine('capture_runs', captureRunRow('run-1')),
    ...['users', 'conversations', 'capture_runs'].map((stream) => stateLine(stream, 1, 1)),
    ...messageLines(spec),
  ]);
  expect(run.told.sort()).toEqual(['capture_runs:1', 'conversations:1', 'users:1']);
  await write({path}, messageLines({...spec, event: 'e2'}));
  const items = await readArchive(path);
  expect(items.map(({from}) => from)).toEqual(Array(2).fill('"Ada Example" <ada@corp.test>'));
});

test('the subject stays when the title changes', async () => {
  const path = temporaryFolder();
  await write({path}, messageLines({event: 'e1', title: 'Budget'}));
  await write({path}, messageLines({event: 'e2', title: 'Something else'}));
  const items = await readArchive(path);
  expect(items).toHaveLength(2);
  expect(new Set(items.map(({subject}) => subject)).size).toBe(1);
  expect(items[0]?.subject).toMatch(/^Budget \[/);
  expect(new Set(items.map(({references}) => references)).size).toBe(1);
});

test('two workspaces in one sync lie apart, each with its ledger', async () => {
  const path = temporaryFolder();
  const lines = messageLines({event: 'e1', workspace: 'ws-1'}, {event: 'e1', workspace: 'ws-2', text: 'theirs'});
  const {run} = await write({path}, [...lines, stateLine('messages', 1, 2)]);
  expect(run.told).toEqual(['messages:1']);
  expect(new Set(itemPaths(path).map((each) => each.split('/')[0]))).toEqual(new Set(['ws-1', 'ws-2']));
  expect(await verify(path)).toBe(0);
});

test('a record without a workspace goes to the default one', async () => {
  const path = temporaryFolder();
  const row: Record<string, unknown> = {...messageRow({event: 'e1'})};
  delete row['workspace_id'];
  await write({path}, [recordLine('messages', row)]);
  expect(itemPaths(path)).toEqual([expect.stringMatching(/^default\//)]);
});

test('identical inputs give byte-identical items', async () => {
  const read = async (): Promise<Record<string, string>> => {
    const path = temporaryFolder();
    await write({path}, messageLines(...twoDays));
    return Object.fromEntries(itemPaths(path).map((each) => [each, readFileSync(join(path, each), 'latin1')]));
  };
  const first = await read();
  expect(Object.keys(first)).toHaveLength(3);
  expect(await read()).toEqual(first);
});
