// Row "files of every outcome, and transfers that are cut, mixed up or given up": told in the item, nothing half attached.
import {expect, test} from '@jest/globals';
import {chunkBytes, fileOutcome, type FileOutcome} from '../../contract/files';
import {readArchive} from './archive-reader';
import {chunkRows, fileRow, type FileSpec, messageLines, recordLine, stateLine} from './contract-rows';
import {DestinationProcess, temporaryFolder, verify, write} from './destination-process';
import {shiftedClock} from './shifted-clock';

const bytes = Buffer.alloc(2 * chunkBytes + 17, 'every byte \0\r\n.\r\n\xff', 'latin1');
const file: FileSpec = {file: 'file-a', event: 'e1', bytes};
const message = messageLines({event: 'e1', files: ['file-a']});
const row = recordLine('files', fileRow(file));
const [first, second, third] = chunkRows(file);
const chunkLine = (chunk: object | undefined): string => recordLine('file_chunks', chunk ?? {});
const whole = [first, second, third].map(chunkLine);
const states = [stateLine('messages', 'm', 1), stateLine('files', 'f', 1), stateLine('file_chunks', 'c')];

async function attachmentsOf(path: string): Promise<Buffer[]> {
  return (await readArchive(path)).flatMap(({attachments}) => attachments.map(({content}) => content));
}

const words: Readonly<Record<Exclude<FileOutcome, 'captured'>, string>> = {
  expired: 'no longer held the file',
  not_found: 'does not know the file',
  forbidden: 'may not read this file',
  too_large: 'larger than the connector accepts',
  unavailable: 'could not be read within 48 hours',
};

test.each(fileOutcome.options.filter((outcome) => outcome !== 'captured'))(
  'a file that is %s is told in its item, and counted',
  async (outcome) => {
    const path = temporaryFolder();
    const told = recordLine('files', fileRow({file: 'file-a', event: 'e1', outcome}));
    const {exit, run} = await write({path}, [...message, told, ...states]);
    expect(exit).toBe(0);
    expect(run.told.sort()).toEqual(['file_chunks:"c"', 'files:"f"', 'messages:"m"']);
    const [item] = await readArchive(path);
    expect(item!.text).toContain(words[outcome]);
    expect(item!.attachments).toEqual([]);
    expect(run.logText).toContain(`files: 1 ${outcome.replaceAll('_', ' ')}`);
  }
);

test('a file of 0 bytes is attached as one', async () => {
  const path = temporaryFolder();
  const empty: FileSpec = {...file, bytes: Buffer.alloc(0)};
  const lines = [...message, recordLine('files', fileRow(empty)), ...chunkRows(empty).map(chunkLine), ...states];
  const {exit, run} = await write({path}, lines);
  expect(exit).toBe(0);
  expect(run.states).toHaveLength(3);
  expect((await attachmentsOf(path)).map(({length}) => length)).toEqual([0]);
  expect((await readArchive(path))[0]!.text).toContain('0 bytes');
});

const broken: readonly (readonly [title: string, lines: readonly string[]])[] = [
  ['out of order', [first, third, second].map(chunkLine)],
  ['without one in the middle', [first, third].map(chunkLine)],
  ['without the first', [second, third].map(chunkLine)],
  ['with one that comes twice', [first, second, second, third].map(chunkLine)],
  ['with a wrong hash', [...whole.slice(0, 2), chunkLine({...third, sha256: '0'.repeat(64)})]],
  ['with a wrong size', [...whole.slice(0, 2), chunkLine({...third, size: bytes.length + 1})]],
  ['without hash or size', [...whole.slice(0, 2), chunkLine({...third, size: null, sha256: null})]],
  ['with an altered byte', [chunkLine(first), chunkLine({...second, data: first!.data}), chunkLine(third)]],
  ['with base64 that is none', [chunkLine(first), chunkLine({...second, data: '***'}), chunkLine(third)]],
  ['with an index below 0', [chunkLine(first), chunkLine({...second, index: -1}), chunkLine(third)]],
  ['with an index that is a fraction', [chunkLine(first), chunkLine({...second, index: 0.5}), chunkLine(third)]],
];

test.each(broken)('chunks %s end the run, and the next one completes it', async (_, lines) => {
  const path = temporaryFolder();
  const {exit, run} = await write({path}, [...message, row, ...lines, ...states]);
  expect(exit).toBe(1);
  expect(run.errors).toMatchObject([
    {failure_type: 'system_error', internal_message: 'IntegrityError transfer_broken'},
  ]);
  expect(run.told).not.toContain('file_chunks:"c"');
  expect(await attachmentsOf(path)).toEqual([]);
  await expectCompletion(path);
});

test.each([0, 1, 2])(
  'a transfer that stops after %d of its chunks releases nothing, and the next run completes it',
  async (count) => {
    const path = temporaryFolder();
    const {exit, run} = await write({path}, [...message, row, ...whole.slice(0, count), ...states]);
    expect(exit).toBe(0);
    expect(run.told).toEqual(expect.arrayContaining(['messages:"m"']));
    if (count > 0) expect(run.told).not.toContain('file_chunks:"c"');
    expect(await attachmentsOf(path)).toEqual([]);
    await expectCompletion(path);
  }
);

test('a transfer that begins again is whole, and attached once', async () => {
  const path = temporaryFolder();
  const {exit, run} = await write({path}, [...message, row, ...whole.slice(0, 2), ...whole, ...states]);
  expect(exit).toBe(0);
  expect(run.states).toHaveLength(3);
  expect((await attachmentsOf(path)).map((content) => content.equals(bytes))).toEqual([true]);
});

test('a transfer that begins again between whole and archived has one outcome: no state is told for it of what is not there', async () => {
  const path = temporaryFolder();
  const cutOff = chunkRows({file: 'file-b', event: 'e3', bytes: Buffer.alloc(3 * chunkBytes + 1)}).slice(0, 3);
  const run = new DestinationProcess('write', {path, config: {hold_megabytes: 0.01}});
  run.feed([...whole, ...cutOff.map(chunkLine), states[2] ?? '', ...whole.slice(0, 2), ...message, row]);
  run.feed([...messageLines({event: 'e2', text: 'x'.repeat(50_000)}), stateLine('messages', 'm', 2)]);
  await run.until(() => run.told.includes('messages:"m"'));
  run.feed(whole.slice(2));
  run.end();
  expect([await run.ended(), run.errors, run.told]).toEqual([0, [], ['messages:"m"']]);
  expect((await attachmentsOf(path)).map((content) => content.equals(bytes))).toEqual([true]);
  expect(await verify(path)).toBe(0);
});

const givenUp = chunkLine({...first, index: 1, data: '', abandoned: true});

test.each<[title: string, lines: readonly string[], isAttached: boolean]>([
  ['after one chunk', [chunkLine(first), givenUp], false],
  ['before its first chunk', [chunkLine({...first, data: '', abandoned: true})], false],
  ['twice', [chunkLine(first), givenUp, givenUp], false],
  ['and read whole in a second attempt', [chunkLine(first), givenUp, ...attempt('second')], true],
  ['in the midst of another', [chunkLine(first), ...attempt('second'), givenUp], true],
])('a transfer given up %s leaves nothing behind', async (_, lines, isAttached) => {
  const path = temporaryFolder();
  const told = recordLine('files', {
    ...fileRow(isAttached ? {...file, transfer: 'second'} : {file: 'file-a', event: 'e1', outcome: 'unavailable'}),
  });
  const {exit, run} = await write({path}, [...message, ...lines, told, ...states]);
  expect(exit).toBe(0);
  expect(run.told.sort()).toEqual(['file_chunks:"c"', 'files:"f"', 'messages:"m"']);
  expect((await attachmentsOf(path)).map((content) => content.equals(bytes))).toEqual(isAttached ? [true] : []);
  expect(await verify(path)).toBe(0);
});

test.each<[title: string, lines: readonly string[], itemCount: number]>([
  ['of a message that waits with it', [...message, ...whole], 1],
  ['of a message that nobody sent', whole, 1],
])(
  'with stdin open, the bytes %s are archived when the row is overdue; a row that comes later adds nothing',
  async (_, lines, itemCount) => {
    const path = temporaryFolder();
    const clock = shiftedClock({jumpMs: 10 * 60_000});
    const run = new DestinationProcess('write', {path, environment: clock.environment});
    run.feed([...lines, stateLine('file_chunks', 'c'), stateLine('users', 1)]);
    await run.until(() => run.told.includes('users:1')); // so the other one is held by now
    expect(run.told).toEqual(['users:1']);
    run.kill(clock.signal);
    await run.until(() => run.told.includes('file_chunks:"c"'));
    expect((await attachmentsOf(path)).map((content) => content.equals(bytes))).toEqual([true]);
    run.feed([row, stateLine('files', 'f', 1)]);
    run.end();
    expect(await run.ended()).toBe(0);
    expect(run.told).toEqual(['users:1', 'file_chunks:"c"', 'files:"f"']);
    expect(await readArchive(path)).toHaveLength(itemCount);
    expect((await attachmentsOf(path)).map((content) => content.equals(bytes))).toEqual([true]);
    expect(await verify(path)).toBe(0);
  }
);

test('bytes whose row is not overdue wait for it, also while more than the memory holds is archived', async () => {
  const path = temporaryFolder();
  const run = new DestinationProcess('write', {path, config: {hold_megabytes: 0.01}});
  run.feed([...whole, ...messageLines({event: 'e2', text: 'x'.repeat(50_000)}), stateLine('messages', 'm', 1)]);
  await run.until(() => run.told.includes('messages:"m"'));
  expect(await attachmentsOf(path)).toEqual([]);
  run.feed([...message, row, ...states.slice(1)]);
  run.end();
  expect(await run.ended()).toBe(0);
  const [item, ...others] = (await readArchive(path)).filter(({attachments}) => attachments.length > 0);
  expect(others).toEqual([]);
  expect(item!.text).toContain('file-a.bin');
  expect(await verify(path)).toBe(0);
});

function attempt(transfer: string): string[] {
  return chunkRows({...file, transfer}).map(chunkLine);
}

/** The whole is sent again: the bytes are there once, whole, and every state is told. */
async function expectCompletion(path: string): Promise<DestinationProcess> {
  const {exit, run} = await write({path}, [...message, row, ...whole, ...states]);
  expect(exit).toBe(0);
  expect(run.told.sort()).toEqual(['file_chunks:"c"', 'files:"f"', 'messages:"m"']);
  expect((await attachmentsOf(path)).map((content) => content.equals(bytes))).toEqual([true]);
  expect(await verify(path)).toBe(0);
  return run;
}
