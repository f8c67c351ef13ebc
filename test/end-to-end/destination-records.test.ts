// Deletions, captured objects, logs and gaps reach the archive as items of their own.
import {expect, test} from '@jest/globals';
import {readArchive, readReports} from './archive-reader';
import {captureRunRow, messageLines, messageRow, recordLine, stateLine, workspace} from './contract-rows';
import {temporaryFolder, verify, write} from './destination-process';
import {sha256Hex} from '../../core/digest';

const streams = ['messages', 'audit_logs', 'memories', 'capture_runs'];

function logRow(id: string, event: object): object {
  const text = JSON.stringify({event_id: id, type: 'AUDIT_LOG', timestamp: '2026-01-16T09:00:00Z', ...event});
  return {...messageRow({event: id}), event: text, event_sha256: sha256Hex(text), conversation_id: undefined};
}

function memoryRow(capturedAt: string, content: string): object {
  const object = {id: 'user-ada', memory_contexts: [{memory_entries: [{id: 'm', content}]}]};
  const text = JSON.stringify(object);
  return {
    ...object,
    workspace_id: workspace,
    object_json: text,
    object_sha256: sha256Hex(text),
    captured_at: capturedAt,
  };
}

const deletion = {action: 'CONVERSATION_DELETE', action_result: 'SUCCESS', action_data: {conversation_id: 'conv-1'}};

test('a deletion joins the thread of its conversation, and a gap leaves a notice', async () => {
  const path = temporaryFolder();
  const lines = [
    ...messageLines({event: 'e1', title: 'Budget'}),
    recordLine('audit_logs', logRow('a1', deletion)),
    recordLine('audit_logs', logRow('a2', {action: 'LOGIN'})),
    recordLine('capture_runs', {...captureRunRow('run-1'), retention_gap: {from: 'A', to: 'B'}}),
    recordLine('capture_runs', captureRunRow('run-2')),
  ];
  const {exit} = await write({path, streams}, lines);
  expect(exit).toBe(0);
  const items = await readArchive(path);
  expect(items.map(({kind}) => kind).sort()).toEqual(['log', 'messages', 'notice', 'tombstone']);
  const [conversation] = items.filter(({kind}) => kind === 'messages');
  const [tombstone] = items.filter(({kind}) => kind === 'tombstone');
  expect(tombstone?.references).toBe(conversation?.references);
  expect(tombstone?.subject).toBe(conversation?.subject);
  expect(await verify(path)).toBe(0);
});

test.each([
  ['first', (ours: string[], others: string[]) => [...others, ...ours]],
  ['last', (ours: string[], others: string[]) => [...ours, ...others]],
])('a stream of the name of ours in another namespace is none of ours, and disturbs none: %s', async (_, order) => {
  const path = temporaryFolder();
  const inNamespace = (namespace: string, lines: readonly string[]): string[] =>
    lines.map((line) => line.replace('{"stream":', `{"namespace":"${namespace}","stream":`));
  const specs = [{event: 'e1'}, {event: 'e2', author: 'assistant', after: 'msg-e1'}] as const;
  const ours = [...messageLines(...specs), recordLine('audit_logs', logRow('log-1', {}))];
  const others = [
    recordLine('messages', {id: 1, workspace_id: workspace}),
    recordLine('audit_logs', {id: 2, workspace_id: workspace}),
  ];
  const lines = order(inNamespace('chatgpt', ours), inNamespace('desk', others));
  const {exit} = await write({path, streams}, lines);
  expect(exit).toBe(0);
  const kinds = (await readArchive(path)).map(({kind, originals}) => `${kind} ${originals.length}`);
  expect(kinds.sort()).toEqual(['batch 1', 'batch 1', 'log 1', 'messages 2']);
  expect(await verify(path)).toBe(0);
});

test('a first row that is not what its stream is of decides for itself alone', async () => {
  const path = temporaryFolder();
  const lines = [
    recordLine('messages', {workspace_id: workspace, event_id: 'e0'}),
    recordLine('messages', {workspace_id: workspace, event_id: 'e00'}),
    ...messageLines({event: 'e1'}, {event: 'e2', author: 'assistant', after: 'msg-e1'}),
    stateLine('messages', {at: 1}, 4),
  ];
  const {exit, run} = await write({path, streams}, lines);
  expect([exit, run.told]).toEqual([0, ['messages:{"at":1}']]);
  const kinds = (await readArchive(path)).map(({kind, originals}) => `${kind} ${originals.length}`);
  expect(kinds.sort()).toEqual(['batch 2', 'messages 2']);
  expect(await verify(path)).toBe(0);
});

test('an object that a later pass finds unchanged is archived once, a changed one again', async () => {
  const path = temporaryFolder();
  const archive = async (capturedAt: string, content: string): Promise<number> => {
    const {exit} = await write({path, streams}, [recordLine('memories', memoryRow(capturedAt, content))]);
    expect(exit).toBe(0);
    return (await readArchive(path)).length;
  };
  expect(await archive('2026-01-15T00:00:00Z', 'tea')).toBe(1);
  expect(await archive('2026-01-16T00:00:00Z', 'tea')).toBe(1);
  expect(await archive('2026-01-17T00:00:00Z', 'coffee')).toBe(2);
});

test('a captured object is archived once, whatever the connection puts before the names of its streams', async () => {
  const path = temporaryFolder();
  const counts: unknown[] = [];
  for (const prefix of ['corp_', '', 'other_']) {
    const stream = `${prefix}memories`;
    const row = memoryRow(`2026-01-1${counts.length + 5}T00:00:00Z`, 'likes tea');
    const {exit} = await write({path, streams: [stream]}, [recordLine(stream, row), stateLine(stream, 1, 1)]);
    expect(exit).toBe(0);
    const {delivered, duplicate} = readReports(path).at(-1)?.streams[stream] ?? {};
    counts.push([delivered, duplicate]);
  }
  expect(counts).toEqual([
    [1, 0],
    [0, 1],
    [0, 1],
  ]);
  expect(await readArchive(path)).toHaveLength(1);
  expect(await verify(path)).toBe(0);
});
