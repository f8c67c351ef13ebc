// Files that objects hold: attached to the document of their object where they come in time, else in its thread.
import {readdirSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {chunkBytes, type FileOwnerStream, ownerReferenceId} from '../../contract/files';
import {sha256Hex} from '../../core/digest';
import {itemPaths, readArchive} from './archive-reader';
import {chunkRows, fileRow, type FileSpec, recordLine, stateLine, workspace} from './contract-rows';
import {DestinationProcess, temporaryFolder, verify, write} from './destination-process';

const streams = ['messages', 'files', 'file_chunks', 'gpts', 'projects', 'library_files', 'skills'];
const bytes = Buffer.alloc(chunkBytes + 17, 'knowledge \0\r\n.\r\n\xff', 'latin1');

/** As each stream names whose an object is. */
const owners: Readonly<Record<FileOwnerStream, object>> = {
  gpts: {owner_id: 'user-ada'},
  projects: {owner_id: 'user-ada'},
  library_files: {user_id: 'user-ada'},
  skills: {creator: 'user-ada'},
};

function objectLine(stream: FileOwnerStream, id: string, name: string): string {
  const text = JSON.stringify({id, name, latest_config: {data: [{name, instructions: 'Be exact.'}]}});
  return recordLine(stream, {
    ...(JSON.parse(text) as object),
    ...owners[stream],
    workspace_id: workspace,
    object_json: text,
    object_sha256: sha256Hex(text),
    captured_at: '2026-01-15T00:00:00Z',
  });
}

function specOf(stream: FileOwnerStream, id: string): FileSpec {
  return {file: `file-of-${id}`, event: ownerReferenceId(stream, id), bytes};
}

function rowLine(stream: FileOwnerStream, id: string, spec = specOf(stream, id)): string {
  const owner = {owner_stream: stream, owner_id: id, owner_name: 'Analyst', referred_by: 'object'};
  return recordLine('files', {...fileRow(spec), ...owner, conversation_id: null, message_id: null});
}

const chunkLines = (spec: FileSpec): string[] =>
  chunkRows(spec).map((row) => recordLine('file_chunks', {...row, conversation_id: null}));
const fileLines = (stream: FileOwnerStream, id: string): string[] => [
  ...chunkLines(specOf(stream, id)),
  rowLine(stream, id),
];
const states = [stateLine('files', 1), stateLine('file_chunks', 1)];

test.each(['gpts', 'projects', 'library_files', 'skills'] as const)(
  'a file that comes in the run of its object is attached to its document: %s',
  async (stream) => {
    const path = temporaryFolder();
    const lines = [
      objectLine(stream, 'o-1', 'Analyst'),
      objectLine(stream, 'o-2', 'Other'),
      ...fileLines(stream, 'o-1'),
    ];
    const {exit, run} = await write({path, streams}, [...lines, stateLine(stream, 1), ...states]);
    expect([exit, run.told.sort()]).toEqual([0, ['file_chunks:1', 'files:1', `${stream}:1`]]);
    const items = await readArchive(path);
    expect(items.map(({kind}) => kind)).toEqual(['document', 'document']);
    const [item] = items.filter(({attachments}) => attachments.length > 0);
    expect(item?.originals.join()).toContain('o-1');
    expect(item?.attachments.map(({content, name}) => [name, content.equals(bytes)])).toEqual([
      ['file-of-o-1.bin', true],
    ]);
    expect(item?.text).toContain(`file-of-o-1.bin — captured, 196,625 bytes, sha256 ${sha256Hex(bytes)}`);
    expect(await verify(path)).toBe(0);

    const again = await write({path, streams}, [...lines, stateLine(stream, 2), ...states]);
    expect(again.run.told).toHaveLength(3);
    expect(await readArchive(path)).toHaveLength(2);
  }
);

test('the document of an object is no larger than an item may be with its file', async () => {
  const path = temporaryFolder();
  const small = {...specOf('gpts', 'g-1'), bytes: bytes.subarray(0, 60_000)};
  const lines = [
    objectLine('gpts', 'g-1', 'Analyst '.repeat(1_500)),
    ...chunkLines(small),
    rowLine('gpts', 'g-1', small),
  ];
  const {exit} = await write({path, streams, config: {max_item_megabytes: 0.1}}, [...lines, ...states]);
  expect(exit).toBe(0);
  const sizes = itemPaths(path).map((item) => statSync(join(path, item)).size);
  expect(Math.max(...sizes)).toBeLessThan(0.1 * 1024 * 1024);
  const items = await readArchive(path);
  expect(items.map(({kind, attachments}) => [kind, attachments.map(({content}) => content.length)]).sort()).toEqual([
    ['addendum', [60_000]],
    ['document', []],
  ]);
});

test('a file that comes later, or before its object, is an addendum in the thread of the object', async () => {
  const path = temporaryFolder();
  await write({path, streams}, [objectLine('gpts', 'g-1', 'Analyst'), ...fileLines('gpts', 'g-2')]);
  await write({path, streams}, [...fileLines('gpts', 'g-1'), objectLine('gpts', 'g-2', 'Second'), ...states]);
  const items = await readArchive(path);
  expect(items.map(({kind}) => kind).sort()).toEqual(['addendum', 'addendum', 'document', 'document']);
  for (const addendum of items.filter(({kind}) => kind === 'addendum')) {
    const id = /"owner_id":"(g-\d)"/.exec(addendum.originals.join())?.[1] ?? '';
    const document = items.find(({kind, originals}) => kind === 'document' && originals.join().includes(`"${id}"`));
    expect(addendum.attachments.map(({content}) => content.equals(bytes))).toEqual([true]);
    expect(addendum.references).toBe(document?.references);
    expect(addendum.subject).toBe(document?.subject);
    expect(addendum.text).toContain(`Object: gpts:${id}`);
  }
  expect(await verify(path)).toBe(0);
});

test('a file that could not be had is told in the document, and one whose bytes are late follows them', async () => {
  const path = temporaryFolder();
  const {exit} = await write({path, streams}, [
    objectLine('gpts', 'g-1', 'Analyst'),
    rowLine('gpts', 'g-1', {file: 'file-gone', event: ownerReferenceId('gpts', 'g-1'), outcome: 'not_found'}),
    ...chunkLines(specOf('gpts', 'g-1')),
    ...states.slice(1),
  ]);
  expect(exit).toBe(0);
  const items = await readArchive(path);
  const [document] = items.filter(({kind}) => kind === 'document');
  expect(document?.text).toMatch(/file-gone\.bin — not captured: ChatGPT does not know the file/);
  expect(items.flatMap(({attachments}) => attachments.map(({content}) => content.equals(bytes)))).toEqual([true]);
  expect(await verify(path)).toBe(0);
});

test('the same bytes in a library and in a message lie in the archive once for each of them that names them', async () => {
  const path = temporaryFolder();
  const spec = specOf('library_files', 'l-1');
  await write({path, streams}, [
    objectLine('library_files', 'l-1', 'kb.pdf'),
    ...chunkLines(spec),
    rowLine('library_files', 'l-1'),
  ]);
  const shared = {...spec, event: 'e-9'};
  const {run} = await write({path, streams}, [recordLine('files', fileRow(shared)), stateLine('files', 1, 1)]);
  expect(run.told).toEqual(['files:1']);
  const items = await readArchive(path);
  expect(items.find(({kind}) => kind === 'addendum')?.text).toContain('in item');
  expect(items.flatMap(({attachments}) => attachments)).toHaveLength(1);
});

test.each([
  {by: 'its stream', config: {rules: [{name: 'no-gpts', streams: ['gpts'], disposition: 'exclude'}]}},
  {by: 'its owner', config: {monitored_users: 'exclude', monitored_list: ['user-ada']}},
])('a file that comes a run after its object, which was left out by $by, stays out too', async ({config}) => {
  const path = temporaryFolder();
  await write({path, streams, config}, [objectLine('gpts', 'g-1', 'Analyst'), stateLine('gpts', 1)]);
  const {exit, run} = await write({path, streams, config}, [...fileLines('gpts', 'g-1'), ...states]);
  expect([exit, run.told.sort()]).toEqual([0, ['file_chunks:1', 'files:1']]);
  expect(await readArchive(path)).toEqual([]);
});

test('a file that comes with the repeat of an object which was left out for its words stays out too', async () => {
  const path = temporaryFolder();
  const config = {rules: [{name: 'secret', patterns: ['Analyst'], streams: ['gpts'], disposition: 'exclude'}]};
  const object = objectLine('gpts', 'g-1', 'Analyst');
  await write({path, streams, config}, [object, stateLine('gpts', 1)]);
  const row = rowLine('gpts', 'g-1').replace('Analyst', 'no name');
  const lines = [object, stateLine('gpts', 2), ...chunkLines(specOf('gpts', 'g-1')), row, ...states];
  const {exit, run} = await write({path, streams, config}, lines);
  expect([exit, run.told.sort()]).toEqual([0, ['file_chunks:1', 'files:1', 'gpts:2']]);
  expect(await readArchive(path)).toEqual([]);
});

test.each([
  {noMatch: 'default_target', tags: 'deal, knowledge'},
  {noMatch: 'exclude_and_count', tags: 'deal'},
])(
  'a file that comes a run after its object goes where it went, marked as it was: $noMatch',
  async ({noMatch, tags}) => {
    const path = temporaryFolder();
    const legal = temporaryFolder();
    const marks = {tags: ['deal'], legal_hold: 'matter-17', retention_category: 'seven', retention_days: 2557};
    const own = noMatch === 'default_target' ? {legal_hold: 'm-18'} : {}; // what is held is routed
    const config = {
      rules: [
        {name: 'matter', patterns: ['be exact'], streams: ['gpts'], ...marks, targets: ['legal']},
        {
          name: 'by name',
          attachment_names: ['file-of-*'],
          tags: ['knowledge'],
          retention_category: 'one',
          ...own,
        },
      ],
      routing_mode: 'first_match',
      routing_no_match: noMatch,
      additional_targets: [{name: 'legal', target: {type: 'folder', path: legal}}],
    };
    const settings = {path, streams, config};
    await write(settings, [objectLine('gpts', 'g-1', 'Analyst'), stateLine('gpts', 1)]);
    const late = [...fileLines('gpts', 'g-1'), ...states];
    const preview = new DestinationProcess('policy-test', {...settings, options: ['--ledger', 'read']});
    preview.feed(late);
    preview.end();
    expect(await preview.ended()).toBe(0);
    expect(preview.logText).toContain('"targets":["legal"],"tags":["deal"');
    expect((await write(settings, late)).exit).toBe(0);
    const items = await readArchive(legal);
    expect(items.map(({kind}) => kind).sort()).toEqual(['addendum', 'document']);
    const text = items.find(({kind}) => kind === 'addendum')?.text ?? '';
    for (const shown of [`Tags: ${tags}\n`, 'seven', 'matter-17']) expect(text).toContain(shown);
    expect(text.includes('matter-17, m-18')).toBe(noMatch === 'default_target');
    expect(await readArchive(path)).toEqual([]);
    expect(await verify(path, config)).toBe(0);
  }
);

test('a rule on the file itself leaves it out, unless the object is held', async () => {
  const path = temporaryFolder();
  const config = {
    rules: [
      {name: 'matter', patterns: ['Held'], streams: ['gpts'], legal_hold: 'matter-17'},
      {name: 'no bins', attachment_types: ['bin'], disposition: 'exclude'},
    ],
  };
  const settings = {path, streams, config};
  await write(settings, [
    objectLine('gpts', 'g-1', 'Analyst'),
    objectLine('gpts', 'g-2', 'Held'),
    stateLine('gpts', 1),
  ]);
  await write(settings, [...fileLines('gpts', 'g-1'), ...fileLines('gpts', 'g-2'), ...states]);
  const late = (await readArchive(path)).filter(({kind}) => kind === 'addendum');
  expect(late.map(({text}) => /gpts:g-\d/.exec(text)?.[0])).toEqual(['gpts:g-2']);
});

test('files of an object that a rule leaves out stay out with it', async () => {
  const path = temporaryFolder();
  const config = {rules: [{name: 'no-gpts', streams: ['gpts'], disposition: 'exclude'}]};
  const {exit, run} = await write({path, streams, config}, [
    objectLine('gpts', 'g-1', 'Analyst'),
    ...fileLines('gpts', 'g-1'),
    ...fileLines('projects', 'p-1'),
    ...states,
  ]);
  expect([exit, run.told.sort()]).toEqual([0, ['file_chunks:1', 'files:1']]);
  const items = await readArchive(path);
  expect(items.map(({kind}) => kind)).toEqual(['addendum']);
  expect(items[0]?.originals.join()).toContain('p-1');
});

test('a file that is left out for its own row does not fail the run, whatever is left of it', async () => {
  const path = temporaryFolder();
  const config = {rules: [{name: 'look', streams: ['files'], disposition: 'set_aside'}]};
  const {exit, run} = await write({path, streams, config}, [...fileLines('gpts', 'g-1'), ...states]);
  expect([exit, run.told.sort()]).toEqual([0, ['file_chunks:1', 'files:1']]);
  expect(await readArchive(path)).toEqual([]);
  const aside = readdirSync(join(path, '.arctera-archive', workspace, 'set-aside'), {recursive: true});
  expect(aside.length).toBeGreaterThan(1); // its row, and its bytes
  expect(await verify(path)).toBe(0);
  const again = await write({path, streams, config}, [...fileLines('gpts', 'g-1'), ...states]);
  expect([again.exit, again.run.told.length]).toEqual([0, 2]);
});
