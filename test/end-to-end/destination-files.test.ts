// Uploads through the whole destination: in whatever order rows and bytes come, each byte lies in an item.
import {expect, test} from '@jest/globals';
import {fileOutcome, chunkBytes} from '../../contract/files';
import {readArchive, readReports} from './archive-reader';
import {chunkRows, fileRow, type FileSpec, messageLines, messageRow, recordLine, stateLine} from './contract-rows';
import {DestinationProcess, temporaryFolder, verify, write} from './destination-process';

const bytes = Buffer.alloc(2 * chunkBytes + 17, 'every byte \0\r\n.\r\n\xff', 'latin1');
const file: FileSpec = {file: 'file-a', event: 'e1', bytes};
const message = messageLines({event: 'e1', files: ['file-a']});
const rows = [recordLine('files', fileRow(file))];
const chunks = chunkRows(file).map((chunk) => recordLine('file_chunks', chunk));
const states = [stateLine('messages', 1), stateLine('files', 1), stateLine('file_chunks', 1)];
const allTold = ['file_chunks:1', 'files:1', 'messages:1'];

test.each([
  ['rows before chunks', [...message, ...rows, ...chunks]],
  ['chunks before rows', [...message, ...chunks, ...rows]],
  ['files before messages', [...rows, ...chunks, ...message]],
])('an upload that comes in time is in its item, bit for bit: %s', async (_, lines) => {
  const path = temporaryFolder();
  const {exit, run} = await write({path}, [...lines, ...states]);
  expect(exit).toBe(0);
  expect(run.told.sort()).toEqual(allTold);
  const [item, ...others] = await readArchive(path);
  expect(others).toEqual([]);
  expect(item?.attachments.map(({name}) => name)).toEqual(['file-a.bin']);
  expect(item?.attachments[0]?.content.equals(bytes)).toBe(true);
  expect(await verify(path)).toBe(0);
});

test.each([
  ['one item', '2026-01-15T09:31:00.000000Z', 1],
  ['two items', '2026-01-16T09:31:00.000000Z', 2],
])('a file that two messages name is there for both, in %s', async (_, at, itemCount) => {
  const path = temporaryFolder();
  const second = recordLine('files', fileRow({...file, event: 'e2'}));
  const lines = [...message, ...messageLines({event: 'e2', files: ['file-a'], at}), ...rows, ...chunks, second];
  const {run} = await write({path}, [...lines, ...states]);
  expect(run.told.sort()).toEqual(allTold);
  const items = await readArchive(path);
  expect(items).toHaveLength(itemCount);
  for (const {attachments} of items) {
    expect(attachments.map(({content}) => content.equals(bytes))).toEqual([true]);
  }
});

test('a file that comes in a later run becomes an addendum in the thread', async () => {
  const path = temporaryFolder();
  await write({path}, message);
  const {run} = await write({path}, [...rows, ...chunks, ...states.slice(1)]);
  expect(run.told.sort()).toEqual(['file_chunks:1', 'files:1']);
  const items = await readArchive(path);
  const first = items.find(({kind}) => kind === 'messages');
  const addendum = items.find(({kind}) => kind === 'addendum');
  expect(first?.text).toContain('follows as an addendum');
  expect(addendum?.references).toBe(first?.references);
  expect(addendum?.subject).toBe(first?.subject);
  expect(addendum?.originals).toEqual([JSON.stringify(fileRow(file))]);
  expect(addendum?.attachments[0]?.content.equals(bytes)).toBe(true);

  const again = await write({path}, [...message, ...chunks, ...rows, ...states]);
  expect(again.run.told.sort()).toEqual(allTold);
  expect(await readArchive(path)).toHaveLength(2);
  expect(await verify(path)).toBe(0);
});

test.each(fileOutcome.options.filter((outcome) => outcome !== 'captured'))(
  'an item says that its file is %s, and the report counts it',
  async (outcome) => {
    const path = temporaryFolder();
    const row = recordLine('files', fileRow({file: 'file-a', event: 'e1', outcome}));
    const {run} = await write({path}, [...message, row, stateLine('files', 1, 1)]);
    expect(run.told).toEqual(['files:1']);
    const [item] = await readArchive(path);
    expect(item?.text).toMatch(/file-a\.bin — not captured: \w+/);
    expect(item?.attachments).toEqual([]);
    expect(readReports(path).at(-1)?.files).toEqual({[outcome]: 1});
  }
);

test('outcomes that alternate are each archived once', async () => {
  const path = temporaryFolder();
  const of = (outcome: 'unavailable' | 'expired'): string =>
    recordLine('files', fileRow({file: 'file-a', event: 'e1', outcome}));
  await write({path}, message);
  for (const outcome of ['unavailable', 'expired', 'unavailable', 'expired'] as const) {
    const {exit, run} = await write({path}, [of(outcome), stateLine('files', outcome, 1)]);
    expect(exit).toBe(0);
    expect(run.told).toEqual([`files:"${outcome}"`]);
  }
  expect((await readArchive(path)).filter(({kind}) => kind === 'addendum')).toHaveLength(2);
});

test('an item says that the connection does not select the bytes of files', async () => {
  const path = temporaryFolder();
  await write({path, streams: ['messages']}, message);
  expect((await readArchive(path))[0]?.text).toContain('does not select the bytes of files');
});

test('bytes without rows are attached too, and two attempts at one file are archived once', async () => {
  const path = temporaryFolder();
  const again = chunkRows({...file, transfer: 'second-attempt'}).map((chunk) => recordLine('file_chunks', chunk));
  const {exit, run} = await write({path, streams: ['file_chunks']}, [
    ...chunks,
    ...again,
    stateLine('file_chunks', 1, 6),
  ]);
  expect(exit).toBe(0);
  expect(run.told).toEqual(['file_chunks:1']);
  const items = await readArchive(path);
  expect(items.flatMap(({attachments}) => attachments.map(({content}) => content.equals(bytes)))).toEqual([true]);
});

test('a transfer without its end releases nothing; the next run completes it', async () => {
  const path = temporaryFolder();
  const {exit, run} = await write({path}, [...message, ...rows, ...chunks.slice(0, -1), ...states]);
  expect(exit).toBe(0);
  expect(run.told).toEqual(['messages:1']);
  expect(run.logText).toContain('incomplete file transfers');
  const next = await write({path}, [...rows, ...chunks, ...states.slice(1)]);
  expect(next.run.told.sort()).toEqual(['file_chunks:1', 'files:1']);
  const attachments = (await readArchive(path)).flatMap((item) => item.attachments);
  expect(attachments.map(({content}) => content.equals(bytes))).toEqual([true]);
});

test.each([
  ['come out of order', [0, 2, 1]],
  ['lack one', [0, 2]],
  ['lack the first', [1, 2]],
])('chunks that %s end the run', async (_, order) => {
  const path = temporaryFolder();
  const {exit, run} = await write({path}, [...order.map((index) => chunks[index] ?? ''), stateLine('file_chunks', 1)]);
  expect(exit).toBe(1);
  expect(run.told).toEqual([]);
  expect(run.errors).toMatchObject([{failure_type: 'system_error'}]);
  expect(run.errors[0]?.internal_message).toContain('transfer_broken');
});

test('what is archived of a message is its exact text', async () => {
  const path = temporaryFolder();
  await write({path}, [...message, ...rows, ...chunks]);
  expect((await readArchive(path))[0]?.originals).toEqual([messageRow({event: 'e1', files: ['file-a']}).event]);
});

/** So many bytes of messages, that what is held is archived before the input ends. */
function overflow(name: string): string[] {
  return messageLines(
    ...['a', 'b', 'c'].map((each) => ({event: `${name}-${each}`, conversation: name, text: 'x'.repeat(10_000)}))
  );
}

const tiny = {hold_megabytes: 0.01};

test('chunks of an archived file that are sent again are settled before the input ends', async () => {
  const path = temporaryFolder();
  await write({path}, [...message, ...rows, ...chunks]);
  const run = new DestinationProcess('write', {path, config: tiny});
  run.feed([...chunks, ...states.slice(2), ...overflow('more')]);
  await run.until(() => run.told.includes('file_chunks:1')); // stdin is still open, and no row has come
  const second = recordLine('files', fileRow({...file, event: 'e2'}));
  run.feed([...rows, ...messageLines({event: 'e2', files: ['file-a']}), second, ...states.slice(0, 2)]);
  run.end();
  expect(await run.ended()).toBe(0);
  expect(run.told.sort()).toEqual(allTold);
  const holding = (await readArchive(path)).filter(({attachments}) => attachments.length > 0);
  expect(holding.map(({attachments}) => attachments[0]?.content.equals(bytes))).toEqual([true, true]);
  expect(await verify(path)).toBe(0);
});

test('a file whose bytes changed under the same reference is archived again, once', async () => {
  const path = temporaryFolder();
  await write({path}, [...message, ...rows, ...chunks]);
  const changed = {...file, bytes: Buffer.from('changed'), transfer: 'second'};
  const lines = [
    ...chunkRows(changed).map((chunk) => recordLine('file_chunks', chunk)),
    recordLine('files', fileRow(changed)),
  ];
  for (let time = 0; time < 2; time += 1) {
    const {exit, run} = await write({path}, [...lines, ...states.slice(1)]);
    expect(exit).toBe(0);
    expect(run.told.sort()).toEqual(['file_chunks:1', 'files:1']);
  }
  const contents = (await readArchive(path)).flatMap(({attachments}) => attachments.map(({content}) => content.length));
  expect(contents.sort()).toEqual([bytes.length, 'changed'.length].sort());
  expect(await verify(path)).toBe(0);
});

test('a late row whose record is known is settled once, though what is held is archived twice', async () => {
  const path = temporaryFolder();
  const of = (outcome: 'unavailable' | 'expired'): string =>
    recordLine('files', fileRow({file: 'file-a', event: 'e1', outcome}));
  await write({path}, message);
  for (const outcome of ['unavailable', 'expired'] as const) await write({path}, [of(outcome)]);
  const run = new DestinationProcess('write', {path, config: tiny});
  run.feed([of('unavailable'), stateLine('files', 1, 1), ...overflow('first')]);
  await run.until(() => run.told.includes('files:1'));
  run.feed([...overflow('second'), stateLine('files', 2, 0)]);
  await run.until(() => run.told.includes('files:2'));
  run.end();
  expect(await run.ended()).toBe(0);
  expect(run.states.find(({stream}) => stream.stream_state === 1)?.destinationStats).toEqual({
    recordCount: 1,
    rejectedRecordCount: 0,
  });
  expect(readReports(path).at(-1)?.streams['files']).toMatchObject({collected: 1, context: 1});
  expect((await readArchive(path)).filter(({kind}) => kind === 'addendum')).toHaveLength(2);
});

test('a row whose bytes never come is told of, and releases nothing', async () => {
  const path = temporaryFolder();
  const {exit, run} = await write({path}, [...message, ...rows, ...states]);
  expect(exit).toBe(0);
  expect(run.told).toEqual(['file_chunks:1', 'messages:1']);
  expect(run.logText).toContain('1 incomplete file transfers');
});
