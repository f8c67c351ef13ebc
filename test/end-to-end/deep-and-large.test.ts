// JSON that is nested 100,000 deep, and files with more faults than anybody can list, wherever JSON comes in.
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals';
import {sha256Hex} from '../../core/digest';
import {SourceBench, type SourceRun} from '../source-chatgpt-enterprise/process/source-bench';
import {readOriginals} from './archive-reader';
import {rawRecordLine, recordLine, stateLine, workspace} from './contract-rows';
import {DestinationProcess, itemCountOf, temporaryFolder, verify, write} from './destination-process';

const depth = 100_000;
const deep = [
  ['lists', `${'['.repeat(depth)}${']'.repeat(depth)}`],
  ['objects', `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`],
] as const;
const streams = ['orders', 'messages', 'conversations', 'users', 'files', 'file_chunks', 'gpts', 'capture_runs'];
/** More than a function of JavaScript takes as arguments. */
const countless = 200_000;

describe.each(deep)('%s 100,000 deep', (_, value) => {
  describe('for the source', () => {
    let bench: SourceBench;
    beforeAll(async () => (bench = await SourceBench.open()));
    afterAll(() => bench.close());

    const read = (config: string, catalog: string, state = ''): Promise<SourceRun> => {
      const file = (what: string, text: string): string => bench.write(what, 'json', text);
      const args = ['--config', file('config', config), '--catalog', file('catalog', catalog)];
      return bench.run(['read', ...args, '--state', file('state', state)]);
    };
    const good = (): string => JSON.stringify(bench.config);
    const catalog = (schema = '{}', key = '[]'): string =>
      `{"streams":[{"stream":{"name":"messages","json_schema":${schema}},"sync_mode":"incremental","primary_key":${key}}]}`;

    test.each([
      ['as the configuration', value],
      [
        'in every field of the configuration',
        `{"workspace_id":${value},"api_key":${value},"extra_log_types":${value}}`,
      ],
    ])('%s are a config error', async (_where, config) => {
      const run = await read(config, catalog());
      expect(run.errors).toMatchObject([
        {failure_type: 'config_error', internal_message: 'ConfigError config_invalid'},
      ]);
      expect((await bench.check(config)).connection).toEqual({status: 'FAILED', message: run.errors[0]!.message});
    });

    test('under an unknown key of the configuration, or in a schema of the catalog, disturb nothing', async () => {
      const run = await read(`${good().slice(0, -1)},"debug":${value}}`, catalog(value));
      expect(run.ends).toEqual({messages: 'COMPLETE'});
      expect(run.logs('WARN')).toEqual(['Ignored unknown keys of the configuration: "debug".']);
    });

    test.each([
      ['as the catalog', value],
      ['as a key in the catalog', catalog('{}', value)],
    ])('%s are a config error', async (_where, text) => {
      const run = await read(good(), text);
      expect(run.errors).toMatchObject([
        {failure_type: 'config_error', internal_message: 'ConfigError catalog_invalid'},
      ]);
      expect(run.errors[0]!.message).toContain('Refresh the schema');
    });

    test.each([
      ['as the states', value],
      [
        'as the state of a stream',
        `[{"type":"STREAM","stream":{"stream_descriptor":{"name":"messages"},"stream_state":${value}}}]`,
      ],
      ['as a global state', `[{"type":"GLOBAL","global":${value}}]`],
    ])('%s are a config error', async (_where, state) => {
      const run = await read(good(), catalog(), state);
      expect(run.errors).toMatchObject([{failure_type: 'config_error', internal_message: 'ConfigError state_invalid'}]);
      expect(run.errors[0]!.message).toContain('clear the affected streams');
    });
  });

  describe('for the destination', () => {
    test.each([
      ['as the configuration', value],
      ['in fields of the configuration', `{"target":${value},"rules":${value},"identity_map":${value}}`],
    ])('%s are a config error', async (_where, configText) => {
      const settings = {path: '/archive/of/nobody', configText};
      const {exit, run} = await write(settings, [recordLine('orders', {id: 1})]);
      expect(exit).toBe(1);
      expect(run.errors).toMatchObject([
        {failure_type: 'config_error', internal_message: 'ConfigError config_invalid'},
      ]);
      const check = new DestinationProcess('check', settings);
      expect(await check.ended()).toBe(0);
      expect(check.status).toEqual({status: 'FAILED', message: run.errors[0]!.message});
    });

    test('as the catalog are a config error', async () => {
      const {exit, run} = await write({path: temporaryFolder(), catalogText: value}, []);
      expect(exit).toBe(1);
      expect(run.errors).toMatchObject([
        {failure_type: 'config_error', internal_message: 'ConfigError catalog_invalid'},
      ]);
    });

    test('as lines that are no messages are passed over', async () => {
      const path = temporaryFolder();
      const lines = [
        value,
        value.slice(0, depth),
        `{"type":"TRACE","trace":${value}}`,
        `{"type":"RECORD","record":${value}}`,
      ];
      const {exit, run} = await write({path}, [...lines, recordLine('orders', {id: 1}), stateLine('orders', {n: 1})]);
      expect(exit).toBe(0);
      expect(run.told).toEqual(['orders:{"n":1}']);
      expect(itemCountOf(path)).toBe(1);
    });

    test('in records of any stream: each has its outcome, and the run goes on', async () => {
      const path = temporaryFolder();
      const odd = `{"id":"odd","event":"x","event_id":"odd","file_id":"f","object_json":${value},"name":${value},"v":${value}}`;
      const lines = streams.flatMap((stream) => [rawRecordLine(stream, odd), stateLine(stream, 2, 1)]);
      const {exit, run} = await write({path, config: {set_aside_percent: 100}}, lines);
      expect(exit).toBe(0);
      expect([...run.told].sort()).toEqual(streams.map((stream) => `${stream}:2`).sort());
      expect(await verify(path)).toBe(0);
    });

    test('in a log event, and in objects of every kind: they are archived with their exact text', async () => {
      const path = temporaryFolder();
      const event = `{"event_id":"e1","type":"AUDIT","timestamp":"2026-01-15T09:30:00Z","action":"X","action_data":${value}}`;
      const logged = {event_id: 'e1', event, event_sha256: sha256Hex(event), workspace_id: workspace};
      const members = ['definition', 'sharing', 'content', 'prompt', 'setup', 'denormalized_metadata', 'comments'];
      const object = `{"id":"o1",${members.map((name) => `"${name}":${value}`).join(',')}}`;
      const listed = ['agents', 'gpts', 'canvases', 'automations', 'codex_environments', 'codex_tasks', 'memories'];
      const {exit, run} = await write({path}, [
        recordLine('audit_logs', logged),
        stateLine('audit_logs', 1, 1),
        ...listed.flatMap((stream) => [
          recordLine(stream, {
            id: 'o1',
            workspace_id: workspace,
            object_json: object,
            captured_at: '2026-01-15T09:30:00Z',
          }),
          stateLine(stream, 1, 1),
        ]),
      ]);
      expect(run.errors).toEqual([]);
      expect(exit).toBe(0);
      expect(run.told).toHaveLength(1 + listed.length);
      expect(await readOriginals(path)).toContain(event);
      expect(itemCountOf(path)).toBe(1 + listed.length);
      expect(await verify(path)).toBe(0);
    });

    test('in a record of another source are archived with their exact text', async () => {
      const path = temporaryFolder();
      const {exit} = await write({path}, [rawRecordLine('orders', `{"id":1,"v":${value}}`)]);
      expect(exit).toBe(0);
      expect(await readOriginals(path)).toEqual([`{"id":1,"v":${value}}`]);
    });

    test('in states come back as they went', async () => {
      const orders = `{"type":"STREAM","stream":{"stream_descriptor":{"name":"orders"},"stream_state":{"n":1.10,"v":${value}}},"id":7}`;
      const global = `{"type":"GLOBAL","global":{"shared_state":${value},"stream_states":[]},"id":8}`;
      const lines = [orders, global].map((state) => `{"type":"STATE","state":${state}}`);
      const {exit, run} = await write({path: temporaryFolder()}, lines);
      expect(exit).toBe(0);
      const stats = '"destinationStats":{"recordCount":0,"rejectedRecordCount":0}';
      expect(run.stateLines).toEqual([
        `{"type":"STATE","state":${orders.slice(0, -1)},${stats}}}`,
        `{"type":"STATE","state":${global}}`,
      ]);
    });
  });
});

describe('files with more faults than anybody can list', () => {
  const numbers = `[${'1,'.repeat(countless)}1]`;

  test.each([
    [
      'a list of texts',
      `{"target":{"type":"folder","path":"/nowhere"},"rules":${numbers}}`,
      'rules.0: must be an object',
    ],
    [
      'unknown fields',
      `{"target":{"type":"folder","path":"/nowhere",${Array.from({length: countless}, (_, at) => `"k${at}":1`).join(',')}}}`,
      'target.k0: is not a field the connector knows',
    ],
  ])('%s in a configuration: the first are named, the others counted', async (_, configText, first) => {
    const check = new DestinationProcess('check', {path: '/nowhere', configText});
    expect(await check.ended()).toBe(0);
    expect(check.status?.status).toBe('FAILED');
    expect(check.status?.message).toContain(first);
    expect(check.status?.message).toMatch(/and \d{6} more/);
    expect(check.status?.message?.length).toBeLessThan(5_000);
  });

  test.each([
    ['streams that are none', `{"streams":${numbers}}`, /streams\.0: .* and \d{6} more/],
    [
      'a key without end',
      `{"streams":[{"stream":{"name":"a"},"sync_mode":"incremental","primary_key":${numbers}}]}`,
      /countless/,
    ],
  ])('%s in a catalog', async (_, catalogText, words) => {
    const {exit, run} = await write({path: temporaryFolder(), catalogText}, []);
    expect(exit).toBe(1);
    expect(run.errors).toMatchObject([{failure_type: 'config_error', internal_message: 'ConfigError catalog_invalid'}]);
    expect(run.errors[0]!.message).toMatch(words);
    expect(run.errors[0]!.message.length).toBeLessThan(5_000);
  });
});
