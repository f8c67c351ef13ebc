// The policy over records that are no messages, and over items in several formats.
import {readdirSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {sha256Hex} from '../../core/digest';
import {readArchive} from './archive-reader';
import {chunkRows, fileRow, messageLines, messageRow, recordLine, workspace} from './contract-rows';
import {temporaryFolder, verify, write} from './destination-process';

const card = '4111 1111 1111 1111';
const streams = ['messages', 'audit_logs', 'memories'];

function memoryRow(content: string): object {
  const object = {id: 'user-ada', memory_contexts: [{memory_entries: [{id: 'm', content}]}]};
  const text = JSON.stringify(object);
  return {
    ...object,
    workspace_id: workspace,
    object_json: text,
    object_sha256: sha256Hex(text),
    captured_at: '2026-01-15T00:00:00Z',
  };
}

function logRow(id: string, event: object): object {
  const text = JSON.stringify({event_id: id, type: 'AUDIT_LOG', timestamp: '2026-01-16T09:00:00Z', ...event});
  return {...messageRow({event: id}), event: text, event_sha256: sha256Hex(text), conversation_id: undefined};
}

function filesOf(path: string): string[] {
  return readdirSync(path, {recursive: true, encoding: 'utf8'})
    .filter((name) => /\.(?:eml|rsmf|zip)$/.test(name))
    .sort();
}

test('documents, tombstones and logs are masked and counted one by one, and stay what they are', async () => {
  const path = temporaryFolder();
  const config = {rules: [{name: 'mask', redact: ['payment_card'], tags: ['seen']}]};
  const deletion = {action: 'CONVERSATION_DELETE', action_result: 'SUCCESS', action_data: {conversation_id: 'conv-1'}};
  const {exit} = await write({path, streams, config}, [
    ...messageLines({event: 'e1', title: `Card ${card}`}),
    recordLine('audit_logs', logRow('a1', deletion)),
    recordLine('audit_logs', logRow('a2', {action: 'LOGIN', action_data: {note: `${card} and ${card}`}})),
    recordLine('memories', memoryRow(`my card is "${card}"`)),
  ]);
  expect(exit).toBe(0);
  const items = await readArchive(path);
  expect(items.map(({kind}) => kind).sort()).toEqual(['document', 'log', 'messages', 'tombstone']);
  for (const {text, subject, originals} of items) expect([text, subject, ...originals].join()).not.toContain('4111');
  const of = (kind: string): (typeof items)[number] => items.find((item) => item.kind === kind)!;
  expect(of('document').text).toContain('my card is "[redacted payment card]"');
  expect(of('tombstone').subject).toBe(of('messages').subject);
  expect(of('log').text).toContain('2 payment card (masked by policy)');
  expect(of('tombstone').text).not.toContain('masked by policy');
  expect(of('tombstone').text).toContain('seen');
  const [row = ''] = of('document').originals;
  const {object_json: object} = JSON.parse(row) as {object_json: string};
  expect(JSON.parse(object)).toMatchObject({id: 'user-ada'});
  expect(await verify(path)).toBe(0);
});

test('each target gets an item in every format, the same bytes in each', async () => {
  const path = temporaryFolder();
  const other = temporaryFolder();
  const config = {
    formats: ['eml', 'rsmf', 'text_delimited'],
    additional_targets: [{name: 'other', target: {type: 'folder', path: other}}],
    rules: [{name: 'both', targets: ['default', 'other']}],
    routing_mode: 'copy_per_match',
  };
  const bytes = Buffer.alloc(2_500_000, 'uploaded');
  const {exit} = await write({path, config}, [
    ...messageLines({event: 'e1', files: ['f1']}),
    recordLine('files', fileRow({file: 'f1', event: 'e1', bytes})),
    ...chunkRows({file: 'f1', event: 'e1', bytes}).map((row) => recordLine('file_chunks', row)),
  ]);
  expect(exit).toBe(0);
  const names = filesOf(path);
  expect(names.map((name) => name.replace(/^.*?\./, ''))).toEqual(['eml', 'rsmf', 'td.zip']);
  expect(filesOf(other)).toEqual(names);
  for (const name of names) expect(readFileSync(join(other, name)).equals(readFileSync(join(path, name)))).toBe(true);
  expect(await verify(path, config)).toBe(0);
  rmSync(join(other, names[1]!));
  expect(await verify(path, config)).not.toBe(0);
});
