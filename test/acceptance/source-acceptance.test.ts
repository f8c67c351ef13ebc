// Airbyte's connector acceptance checks of sources, ported: one assertion a test, named after its rule.
import {readFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals';
import Ajv from 'ajv';
import {parse} from 'yaml';
import {type Simulator, startSimulator} from '../../simulator/server';
import {
  type ConnectorResult,
  errorTraces,
  type OutputMessage,
  payloads,
  runConnector,
  RunFolder,
  streamStatuses,
} from '../airbyte/connector-run';
import {root} from '../source-files';
import {
  type CatalogStream,
  rowsOf,
  SourceProcess,
  statesOf,
  upToState,
} from '../source-chatgpt-enterprise/conformance/source-process';

const command = [resolve('bin/source-chatgpt-enterprise')];
const folder = new RunFolder();
/** Rows tell of one read, so two reads differ in all of them. */
const differsByRun = ['capture_runs'];
/** Fields that tell when something was asked for. */
const fieldsOfAttempt = ['captured_at', 'updated_at', 'first_attempt_at', 'transfer_id'];
/** Log streams, whose cursor is the time of the event. */
const logStreams = ['messages', 'audit_logs', 'auth_logs'];
/** How far back a read from a state may reach: the overlap in which late log files are looked for. */
const lookBackMs = 24 * 3_600_000;

let simulator: Simulator;
let source: SourceProcess;
let spec: ConnectorResult;
let discovered: ConnectorResult;
let streams: readonly CatalogStream[];
let full: ConnectorResult;
let again: ConnectorResult;
let config: object;

beforeAll(async () => {
  simulator = await startSimulator({seed: 'acceptance', events: 800, files: 10, days: 2});
  source = new SourceProcess(simulator);
  config = {workspace_id: simulator.workspaceId, api_key: simulator.apiKey, api_base_url: simulator.baseUrl};
  spec = await runConnector({command, args: ['spec']});
  discovered = await runConnector({command, args: ['discover', '--config', folder.file('config.json', config)]});
  streams = await source.discover();
  const names = streams.map(({name}) => name);
  full = await source.read(names, 'full_refresh');
  again = await source.read(names, 'full_refresh');
});

afterAll(async () => {
  source.close();
  folder.remove();
  await simulator.close();
});

async function check(settings: object): Promise<ConnectorResult> {
  const args = ['check', '--config', folder.file('check.json', {...config, ...settings})];
  const result = await runConnector({command, args});
  expect(result.stderr).toBe('');
  return result;
}

function statusOf({messages}: ConnectorResult): unknown {
  return messages.find(({type}) => type === 'CONNECTION_STATUS')?.['connectionStatus'];
}

function specification(): Record<string, object> {
  return payloads(spec, 'SPEC')[0] as Record<string, object>;
}

/** Every object within a JSON value, itself included. */
function objectsIn(value: unknown): Record<string, unknown>[] {
  if (Array.isArray(value)) return value.flatMap(objectsIn);
  if (typeof value !== 'object' || value === null) return [];
  return [value as Record<string, unknown>, ...Object.values(value).flatMap(objectsIn)];
}

function keysIn(value: unknown): string[] {
  return [...new Set(objectsIn(value).flatMap((each) => Object.keys(each)))];
}

function typesOf(field: object | undefined): readonly string[] {
  return [(field as {type?: string | string[]} | undefined)?.type ?? []].flat();
}

describe('spec', () => {
  test('gives exactly one SPEC message', () => {
    expect(payloads(spec, 'SPEC')).toHaveLength(1);
  });
  test('is the golden one', () => {
    const golden = JSON.parse(readFileSync(join(root, 'spec', 'source-chatgpt-enterprise.json'), 'utf8')) as unknown;
    expect(specification()).toEqual(golden);
  });
  test('validates the configuration in use', () => {
    const isValid = new Ajv({schemaId: 'auto', unknownFormats: 'ignore'}).compile(
      specification()['connectionSpecification']!
    );
    expect(isValid(config)).toBe(true);
  });
  test('refuses a configuration without its required fields', () => {
    const isValid = new Ajv({schemaId: 'auto', unknownFormats: 'ignore'}).compile(
      specification()['connectionSpecification']!
    );
    expect(isValid({})).toBe(false);
  });
  test('uses no keyword that the form does not know', () => {
    const unknown = ['allOf', 'anyOf', 'not', 'if', 'patternProperties', 'prefixItems', '$ref', 'dependencies'];
    expect(keysIn(specification()).filter((key) => unknown.includes(key))).toEqual([]);
  });
  test('closes no object', () => {
    expect(objectsIn(specification()).filter((each) => each['additionalProperties'] === false)).toEqual([]);
  });
});

describe('connection', () => {
  test('answers exactly one status', async () => {
    expect(payloads(await check({}), 'CONNECTION_STATUS')).toHaveLength(1);
  });
  test('succeeds with a good configuration', async () => {
    expect(statusOf(await check({}))).toEqual({status: 'SUCCEEDED'});
  });
  test('fails with a key that is not accepted', async () => {
    const result = await check({api_key: 'sk-admin-wrong'});
    expect(statusOf(result)).toMatchObject({status: 'FAILED'});
  });
  test('exits with 0 when it has answered FAILED', async () => {
    expect((await check({api_key: 'sk-admin-wrong'})).exitCode).toBe(0);
  });
});

describe('discovery', () => {
  test('gives exactly one CATALOG', () => {
    expect(payloads(discovered, 'CATALOG')).toHaveLength(1);
  });
  test('names at least one stream', () => {
    expect(streams.length).toBeGreaterThan(0);
  });
  test('names no stream twice', () => {
    expect(new Set(streams.map(({name}) => name)).size).toBe(streams.length);
  });
  test('gives valid draft-07 schemas', () => {
    const ajv = new Ajv();
    const invalid = streams.filter(({json_schema: schema}) => !ajv.validateSchema(schema));
    expect(invalid.map(({name}) => name)).toEqual([]);
  });
  test('names cursors that are in the schema', () => {
    const strange = streams.filter(
      ({default_cursor_field: [field = ''], json_schema: {properties}}) => !(field in properties)
    );
    expect(strange.map(({name}) => name)).toEqual([]);
  });
  test('names keys that are in the schema', () => {
    const strange = streams.filter(({source_defined_primary_key: key, json_schema: {properties}}) =>
      key.some(([field = '']) => !(field in properties))
    );
    expect(strange.map(({name}) => name)).toEqual([]);
  });
  test('has no key that is an object or an array', () => {
    const strange = streams.filter(({source_defined_primary_key: key, json_schema: {properties}}) =>
      key.some(([field = '']) => typesOf(properties[field]).some((type) => type === 'object' || type === 'array'))
    );
    expect(strange.map(({name}) => name)).toEqual([]);
  });
  test('gives every stream a key', () => {
    expect(streams.filter(({source_defined_primary_key: key}) => key.length === 0)).toEqual([]);
  });
  test('gives every stream a sync mode', () => {
    expect(streams.filter(({supported_sync_modes: modes}) => modes.length === 0)).toEqual([]);
  });
  test.each(['$ref', 'allOf', 'not'])('uses no %s', (keyword) => {
    expect(keysIn(streams.map(({json_schema: schema}) => schema))).not.toContain(keyword);
  });
  test('says additionalProperties only to allow them', () => {
    const schemas = streams.map(({json_schema: schema}) => schema);
    const said = objectsIn(schemas).flatMap((each) => each['additionalProperties'] ?? []);
    expect(said.filter((value) => value !== true)).toEqual([]);
  });
});

describe('basic read', () => {
  test('ends with 0', () => {
    expect(full.exitCode).toBe(0);
  });
  test('gives no error trace', () => {
    expect(errorTraces(full)).toEqual([]);
  });
  test('gives at least one record of every stream', () => {
    expect(streams.filter(({name}) => rowsOf(full.messages, name).length === 0).map(({name}) => name)).toEqual([]);
  });
  test('gives records that match their schema', () => {
    const ajv = new Ajv({schemaId: 'auto', unknownFormats: 'ignore'});
    const wrong = streams.filter(({name, json_schema: schema}) => {
      const isValid = ajv.compile(schema);
      return !rowsOf(full.messages, name).every((row) => isValid(row) === true);
    });
    expect(wrong.map(({name}) => name)).toEqual([]);
  });
  test('gives no column that the schema does not name', () => {
    const extra = streams.flatMap(({name, json_schema: {properties}}) =>
      rowsOf(full.messages, name).flatMap((row) => Object.keys(row).filter((field) => !(field in properties)))
    );
    expect(extra).toEqual([]);
  });
  test('gives no record whose keys are all null', () => {
    const empty = streams.filter(({name, source_defined_primary_key: key}) =>
      rowsOf(full.messages, name).some((row) => key.every(([field = '']) => (row[field] ?? null) === null))
    );
    expect(empty.map(({name}) => name)).toEqual([]);
  });
  test('gives each stream STARTED, RUNNING and COMPLETE, in this order', () => {
    const told = streams.map(({name}) =>
      streamStatuses(full)
        .filter((status) => status.endsWith(` ${name}`))
        .map((status) => status.split(' ')[0])
        .join(' ')
    );
    expect([...new Set(told)]).toEqual(['STARTED RUNNING COMPLETE']);
  });
  test('gives every stream a state', () => {
    expect(streams.filter(({name}) => statesOf(full.messages, name).length === 0).map(({name}) => name)).toEqual([]);
  });
  test('gives states of type STREAM alone', () => {
    expect([...new Set(payloads(full, 'STATE').map((state) => state['type']))]).toEqual(['STREAM']);
  });
  test('gives every state its sourceStats', () => {
    const without = payloads(full, 'STATE').filter(
      (state) => typeof (state['sourceStats'] as {recordCount?: unknown} | undefined)?.recordCount !== 'number'
    );
    expect(without).toEqual([]);
  });
  test('gives every record a time in milliseconds', () => {
    const times = payloads(full, 'RECORD').map((record) => Number(record['emitted_at']));
    expect(times.filter((time) => !Number.isInteger(time) || time < 1e12)).toEqual([]);
  });
});

describe('failure', () => {
  test('an unknown stream with modes nobody knows is an error trace', async () => {
    const stream = {name: 'no_such_stream', json_schema: {}, supported_sync_modes: ['INVALID']};
    const catalog = {streams: [{stream, sync_mode: 'INVALID', destination_sync_mode: 'INVALID'}]};
    const args = [
      'read',
      '--config',
      folder.file('config.json', config),
      '--catalog',
      folder.file('bad.json', catalog),
    ];
    expect(errorTraces(await runConnector({command, args}))).toHaveLength(1);
  });
});

describe('full refresh', () => {
  test('gives the same twice, but for what tells of the attempt', () => {
    const [first, second] = [full, again].map((run) =>
      Object.fromEntries(
        streams
          .filter(({name}) => !differsByRun.includes(name))
          .map(({name}) => [name, rowsOf(run.messages, name).map(lasting).sort()])
      )
    );
    expect(second).toEqual(first);
  });
});

describe.each(logStreams)('incremental reads of %s', (name) => {
  const cursorOf = (row: Readonly<Record<string, unknown>>): number => Date.parse(String(row['timestamp']));
  const midway = (): OutputMessage => {
    const states = statesOf(full.messages, name);
    return states[Math.floor(states.length / 2)]!;
  };

  test('give no record that is newer than the final state', () => {
    const {last_end_time: end} = streamStateOf(statesOf(full.messages, name).at(-1)!) as {last_end_time: string};
    const newer = rowsOf(full.messages, name).filter((row) => cursorOf(row) > Date.parse(end));
    expect(newer).toEqual([]);
  });
  test('give nothing from the final state', async () => {
    const rest = await source.read([name], 'incremental', [statesOf(full.messages, name).at(-1)!]);
    expect(rowsOf(rest.messages, name)).toEqual([]);
  });
  test('give from a state in the middle nothing older than its cursor and the look-back', async () => {
    const state = midway();
    const {last_end_time: end} = streamStateOf(state) as {last_end_time: string};
    const rest = rowsOf((await source.read([name], 'incremental', [state])).messages, name);
    expect(rest.filter((row) => cursorOf(row) < Date.parse(end) - lookBackMs)).toEqual([]);
  });
  test('give from a state in the middle all that had not come by then', async () => {
    const state = midway();
    const place = statesOf(full.messages, name).indexOf(state) + 1;
    const before = rowsOf(upToState(full.messages, name, place), name).map((row) => row['event_id']);
    const rest = rowsOf((await source.read([name], 'incremental', [state])).messages, name);
    const all = new Set([...before, ...rest.map((row) => row['event_id'])]);
    expect(all).toEqual(new Set(rowsOf(full.messages, name).map((row) => row['event_id'])));
  });
  test('give nothing from a state in the far future', async () => {
    const last = statesOf(full.messages, name).at(-1)!;
    const text = JSON.stringify(last).replaceAll(/"last_end_time":"\d{4}/g, '"last_end_time":"2199');
    const rest = await source.read([name], 'incremental', [JSON.parse(text) as OutputMessage]);
    expect(rowsOf(rest.messages, name)).toEqual([]);
  });
});

describe('attributes', () => {
  test('the hosts that the connector calls are named', () => {
    const text = readFileSync(join(root, 'source-chatgpt-enterprise', 'metadata.yaml'), 'utf8');
    const {data} = parse(text) as {data: {allowedHosts: {hosts: readonly string[]}}};
    expect(data.allowedHosts.hosts).toContain('api.chatgpt.com');
  });
});

function lasting(row: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.entries(row).filter(([field]) => !fieldsOfAttempt.includes(field)));
}

function streamStateOf({state}: OutputMessage): unknown {
  return (state as {stream: {stream_state: unknown}}).stream.stream_state;
}
