// The policy over records that are no messages, and over items in several formats.
import {readdirSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {sha256Hex} from '../../core/digest';
import {readArchive, readReports} from './archive-reader';
import {chunkRows, fileRow, messageLines, messageRow, recordLine, stateLine, workspace} from './contract-rows';
import {DestinationProcess, temporaryFolder, verify, write} from './destination-process';

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

test.each(['set_aside', 'exclude'] as const)(
  'a late file whose message nobody knows has one outcome with its bytes: %s',
  async (disposition) => {
    const path = temporaryFolder();
    const config = {rules: [{name: 'late', streams: ['files'], disposition}], set_aside_percent: 100};
    const spec = {file: 'f1', event: 'e-unknown', bytes: Buffer.from('what was uploaded')};
    const lines = [
      recordLine('files', fileRow(spec)),
      ...chunkRows(spec).map((row) => recordLine('file_chunks', row)),
      stateLine('files', 1),
      stateLine('file_chunks', 1),
    ];
    const settings = {path, config, streams: ['files', 'file_chunks']};
    const {exit, run} = await write(settings, lines);
    expect([exit, run.told.sort()]).toEqual([0, ['file_chunks:1', 'files:1']]);
    const counted = {collected: 1, duplicate: 0, [disposition === 'exclude' ? 'excluded' : 'set_aside']: 1};
    expect(readReports(path).at(-1)?.streams).toMatchObject({files: counted, file_chunks: counted});
    expect(await readArchive(path)).toEqual([]);
    const folder = join(path, '.arctera-archive', workspace, 'set-aside');
    const kept = readdirSync(folder).filter((name) => name.endsWith('.bytes'));
    expect(kept).toEqual(disposition === 'exclude' ? [] : [`${sha256Hex(spec.bytes)}.bytes`]);
    expect((await write(settings, lines)).exit).toBe(0);
    expect(await readArchive(path)).toEqual([]);
    expect(await verify(path)).toBe(0);
  }
);

test('files of an object that the policy left out are left out too, however long after it they come', async () => {
  const path = temporaryFolder();
  const gpt = (id: string): object => {
    const text = JSON.stringify({id, owner_id: 'user-ada', latest_config: {data: [{name: `secret ${id}`}]}});
    const row = {workspace_id: workspace, object_json: text, object_sha256: sha256Hex(text)};
    return {...(JSON.parse(text) as object), ...row, captured_at: '2026-01-15T00:00:00Z'};
  };
  const spec = {file: 'f1', event: 'gpts:g-1', bytes: Buffer.from('knowledge')};
  const owner = {owner_stream: 'gpts', owner_id: 'g-1', owner_name: 'secret g-1', conversation_id: null};
  const config = {rules: [{name: 'secret', streams: ['gpts'], patterns: ['secret'], disposition: 'exclude'}]};
  const run = new DestinationProcess('write', {path, config, streams: ['gpts', 'files', 'file_chunks']});
  // So many that their batch is full and goes before the file comes.
  run.feed(Array.from({length: 1_001}, (_, at) => recordLine('gpts', gpt(`g-${at}`))));
  run.feed([stateLine('gpts', 1)]);
  await run.until(() => run.told.includes('gpts:1'));
  run.feed(chunkRows(spec).map((row) => recordLine('file_chunks', row)));
  run.feed([recordLine('files', {...fileRow(spec), ...owner}), stateLine('files', 1)]);
  run.end();
  expect(await run.ended()).toBe(0);
  expect(await readArchive(path)).toEqual([]);
  const report = readReports(path).at(-1);
  expect(report?.streams).toMatchObject({files: {excluded: 1}, file_chunks: {excluded: 1}});
  expect(report).toMatchObject({left_out_by_rule: {secret: 1_003}});
});
