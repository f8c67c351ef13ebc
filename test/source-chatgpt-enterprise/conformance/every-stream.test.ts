// What holds for every stream of the registry, built in or named in extra_log_types, through the real process.
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals';
import Ajv from 'ajv';
import {streamDefinitions} from '../../../contract';
import {type Simulator, startSimulator} from '../../../simulator/server';
import {type ConnectorResult, errorTraces, streamStatuses} from '../../airbyte/connector-run';
import {type CatalogStream, type Row, rowsOf, SourceProcess, statesOf, upToState} from './source-process';

const names = [...streamDefinitions.map(({name}) => name), 'codex_turn_logs'];
/** A run of its own is what a row of these tells of. */
const differsByRun = ['capture_runs'];
/** Fields that tell of the attempt, not of the thing. */
const fieldsOfAttempt = new Set(['captured_at', 'updated_at', 'first_attempt_at', 'transfer_id']);
/** Bytes come in transfers: what one stream needs is in the others. */
const fileStreams = ['files', 'file_chunks'];
/** Of several references to a file, the one whose turn it is first brings the bytes. */
const fieldsOfReference = new Set(['event_id', 'conversation_id', 'name']);
/** Streams of objects whose files come in those. */
const owners = ['gpts', 'projects', 'library_files', 'skills'];
/** Which of a stream's states a read goes on from: its first, one in the middle, its last. */
const moments = [0, 0.5, 1];

let simulator: Simulator;
let source: SourceProcess;
let catalog: ReadonlyMap<string, CatalogStream>;
let full: ConnectorResult;
let again: ConnectorResult;
/** For each moment, one read of all streams, each from its own state of that moment. */
let resumed: readonly ConnectorResult[];

beforeAll(async () => {
  simulator = await startSimulator({seed: 'conformance', events: 1200, files: 12, days: 2});
  source = new SourceProcess(simulator, {extra_log_types: ['CODEX_TURN']});
  catalog = new Map((await source.discover()).map((stream) => [stream.name, stream]));
  full = await source.read(names, 'full_refresh');
  again = await source.read(names, 'full_refresh');
  const reads: ConnectorResult[] = [];
  for (const moment of moments) {
    const states = names.map((name) => statesOf(full.messages, name)[stateAt(name, moment)]!);
    reads.push(await source.read(names, 'incremental', states));
  }
  resumed = reads;
});

afterAll(async () => {
  source.close();
  await simulator.close();
});

/** Place of the stream's state at the moment, from 0. */
function stateAt(name: string, moment: number): number {
  return Math.floor((statesOf(full.messages, name).length - 1) * moment);
}

test('discover lists the streams of the registry and those of extra_log_types, and nothing else', () => {
  expect([...catalog.keys()].sort()).toEqual([...names].sort());
});

test('a read of all of them succeeds', () => {
  expect(errorTraces(full)).toEqual([]);
  expect([full.exitCode, again.exitCode, full.stderr, full.strayLines]).toEqual([0, 0, '', []]);
});

describe.each(names)('%s', (name) => {
  const stream = (): CatalogStream => catalog.get(name)!;
  const keyOf = (row: Row): string => JSON.stringify(stream().source_defined_primary_key.map(([field]) => row[field!]));
  const isPiece = name === 'file_chunks';
  const lasting = (row: Row): string =>
    JSON.stringify(
      Object.entries(row).filter(([field]) => !fieldsOfAttempt.has(field) && !(isPiece && fieldsOfReference.has(field)))
    );
  /** What a row says, whichever attempt it came from. */
  const identify = (row: Row): string => (fileStreams.includes(name) ? lasting(row) : keyOf(row));
  const identities = (rows: readonly Row[]): string[] => [...new Set(rows.map(identify))].sort();

  test('has a draft-07 schema, a key and a cursor among its fields, and both modes', () => {
    const {json_schema: schema, default_cursor_field: cursor, source_defined_primary_key: key} = stream();
    expect(schema).toMatchObject({$schema: 'http://json-schema.org/draft-07/schema#', type: 'object'});
    expect(new Ajv().validateSchema(schema)).toBe(true);
    expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining([...cursor, ...key.flat()]));
    expect(stream().supported_sync_modes).toEqual(['full_refresh', 'incremental']);
  });

  test('gives rows that have exactly the fields of the schema, and a key without nulls', () => {
    const rows = rowsOf(full.messages, name);
    expect(rows.length).toBeGreaterThan(0);
    const fields = Object.keys(stream().json_schema.properties).sort();
    const isValid = new Ajv().compile(stream().json_schema);
    for (const row of rows) {
      expect(Object.keys(row).sort()).toEqual(fields);
      expect([isValid(row), isValid.errors]).toEqual([true, null]);
      for (const [field] of stream().source_defined_primary_key) expect(row[field!] ?? null).not.toBeNull();
    }
  });

  test('starts, runs, completes, and ends with a state under 64 KB', () => {
    const statuses = streamStatuses(full).filter((status) => status.endsWith(` ${name}`));
    expect(statuses).toEqual([`STARTED ${name}`, `RUNNING ${name}`, `COMPLETE ${name}`]);
    const states = statesOf(full.messages, name);
    expect(states.length).toBeGreaterThan(0);
    for (const state of states) expect(JSON.stringify(state).length).toBeLessThan(64_000);
    const rows = rowsOf(full.messages, name).length;
    expect(rowsOf(upToState(full.messages, name, states.length), name)).toHaveLength(rows);
  });

  if (differsByRun.includes(name)) return;

  test('gives the same in a second full refresh', () => {
    const [first, second] = [full, again].map((run) => rowsOf(run.messages, name).map(lasting).sort());
    expect(second).toEqual(first);
  });

  test('goes on from any of its states to the whole, and from the last to nothing', () => {
    const whole = identities(rowsOf(full.messages, name));
    for (const [index, moment] of moments.entries()) {
      const before = upToState(full.messages, name, stateAt(name, moment) + 1);
      const rest = rowsOf(resumed[index]!.messages, name);
      expect({moment, rows: identities([...rowsOf(before, name), ...rest])}).toEqual({moment, rows: whole});
      if (moment === 1) expect(rest).toEqual([]);
    }
  });

  test('loses nothing when it is killed in the middle', async () => {
    const selected = fileStreams.includes(name) ? [name, ...owners] : [name];
    const wanted = Math.ceil(rowsOf(full.messages, name).length / 2);
    const cut = await source.readUntil(
      selected,
      (messages) => rowsOf(messages.slice(-1), name).length > 0 && rowsOf(messages, name).length >= wanted
    );
    const state = statesOf(cut, name).at(-1);
    const rest = await source.read(selected, 'incremental', state === undefined ? [] : [state]);
    expect(identities([...rowsOf(cut, name), ...rowsOf(rest.messages, name)])).toEqual(
      identities(rowsOf(full.messages, name))
    );
  });
});

test('rows of current objects carry the exact text that the service sent', () => {
  const missing = simulator.truth().objects.filter(({stream, key, sha256}) => {
    const definition = catalog.get(stream)!;
    const row = rowsOf(full.messages, stream).find(
      (one) => definition.source_defined_primary_key.map(([field]) => String(one[field!])).join(' ') === key
    );
    return row?.['object_sha256'] !== sha256;
  });
  expect(missing).toEqual([]);
  expect(simulator.truth().objects.length).toBeGreaterThan(300);
});

test('rows of log streams are the events of the service, each unaltered', () => {
  const captured = new Map(
    names
      .flatMap((name) => rowsOf(full.messages, name).filter((row) => 'event_sha256' in row))
      .map((row) => [row['event_id'], row['event_sha256']])
  );
  const events = simulator.truth().events;
  expect(events.filter(({eventId, sha256}) => captured.get(eventId) !== sha256)).toEqual([]);
  expect(new Set(events.map(({eventType}) => eventType)).size).toBe(10);
});

test('what may hold credentials is nowhere in the output, and its absence is told', () => {
  expect(full.stdout).not.toContain('canary-');
  for (const row of rowsOf(full.messages, 'codex_environments')) {
    expect(row['removed_fields']).toEqual(['env_vars', 'secrets']);
  }
});
