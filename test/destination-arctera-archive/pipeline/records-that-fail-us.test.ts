// A record that no item can be made of, because of a fault of ours that it brings out: it is set aside, and the others are archived.
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, expect, jest, test} from '@jest/globals';
import {ownerReferenceId} from '../../../contract/files';
import {IntegrityError} from '../../../core/errors';
import {Archiving} from '../../../destination-arctera-archive/pipeline/archiving';
import {readArchive} from '../../end-to-end/archive-reader';
import {chunkRows, fileRow, messageLines, recordLine, stateLine, workspace} from '../../end-to-end/contract-rows';
import {openWrite, toInput} from './write-into-folder';

const folders: string[] = [];
afterEach(() => {
  jest.restoreAllMocks();
  for (const folder of folders.splice(0)) rmSync(folder, {recursive: true, force: true});
});

const streams = ['messages', 'files', 'file_chunks', 'gpts'];

/** Asking for the person with this id ends with the error, from the n-th time on. */
function failFor(userId: string, from: number, error: Error): void {
  let asked = 0;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the object that it belongs to
  const {actorOf} = Archiving.prototype;
  jest.spyOn(Archiving.prototype, 'actorOf').mockImplementation(function (this: Archiving, id, email) {
    if (id === userId && ++asked >= from) throw error;
    return actorOf.call(this, id, email);
  });
}

async function archive(
  lines: readonly string[],
  config: object
): Promise<{root: string; told: number; aside: Aside[]}> {
  const root = mkdtempSync(join(tmpdir(), 'fail-us-'));
  folders.push(root);
  const write = openWrite(root, {config, streams});
  const told: unknown[] = [];
  try {
    for await (const state of write.run(toInput(lines))) told.push(state);
    expect(write.workspaces.all().map(({files}) => files.incomplete)).toEqual([{transfers: 0, records: 0}]);
  } finally {
    await write.workspaces.close();
  }
  const folder = join(root, '.arctera-archive', workspace, 'set-aside');
  const copies = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const aside = copies.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Aside);
  return {root, told: told.length, aside: aside.sort((a, b) => (a.record < b.record ? -1 : 1))};
}

interface Aside {
  readonly stream: string;
  readonly code: string;
  readonly words?: string;
  readonly record: string;
}

function gptLine(id: string, owner: string): string {
  const text = JSON.stringify({id, name: id, latest_config: {data: [{name: id, instructions: 'Be exact.'}]}});
  const row = {
    id,
    name: id,
    owner_id: owner,
    workspace_id: workspace,
    object_json: text,
    captured_at: '2026-01-15T00:00:00Z',
  };
  return recordLine('gpts', row);
}

const bytes = Buffer.from('knowledge');
const rule = {rules: [{name: 'all', tags: ['a']}]};

test.each([
  {config: {}, doing: 'Making an item of it'},
  {config: rule, doing: 'Deciding of it'},
])('an object is set aside with its files: $doing', async ({config, doing}) => {
  failFor('user-odd', 1, new TypeError('Cannot read properties of the secret'));
  const spec = {file: 'file-odd', event: ownerReferenceId('gpts', 'g-odd'), bytes};
  const owner = {owner_stream: 'gpts', owner_id: 'g-odd', owner_name: 'odd', referred_by: 'object'};
  const lines = [
    gptLine('g-1', 'user-ada'),
    gptLine('g-odd', 'user-odd'),
    gptLine('g-2', 'user-ada'),
    ...chunkRows(spec).map((row) => recordLine('file_chunks', {...row, conversation_id: null})),
    recordLine('files', {...fileRow(spec), ...owner, conversation_id: null, message_id: null}),
    ...streams.map((stream) => stateLine(stream, 1)),
  ];
  const {aside, root, told} = await archive(lines, config);
  expect(told).toBe(4);
  expect((await readArchive(root)).map(({kind}) => kind)).toEqual(['document', 'document']);
  const reason = {code: 'item_unrenderable', words: expect.stringContaining(`${doing} ended with TypeError.`)};
  expect(aside).toMatchObject([{stream: 'file_chunks'}, {stream: 'files'}, {stream: 'gpts', ...reason}]);
  expect(aside.find(({stream}) => stream === 'gpts')?.record).toContain('g-odd');
  expect(JSON.stringify(aside)).not.toContain('secret');
});

test.each([
  {from: 1, doing: 'Deciding of its conversation'},
  {from: 2, doing: 'Making an item of its conversation'},
])('a conversation is set aside with its files: $doing', async ({doing, from}) => {
  failFor('user-odd', from, new RangeError('Invalid string length'));
  const spec = {file: 'file-odd', event: 'odd', bytes};
  const lines = [
    ...messageLines(
      {event: 'e1', conversation: 'c1'},
      {event: 'odd', conversation: 'c2', user: 'user-odd', files: ['file-odd']},
      {event: 'e2', conversation: 'c3'}
    ),
    ...chunkRows(spec).map((row) => recordLine('file_chunks', row)),
    recordLine('files', fileRow(spec)),
    ...streams.slice(0, 3).map((stream) => stateLine(stream, 1)),
  ];
  const {aside, root, told} = await archive(lines, {});
  expect(told).toBe(3);
  expect((await readArchive(root)).map(({kind}) => kind)).toEqual(['messages', 'messages']);
  const reason = {code: 'item_unrenderable', words: expect.stringContaining(`${doing} ended with RangeError.`)};
  expect(aside.map(({stream}) => stream).sort()).toEqual(['file_chunks', 'files', 'messages']);
  expect(aside.find(({stream}) => stream === 'messages')).toMatchObject(reason);
});

test('what is no fault of the record ends the run', async () => {
  failFor('user-odd', 1, new IntegrityError('ledger_damaged', 'The ledger file cannot be read.'));
  const run = archive([gptLine('g-odd', 'user-odd'), stateLine('gpts', 1)], rule);
  await expect(run).rejects.toMatchObject({code: 'ledger_damaged'});
});
