// Formats together, headers from the configuration, and several connections into one archive.
import {readdirSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {simpleParser} from 'mailparser';
import {unzipSync} from 'fflate';
import {readArchive} from './archive-reader';
import {chunkRows, fileRow, messageLines, messageRow, recordLine, stateLine, workspace} from './contract-rows';
import {DestinationProcess, temporaryFolder, verify, write} from './destination-process';

const formats = ['eml', 'rsmf', 'text_delimited'];
const upload = Buffer.alloc(2_500_000, 'uploaded');

function conversationLines(): string[] {
  return [
    ...messageLines({event: 'e1', files: ['f1']}, {event: 'e2', author: 'assistant', after: 'msg-e1', text: '**yes**'}),
    recordLine('files', fileRow({file: 'f1', event: 'e1', bytes: upload})),
    ...chunkRows({file: 'f1', event: 'e1', bytes: upload}).map((row) => recordLine('file_chunks', row)),
  ];
}

function itemFiles(path: string, of = workspace): string[] {
  return readdirSync(join(path, of), {recursive: true, encoding: 'utf8'})
    .filter((name) => /\.(?:eml|rsmf|zip)$/.test(name))
    .sort();
}

test('an item is delivered in every format, with the same upload in each, and verify proves them all', async () => {
  const path = temporaryFolder();
  const {exit} = await write({path, config: {formats}}, conversationLines());
  expect(exit).toBe(0);
  const names = itemFiles(path);
  const [eml = '', rsmf = '', zip = ''] = names.map((name) => join(path, workspace, name));
  expect(names.map((name) => name.replace(/^.*?\./, ''))).toEqual(['eml', 'rsmf', 'td.zip']);
  const [item] = await readArchive(path);
  expect(item?.attachments[0]?.content.equals(upload)).toBe(true);
  const inRsmf = unzipSync((await simpleParser(readFileSync(rsmf))).attachments[0]!.content);
  expect(Buffer.from(inRsmf['f1.bin']!).equals(upload)).toBe(true);
  expect(Buffer.from(unzipSync(readFileSync(zip))['f1.bin']!).equals(upload)).toBe(true);
  expect(await verify(path)).toBe(0);
  expect(eml).toMatch(/\.eml$/);
  rmSync(rsmf);
  expect(await verify(path)).not.toBe(0);
});

test('a ledger that is made anew knows the copies', async () => {
  const path = temporaryFolder();
  await write({path, config: {formats}}, conversationLines());
  rmSync(join(path, '.arctera-archive'), {recursive: true});
  const rebuild = new DestinationProcess('rebuild-ledger', {path});
  rebuild.end();
  expect(await rebuild.ended()).toBe(0);
  expect(await verify(path)).toBe(0);
  rmSync(join(path, workspace, itemFiles(path)[2]!));
  expect(await verify(path)).not.toBe(0);
});

test.each([[['rsmf']], [['text_delimited']], [['rsmf', 'text_delimited']]])(
  'a ledger is made anew from items that have no EML form: %j',
  async (chosen) => {
    const path = temporaryFolder();
    const lines = [...conversationLines(), stateLine('messages', {at: 1}, 2)];
    await write({path, config: {formats: chosen}}, lines);
    const before = itemFiles(path);
    expect(before).toHaveLength(chosen.length);
    rmSync(join(path, '.arctera-archive'), {recursive: true});
    const rebuild = new DestinationProcess('rebuild-ledger', {path});
    rebuild.end();
    expect(await rebuild.ended()).toBe(0);
    expect(await verify(path)).toBe(0);
    const {exit, run} = await write({path, config: {formats: chosen}}, lines);
    expect([exit, run.told]).toEqual([0, ['messages:{"at":1}']]);
    expect(itemFiles(path)).toEqual(before);
    rmSync(join(path, workspace, before[0]!));
    expect(await verify(path)).not.toBe(0);
  }
);

test('a ledger is made anew from every folder that items were routed to', async () => {
  const path = temporaryFolder();
  const desk = temporaryFolder();
  const config = {
    grouping: 'message',
    additional_targets: [{name: 'desk', target: {type: 'folder', path: desk}}],
    rules: [
      {name: 'deals', patterns: ['deal'], targets: ['desk']},
      {name: 'both', patterns: ['lawsuit'], targets: ['desk', 'default']},
    ],
    routing_mode: 'copy_per_match',
  };
  const lines = [
    ...messageLines({event: 'e1', text: 'a deal'}, {event: 'e2', text: 'a lawsuit'}, {event: 'e3', text: 'plain'}),
    stateLine('messages', {at: 1}, 3),
  ];
  await write({path, config}, lines);
  const before = [itemFiles(path), itemFiles(desk)];
  expect(before.map((names) => names.length)).toEqual([2, 2]);
  rmSync(join(path, '.arctera-archive'), {recursive: true});
  const rebuild = new DestinationProcess('rebuild-ledger', {path, config});
  rebuild.end();
  expect(await rebuild.ended()).toBe(0);
  expect(await verify(path, config)).toBe(0);
  expect((await write({path, config}, lines)).run.told).toEqual(['messages:{"at":1}']);
  expect([itemFiles(path), itemFiles(desk)]).toEqual(before);
});

test('the same records in another run add nothing in any format', async () => {
  const path = temporaryFolder();
  await write({path, config: {formats}}, conversationLines());
  const before = itemFiles(path);
  const {exit} = await write({path, config: {formats}}, conversationLines());
  expect(exit).toBe(0);
  expect(itemFiles(path)).toEqual(before);
});

test('RSMF alone carries the originals', async () => {
  const path = temporaryFolder();
  const {exit} = await write({path, config: {formats: ['rsmf']}}, messageLines({event: 'e1'}));
  expect(exit).toBe(0);
  const [name = ''] = itemFiles(path);
  const parsed = await simpleParser(readFileSync(join(path, workspace, name)));
  const files = unzipSync(parsed.attachments[0]!.content);
  expect(Buffer.from(files['events.jsonl']!).toString()).toBe(`${messageRow({event: 'e1'}).event}\n`);
});

test('headers from the configuration are in every item', async () => {
  const path = temporaryFolder();
  const config = {extra_headers: [{name: 'X-Kvs-MessageType', value: 'ChatGPT é'}]};
  const {exit} = await write({path, config}, messageLines({event: 'e1', title: 'x\r\nX-Kvs-ArchiveId: other'}));
  expect(exit).toBe(0);
  const [name = ''] = itemFiles(path);
  const head = readFileSync(join(path, workspace, name), 'latin1').split('\r\n\r\n')[0]!;
  expect(head.match(/^x-kvs.*$/gim)).toEqual(['X-Kvs-MessageType: =?UTF-8?B?Q2hhdEdQVCDDqQ==?=']);
});

test.each([
  'From',
  'to',
  'BCC',
  'Subject',
  'Date',
  'Message-ID',
  'MIME-Version',
  'Content-Type',
  'Received',
  'DKIM-Signature',
  'X-RCPT-TO',
  'X-AI-Part',
  'X Y',
  'X:Y',
  'X\r\nY',
  '',
])('%j is no name for an extra header', async (name) => {
  const run = new DestinationProcess('check', {
    path: temporaryFolder(),
    config: {extra_headers: [{name, value: 'v'}]},
  });
  run.end();
  await run.ended();
  expect(run.status?.status).toBe('FAILED');
  expect(run.status?.message).toContain('extra_headers');
});

test('two connections write two workspaces into one archive at the same time', async () => {
  const path = temporaryFolder();
  const workspaces = ['ws-a', 'ws-b'];
  const runs = workspaces.map(() => new DestinationProcess('write', {path, config: {formats: ['eml', 'rsmf']}}));
  // Both are open, and neither ends before the other has begun to hold records.
  for (const [at, run] of runs.entries()) {
    const of = workspaces[at]!;
    run.feed(
      Array.from({length: 50}, (_, n) => recordLine('messages', messageRow({event: `${of}-${n}`, workspace: of})))
    );
    run.feed([recordLine('users', {id: 'u', workspace_id: of, captured_at: 'x'}), stateLine('users', {at: of})]);
  }
  for (const run of runs) await run.until(() => run.states.length === 1);
  for (const [at, run] of runs.entries()) run.feed([stateLine('messages', {at: workspaces[at]})]);
  for (const run of runs) run.end();
  for (const run of runs) expect(await run.ended()).toBe(0);
  const items = await readArchive(path);
  for (const of of workspaces) {
    const own = items.filter((item) => item.path.startsWith(`${of}/`));
    expect(own.flatMap(({originals}) => originals)).toHaveLength(50);
    for (const {path: name} of own) {
      const text = readFileSync(join(path, name), 'latin1');
      expect(text).toContain(`X-AI-Workspace-Id: ${of}\r\n`);
      expect(text).toContain(`Workspace: ${of}`);
    }
    const folder = join(path, '.arctera-archive', of, 'reports');
    expect(readdirSync(folder).length).toBeGreaterThan(0);
  }
  expect(await verify(path)).toBe(0);
});
