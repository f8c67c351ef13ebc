// Airbyte's acceptance suites of destinations, ported: one assertion a test, named after its rule. The records are another
// connector's: what the archive does not know it keeps losslessly.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from '@jest/globals';
import {readOriginals} from '../end-to-end/archive-reader';
import {rawRecordLine, recordLine, stateLine} from '../end-to-end/contract-rows';
import {DestinationProcess, type RunSettings, temporaryFolder, write} from '../end-to-end/destination-process';

const stream = 'orders';

/** The data of all records in the archive, in the order of their text. */
async function archived(path: string): Promise<unknown[]> {
  return (await readOriginals(path)).map((line) => JSON.parse(line) as unknown);
}

async function sync(
  path: string,
  lines: readonly string[],
  settings: Partial<RunSettings> = {}
): Promise<DestinationProcess> {
  const {exit, run} = await write({path, streams: [stream], ...settings}, lines);
  expect(exit).toBe(0);
  return run;
}

function rows(count: number, from = 0): {id: number; name: string}[] {
  return Array.from({length: count}, (_, index) => ({id: from + index, name: `order ${from + index}`}));
}

const lineOf = (row: object): string => recordLine(stream, row);

describe('check', () => {
  test('succeeds with a good configuration', async () => {
    const run = new DestinationProcess('check', {path: temporaryFolder()});
    run.end();
    await run.ended();
    expect(run.status).toMatchObject({status: 'SUCCEEDED'});
  });
  test('fails with one that cannot work', async () => {
    const file = join(temporaryFolder(), 'a-file');
    writeFileSync(file, '');
    const run = new DestinationProcess('check', {path: join(file, 'archive')});
    run.end();
    await run.ended();
    expect(run.status).toMatchObject({status: 'FAILED'});
  });
});

describe('sync', () => {
  test('what was written can be read back', async () => {
    const path = temporaryFolder();
    await sync(path, [...rows(3).map(lineOf), stateLine(stream, 1, 3)]);
    expect(await archived(path)).toEqual(rows(3));
  });
  test('a basic write returns exactly one state, with the count of its records', async () => {
    const run = await sync(temporaryFolder(), [lineOf({id: 1}), stateLine(stream, 1, 1)]);
    expect(run.states.map(({destinationStats}) => destinationStats)).toEqual([
      {recordCount: 1, rejectedRecordCount: 0},
    ]);
  });
  test('a second sync appends', async () => {
    const path = temporaryFolder();
    await sync(path, [...rows(2).map(lineOf), stateLine(stream, 1, 2)]);
    await sync(path, [...rows(2, 2).map(lineOf), stateLine(stream, 2, 2)]);
    expect(await archived(path)).toEqual(rows(4));
  });
  test('a record that comes again is there once', async () => {
    const path = temporaryFolder();
    await sync(path, [...rows(2).map(lineOf), stateLine(stream, 1, 2)]);
    await sync(path, [...rows(2).map(lineOf), stateLine(stream, 2, 2)]);
    expect(await archived(path)).toEqual(rows(2));
  });
  test('of a record that changed, both versions are there', async () => {
    const path = temporaryFolder();
    await sync(path, [lineOf({id: 1, name: 'old'}), lineOf({id: 1, name: 'new'}), stateLine(stream, 1, 2)]);
    expect(await archived(path)).toEqual([
      {id: 1, name: 'new'},
      {id: 1, name: 'old'},
    ]);
  });
  test('a large batch is whole', async () => {
    const path = temporaryFolder();
    await sync(path, [...rows(5_000).map(lineOf), stateLine(stream, 1, 5_000)]);
    expect(new Set((await archived(path)).map((row) => (row as {id: number}).id)).size).toBe(5_000);
  });
  test('a very large record is whole', async () => {
    const path = temporaryFolder();
    const row = {id: 1, text: 'x'.repeat(15_000_000)};
    await sync(path, [lineOf(row), stateLine(stream, 1, 1)]);
    expect(await archived(path)).toEqual([row]);
  });
  test('what was told before a kill is there', async () => {
    const path = temporaryFolder();
    const run = new DestinationProcess('write', {path, streams: [stream], config: {hold_megabytes: 0.01}});
    const padded = rows(100).map((row) => ({...row, text: 'x'.repeat(1_000)}));
    run.feed(padded.flatMap((row) => [lineOf(row), stateLine(stream, row.id, 1)]));
    await run.until(() => run.states.length > 0);
    run.kill('SIGKILL');
    await run.ended();
    const told = run.states.at(-1)?.stream.stream_state as number;
    expect(await archived(path)).toEqual(expect.arrayContaining(padded.slice(0, told + 1)));
  });
});

describe('values', () => {
  test.each([
    ['line breaks', {text: 'one\ntwo\r\nthree\rfour\u2028five\u2029'}],
    ['funky characters', {text: '\u0000\u0001\t"\\/<>&\u{1F600}é日本\u202e', 'key with ❤ and "quotes"': 1}],
    ['nulls', {a: null, b: [null], c: {d: null}}],
    ['booleans and numbers', {a: true, b: false, c: 0, d: -1.5, e: 1e21}],
    ['dates and times as text', {a: '2026-01-31', b: '2026-01-31T23:59:60Z', c: '23:59:59.999999+14:00'}],
    ['nested objects and arrays', {a: {b: [{c: [[], {}]}]}}],
    ['empty texts and names', {'': '', a: ''}],
    ['100 columns', Object.fromEntries(rows(100).map(({id, name}) => [`column_${id}`, name]))],
  ])('%s come back as they went', async (_, row) => {
    const path = temporaryFolder();
    await sync(path, [lineOf(row), stateLine(stream, 1, 1)]);
    expect(await archived(path)).toEqual([row]);
  });
  test('numbers that no double holds come back as they were written', async () => {
    const path = temporaryFolder();
    const text = '{"id":12345678901234567890,"price":1.10,"far":1e400}';
    await sync(path, [rawRecordLine(stream, text), stateLine(stream, 1, 1)]);
    expect(await readOriginals(path)).toEqual([text]);
  });
});

describe('streams', () => {
  test('a schema that changes between syncs loses nothing', async () => {
    const path = temporaryFolder();
    await sync(path, [lineOf({id: 1, a: 1}), stateLine(stream, 1, 1)]);
    await sync(path, [lineOf({id: 2, b: 'two', c: [3]}), stateLine(stream, 2, 1)]);
    expect(await archived(path)).toEqual([
      {id: 1, a: 1},
      {id: 2, b: 'two', c: [3]},
    ]);
  });
  test.each(['UPPER lower', 'a/b\\c', '../../x', 'ñandú', '.hidden', 'con', 'x'.repeat(200), '1', 'it\'s "quoted"'])(
    'a stream named %s is archived',
    async (name) => {
      const path = temporaryFolder();
      await sync(path, [recordLine(name, {id: 1}), stateLine(name, 1, 1)], {streams: [name]});
      expect(await archived(path)).toEqual([{id: 1}]);
    }
  );
  test('many streams each get their states back', async () => {
    const names = Array.from({length: 60}, (_, index) => `stream_${index}`);
    const lines = names.flatMap((name, id) => [recordLine(name, {id}), stateLine(name, id, 1)]);
    const run = await sync(temporaryFolder(), lines, {streams: names});
    expect(
      run.states
        .map(
          ({
            stream: {
              stream_descriptor: {name},
            },
          }) => name
        )
        .sort()
    ).toEqual([...names].sort());
  });
  test('one name in two namespaces is two streams', async () => {
    const path = temporaryFolder();
    const lines = ['east', 'west'].map((namespace) =>
      JSON.stringify({type: 'RECORD', record: {stream, namespace, data: {id: 1, namespace}, emitted_at: 1}})
    );
    await sync(path, [...lines, stateLine(stream, 1)]);
    expect(await archived(path)).toEqual([
      {id: 1, namespace: 'east'},
      {id: 1, namespace: 'west'},
    ]);
  });
  test('a stream without records gets its state back', async () => {
    const run = await sync(temporaryFolder(), [stateLine(stream, 1, 0)]);
    expect(run.told).toEqual([`${stream}:1`]);
  });
});

describe('generations', () => {
  test('a refresh that is to replace everything deletes nothing', async () => {
    const path = temporaryFolder();
    await sync(path, [...rows(2).map(lineOf), stateLine(stream, 1, 2)]);
    await replaceAll(path, [lineOf({id: 9}), stateLine(stream, 2, 1)]);
    expect(await archived(path)).toEqual([...rows(2), {id: 9}]);
  });
  test('a refresh that is to replace everything gets its states back', async () => {
    const run = await replaceAll(temporaryFolder(), [lineOf({id: 9}), stateLine(stream, 2, 1)]);
    expect(run.told).toEqual([`${stream}:2`]);
  });
});

/** A sync whose catalog asks to overwrite, with the generation ids of a truncating refresh. */
async function replaceAll(path: string, lines: readonly string[]): Promise<DestinationProcess> {
  return sync(path, lines, {
    configured: {
      destination_sync_mode: 'overwrite',
      sync_mode: 'full_refresh',
      generation_id: 2,
      minimum_generation_id: 2,
      sync_id: 2,
    },
  });
}
