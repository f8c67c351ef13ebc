// Destinations as real processes, fed with recorded protocol streams: what is kept, what is passed over, what is echoed.
import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals';
import {configuredCatalog, errorTraces, payloads, runConnector, RunFolder} from './connector-run';
import {fixtureConnectors, removeFixtureConnectors} from './fixture/bundle';
import type {SeenRecord} from './fixture/destination';

const folder = new RunFolder();
const root = join(__dirname, '..', '..');
const archive = [join(root, 'bin', 'destination-arctera-archive')];
let fixture: readonly string[];

beforeAll(async () => {
  fixture = (await fixtureConnectors()).destination;
});
afterAll(async () => {
  folder.remove();
  await removeFixtureConnectors();
});

function golden(behaviour: string): Buffer {
  return readFileSync(join(root, 'test', 'fixtures', 'airbyte', `${behaviour}.jsonl`));
}

/** The STATE messages of a golden stream, as they stand there. */
function goldenStates(behaviour: string): readonly object[] {
  return golden(behaviour)
    .toString('utf8')
    .split('\n')
    .filter((line) => line.startsWith('{"type":"STATE"'))
    .flatMap((line) => {
      const {state} = JSON.parse(line) as {state: object | null};
      return state === null ? [] : [state];
    });
}

function withoutStats(state: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(state).filter(([key]) => key !== 'destinationStats'));
}

async function write(
  command: readonly string[],
  stdin: readonly Buffer[],
  {config = {}, catalog = configuredCatalog(['alpha'])}: {config?: object; catalog?: object} = {}
) {
  const run = String(Math.random());
  const configPath = folder.file(`config-${run}.txt`, config);
  const args = ['write', '--config', configPath, '--catalog', folder.file(`catalog-${run}.txt`, catalog)];
  const result = await runConnector({command, args}, stdin);
  expect(result.stderr).toBe('');
  expect(result.strayLines).toEqual([]);
  const logged = payloads(result, 'LOG').map((log) => String(log['message']));
  const records = logged
    .filter((message) => message.startsWith('record '))
    .map((message) => JSON.parse(message.slice('record '.length)) as SeenRecord);
  const ignoredLine = logged.find((message) => message.startsWith('ignored '));
  const ignored: unknown = ignoredLine === undefined ? undefined : JSON.parse(ignoredLine.slice('ignored '.length));
  return {...result, records, ignored, states: payloads(result, 'STATE')};
}

describe('lines on stdin', () => {
  test.each([
    {behaviour: 'malformed-lines', records: 1, ignored: {malformed: 9}},
    {behaviour: 'other-message-types', records: 1, ignored: {other_type: 6}},
    {behaviour: 'heartbeats-of-other-sources', records: 1, ignored: {not_data: 2}},
    {behaviour: 'global-and-legacy-states', records: 1, ignored: {}},
    {behaviour: 'reset-states', records: 0, ignored: {}},
    {behaviour: 'last-line-without-newline', records: 0, ignored: {}},
  ])('$behaviour: are counted, never quoted, and stop nothing', async ({behaviour, records, ignored}) => {
    const result = await write(fixture, [golden(behaviour)]);
    expect(result.exitCode).toBe(0);
    expect(result.records).toHaveLength(records);
    expect(result.ignored).toEqual(ignored);
    expect(result.states.map(withoutStats)).toEqual(goldenStates(behaviour));
    expect(result.stdout).not.toContain('content-of-a-line');
  });

  test('keep the exact text of their data, with nulls and numbers', async () => {
    const result = await write(fixture, [golden('nulls-and-exact-numbers')]);
    expect(result.records).toMatchObject([
      {
        stream: 'alpha',
        namespace: null,
        text: '{"n": 1.0, "big": 12345678901234567890, "e": 1E5, "text": "Zürich 日本 😀", "lone": "\\ud800"}',
      },
    ]);
  });

  test('may be cut anywhere, also within a character', async () => {
    const whole = golden('nulls-and-exact-numbers');
    const bytes = Array.from(whole, (_, at) => whole.subarray(at, at + 1));
    expect((await write(fixture, bytes)).records).toEqual((await write(fixture, [whole])).records);
  });

  test('may be thirty megabytes long', async () => {
    const data = JSON.stringify({text: 'é'.repeat(15_000_000)});
    const line = Buffer.from(`{"type":"RECORD","record":{"stream":"alpha","data":${data},"emitted_at":1}}\n`);
    const {records, exitCode} = await write(fixture, [line]);
    expect(exitCode).toBe(0);
    const sha256 = createHash('sha256').update(data).digest('hex');
    expect(records).toMatchObject([{sha256, lineBytes: line.length - 1}]);
  });
});

describe('a catalog', () => {
  test('may be empty', async () => {
    expect((await write(fixture, [], {catalog: {streams: []}})).exitCode).toBe(0);
  });

  test('that asks for overwrite is treated as append, with a warning', async () => {
    const result = await write(fixture, [], {catalog: configuredCatalog(['alpha'], 'overwrite')});
    expect(payloads(result, 'LOG')).toContainEqual(expect.objectContaining({level: 'WARN'}));
    expect(result.exitCode).toBe(0);
  });
});

describe('the configuration of a destination', () => {
  test('gets no defaults of the CDK inside optional objects', async () => {
    const result = await write(fixture, [], {config: {target: {}}});
    expect(errorTraces(result)).toMatchObject([{failure_type: 'config_error'}]);
    expect(errorTraces(result)[0]!.message).toContain('target.kind');
    expect(result.exitCode).toBe(1);
  });
});

describe('destination-arctera-archive', () => {
  let archives = 0;
  const config = () => ({target: {type: 'folder', path: join(folder.path, `archive-${String((archives += 1))}`)}});

  test.each(['states-with-unknown-fields', 'reset-states', 'global-and-legacy-states'])(
    'echoes states whole, id and all: %s',
    async (behaviour) => {
      const result = await write(archive, [golden(behaviour)], {config: config()});
      expect(errorTraces(result)).toEqual([]);
      expect(result.exitCode).toBe(0);
      expect(result.states.map(withoutStats)).toEqual(goldenStates(behaviour));
    }
  );

  test('adds the count of records to a state', async () => {
    const result = await write(archive, [golden('states-with-unknown-fields')], {config: config()});
    expect(result.states).toMatchObject([{id: 42, destinationStats: {recordCount: 1}}]);
  });

  test.each(['malformed-lines', 'other-message-types', 'heartbeats-of-other-sources'])(
    'releases the state in spite of %s',
    async (behaviour) => {
      const result = await write(archive, [golden(behaviour)], {config: config()});
      expect(result.states).toMatchObject([{id: 1, destinationStats: {recordCount: 1}}]);
      expect(result.stdout).not.toContain('content-of-a-line');
    }
  );

  test('ends well without input', async () => {
    const result = await write(archive, [], {config: config()});
    expect(result.exitCode).toBe(0);
    expect(result.states).toEqual([]);
  });

  test('publishes its sync modes and closes no object', async () => {
    const result = await runConnector({command: archive, args: ['spec']});
    expect(result.messages).toMatchObject([{spec: {supported_destination_sync_modes: ['append', 'append_dedup']}}]);
    expect(result.stdout).not.toContain('"additionalProperties":false');
    expect(result.stdout).not.toMatch(/faros|"debug"|bucket_/);
  });
});
