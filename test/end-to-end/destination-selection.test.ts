// Row "helper streams not selected, streams alone, in any order": right outcomes, and notes where bytes were not captured.
import {expect, test} from '@jest/globals';
import {readArchive, readOriginals} from './archive-reader';
import {
  captureRunRow,
  chunkRows,
  conversationRow,
  fileRow,
  type FileSpec,
  messageLines,
  messageRow,
  recordLine,
  stateLine,
  userRow,
} from './contract-rows';
import {type DestinationProcess, temporaryFolder, verify, write} from './destination-process';

const bytes = Buffer.from('the bytes of the file');
const file: FileSpec = {file: 'file-a', event: 'e1', bytes};
const specs = [{event: 'e1', files: ['file-a']}, {event: 'e2'}];

/** Every stream with its records, its state last. */
const streams: Readonly<Record<string, readonly string[]>> = {
  users: [recordLine('users', userRow('user-ada', 'Ada', 'ada@corp.test'))],
  messages: messageLines(...specs),
  conversations: [recordLine('conversations', conversationRow('conv-1'))],
  files: [recordLine('files', fileRow(file))],
  file_chunks: chunkRows(file).map((chunk) => recordLine('file_chunks', chunk)),
  capture_runs: [recordLine('capture_runs', captureRunRow('run-1'))],
};
const all = Object.keys(streams);

function linesOf(names: readonly string[]): string[] {
  return names.flatMap((name) => [...streams[name]!, stateLine(name, 1, streams[name]!.length)]);
}

async function archiveStreams(
  path: string,
  names: readonly string[],
  selected: readonly string[] = names
): Promise<DestinationProcess> {
  const {exit, run} = await write({path, streams: selected}, linesOf(names));
  expect(exit).toBe(0);
  expect(run.told.sort()).toEqual(names.map((name) => `${name}:1`).sort());
  return run;
}

async function uploads(path: string): Promise<string[]> {
  return (await readArchive(path)).flatMap(({attachments}) => attachments.map(({content}) => content.toString()));
}

test.each([
  ['as the source sends them', all],
  [
    'all of messages before all of files',
    ['messages', 'files', 'file_chunks', 'users', 'conversations', 'capture_runs'],
  ],
  [
    'all of files before all of messages',
    ['file_chunks', 'files', 'messages', 'users', 'conversations', 'capture_runs'],
  ],
  ['backwards', [...all].reverse()],
  ['helpers last', ['messages', 'file_chunks', 'files', 'conversations', 'capture_runs', 'users']],
])('streams in any order give one item with its upload: %s', async (_, order) => {
  const path = temporaryFolder();
  await archiveStreams(path, order);
  expect(await readOriginals(path)).toEqual(specs.map((spec) => messageRow(spec).event).sort());
  expect(await uploads(path)).toEqual([bytes.toString()]);
  expect(await verify(path)).toBe(0);
});

test('runs of one stream each, files first, lose nothing', async () => {
  const path = temporaryFolder();
  for (const names of [['file_chunks', 'files'], ['messages'], ['users'], ['conversations'], ['capture_runs']]) {
    await archiveStreams(path, names, all);
  }
  expect(await uploads(path)).toEqual([bytes.toString()]);
  const messageItem = (await readArchive(path)).find(({kind}) => kind === 'messages');
  expect(messageItem!.text).toMatch(/file-a\.bin — in item [0-9a-f]{64} of this archive/);
  expect(await verify(path)).toBe(0);
});

const alone: readonly (readonly [stream: string, kinds: readonly string[], note: string])[] = [
  ['messages', ['messages'], 'not captured: the connection does not select the bytes of files'],
  ['file_chunks', ['addendum'], 'file-a.bin'],
  ['files', [], ''],
  ['users', [], ''],
  ['conversations', [], ''],
  ['capture_runs', [], ''],
];

test.each(alone)('%s alone', async (stream, kinds, note) => {
  const path = temporaryFolder();
  const run = await archiveStreams(path, [stream]);
  const items = await readArchive(path);
  expect(items.map(({kind}) => kind)).toEqual(kinds);
  if (note !== '') expect(items[0]!.text).toContain(note);
  expect(await uploads(path)).toEqual(stream === 'file_chunks' ? [bytes.toString()] : []);
  expect(run.logText).toContain(stream);
  expect(await verify(path)).toBe(0);
});

test.each([
  ['files but not their bytes', ['messages', 'files'], 0],
  ['bytes but not their rows', ['messages', 'file_chunks'], 1],
  ['no helper at all', ['messages', 'files', 'file_chunks'], 1],
])('%s', async (_, names, attached) => {
  const path = temporaryFolder();
  await archiveStreams(path, names);
  expect(await uploads(path)).toHaveLength(attached);
  const texts = (await readArchive(path)).map(({text}) => text).join('\n');
  const note = 'does not select the bytes of files';
  if (attached === 0) expect(texts).toContain(note);
  else expect(texts).not.toContain(note);
  expect(await readOriginals(path)).toHaveLength(specs.length);
});

test('no streams, and no records of any: good ends', async () => {
  const path = temporaryFolder();
  expect((await write({path, streams: []}, [])).exit).toBe(0);
  const {exit, run} = await write(
    {path},
    all.map((name) => stateLine(name, null, 0))
  );
  expect(exit).toBe(0);
  expect(run.told.sort()).toEqual(all.map((name) => `${name}:null`).sort());
  expect(await readArchive(path)).toEqual([]);
});
