// Row "target not writable, disk full in mid-run": the right error, no half item under its name, and the next run completes.
import {closeSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {chunkBytes} from '../../contract/files';
import {itemPaths, readArchive, readOriginals} from './archive-reader';
import {
  chunkRows,
  fileRow,
  type FileSpec,
  messageLines,
  messageRow,
  recordLine,
  stateLine,
  unreadableRow,
} from './contract-rows';
import {DestinationProcess, printed, temporaryFolder, verify, write} from './destination-process';
import {forbidWriting, SmallDisk} from './small-disk';
import {faultsOfItem, readItems} from './soundness';

const notWritable = [{failure_type: 'config_error', internal_message: 'ConfigError target_not_writable'}];

test('a read-only disk fails check and write, before and after an archive is there', async () => {
  const {path, disk} = onSmallDisk(20_000);
  disk.makeReadOnly(true);
  await expectNotWritable(path);
  disk.makeReadOnly(false);
  expect((await write({path}, messageLines({event: 'e1'}))).exit).toBe(0);
  disk.makeReadOnly(true);
  await expectNotWritable(path);
  disk.makeReadOnly(false);
  expect((await write({path}, messageLines({event: 'e1'}, {event: 'e2'}))).exit).toBe(0);
  expect(await readOriginals(path)).toHaveLength(2);
  expect(await verify(path)).toBe(0);
});

test('an archive on a read-only disk is verified and told of, and nothing is left behind', async () => {
  const {path, disk} = onSmallDisk(20_000);
  const input = [...messageLines({event: 'e1'}), stateLine('messages', {at: 1}, 1)];
  expect((await write({path}, input)).exit).toBe(0);
  const scratch = temporaryFolder();
  const ask = async (): Promise<string[]> => {
    const answers: string[] = [];
    for (const asked of ['verify', 'report', 'status', 'hold list', 'show --event e1', 'show --conversation conv-1']) {
      const [verb = '', ...options] = asked.split(' ');
      const {exit, text} = await printed(verb, {path, options, environment: {TMPDIR: scratch}});
      answers.push(`${asked}: ${String(exit)} ${verb === 'status' ? '' : text}`); // status tells how long ago
    }
    return answers;
  };
  const before = await ask();
  disk.makeReadOnly(true);
  expect(await ask()).toEqual(before);
  expect(before.join()).toContain('text of e1');
  expect(readdirSync(scratch)).toEqual([]);
  await expectNotWritable(path);
});

test('a message that the disk changed while it was held is not archived, and its state stays', async () => {
  const path = temporaryFolder();
  const texts = ['e1', 'e2', 'e3', 'e4'].map((event) => ({event, text: event.repeat(60_000)}));
  const input = [...messageLines(...texts), stateLine('messages', {at: 1}, texts.length)];
  const run = new DestinationProcess('write', {path});
  run.feed([...input, stateLine('users', {at: 1})]);
  await run.until(() => run.told.length > 0); // so the messages are held, the first of them on the disk
  const descriptors = `/proc/${run.pid}/fd`;
  const held = readdirSync(descriptors).find((name) => readlinkSync(join(descriptors, name)).includes('.held'));
  const disk = openSync(join(descriptors, held ?? ''), 'r+');
  writeSync(disk, 'E', 100_000);
  closeSync(disk);
  run.end();
  expect(await run.ended()).toBe(1);
  expect(run.errors).toMatchObject([{internal_message: 'IntegrityError event_altered'}]);
  expect(run.told).toEqual(['users:{"at":1}']);
  expect((await write({path}, input)).exit).toBe(0);
  expect(await readOriginals(path)).toEqual(texts.map((spec) => messageRow(spec).event).sort());
  expect(await verify(path)).toBe(0);
});

const file: FileSpec = {file: 'file-a', event: 'e2', bytes: Buffer.alloc(3 * chunkBytes, 'bytes of the upload')};
const second = [
  ...messageLines({event: 'e2', files: ['file-a']}),
  recordLine('files', fileRow(file)),
  ...chunkRows(file).map((chunk) => recordLine('file_chunks', chunk)),
  recordLine('messages', unreadableRow('log-9', 4, Buffer.from([0xff, 0x00]))),
  stateLine('messages', 2, 2),
];
const own = join('.arctera-archive', 'ws-1');

test.each([
  ['items', 'ws-1'],
  ['records set aside', join(own, 'set-aside')],
  ['the ledger', own],
])(
  'a folder for %s that cannot be written is a matter of configuration, and the next run completes',
  async (_, folder) => {
    const path = temporaryFolder();
    expect((await write({path}, messageLines({event: 'e1'}))).exit).toBe(0);
    mkdirSync(join(path, folder), {recursive: true});
    const allow = forbidWriting(join(path, folder));
    const {exit, run} = await write({path}, second);
    expect(run.errors).toMatchObject(notWritable);
    expect(exit).toBe(1);
    expect(run.told).toEqual([]);
    allow();
    const next = await write({path}, second);
    expect(next.exit).toBe(0);
    expect(next.run.told).toEqual(['messages:2']);
    expect(await readOriginals(path)).toHaveLength(2);
    expect((await readArchive(path)).flatMap(({attachments}) => attachments)).toHaveLength(1);
    expect(await verify(path)).toBe(0);
  }
);

test('a report that cannot be written is a warning, not an end', async () => {
  const path = temporaryFolder();
  await write({path}, messageLines({event: 'e1'}));
  forbidWriting(join(path, own, 'reports'));
  const {exit, run} = await write({path}, messageLines({event: 'e2'}));
  expect(exit).toBe(0);
  expect(run.warnings.join()).toContain('report');
});

const names = Array.from({length: 40}, (_, index) => `e${String(index).padStart(2, '0')}`);
const text = 'x'.repeat(30_000);
const steps = names.flatMap((event, index) => [
  ...messageLines({event, conversation: `conv-${event}`, text}),
  stateLine('messages', index, 1),
]);
const whole = names.map((event) => messageRow({event, conversation: `conv-${event}`, text}).event).sort();

test.each([200, 600, 1_500, 3_000])('a disk of %d KB that runs full', async (kilobytes) => {
  const {path, disk} = onSmallDisk(kilobytes);
  const {exit, run} = await write({path, config: {hold_megabytes: 0.1}}, steps);
  expect(run.errors).toMatchObject([{failure_type: 'transient_error', internal_message: 'TransientError disk_full'}]);
  expect(exit).toBe(1);
  expect((await readItems(path)).flatMap(faultsOfItem)).toEqual([]);
  const there = await readOriginals(path);
  for (const {stream} of run.states) {
    const event = names[Number(stream.stream_state)]!;
    expect(there).toContain(messageRow({event, conversation: `conv-${event}`, text}).event);
  }
  disk.grow(60_000);
  const next = await write({path}, steps.slice(2 * run.states.length));
  expect(next.exit).toBe(0);
  expect(await readOriginals(path)).toEqual(whole);
  expect(await verify(path)).toBe(0);
});

test('a disk that runs full under an upload', async () => {
  const {path, disk} = onSmallDisk(1_500);
  const large: FileSpec = {file: 'file-a', event: 'e1', bytes: Buffer.alloc(12 * chunkBytes, 'large')};
  const lines = [
    ...messageLines({event: 'e1', files: ['file-a']}),
    recordLine('files', fileRow(large)),
    ...chunkRows(large).map((chunk) => recordLine('file_chunks', chunk)),
    stateLine('file_chunks', 1, 12),
  ];
  const {exit, run} = await write({path}, lines);
  expect(run.errors).toMatchObject([{failure_type: 'transient_error', internal_message: 'TransientError disk_full'}]);
  expect(exit).toBe(1);
  expect(itemPaths(path)).toEqual([]);
  disk.grow(60_000);
  expect((await write({path}, lines)).run.told).toEqual(['file_chunks:1']);
  const [item, ...others] = await readArchive(path);
  expect(others).toEqual([]);
  expect(item!.attachments.map(({content}) => content.equals(large.bytes!))).toEqual([true]);
  expect(readdirSync(join(path, own, 'spool'))).toEqual([]);
  expect(readFileSync(join(path, item!.path)).length).toBeGreaterThan(large.bytes!.length);
  expect(await verify(path)).toBe(0);
});

function onSmallDisk(kilobytes: number): {path: string; disk: SmallDisk} {
  const disk = new SmallDisk(kilobytes);
  return {path: join(disk.path, 'archive'), disk};
}

async function expectNotWritable(path: string): Promise<void> {
  const check = new DestinationProcess('check', {path});
  expect(await check.ended()).toBe(0);
  expect(check.status?.status).toBe('FAILED');

  const {exit, run} = await write({path}, [...messageLines({event: 'e2'}), stateLine('messages', 2, 1)]);
  expect(exit).toBe(1);
  expect(run.errors).toMatchObject(notWritable);
  for (const message of [check.status?.message, run.errors[0]?.message])
    expect(message).toContain('cannot be read or written');
  expect(run.told).toEqual([]);
}
