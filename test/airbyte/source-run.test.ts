// A source as a real process: files in, protocol lines out, and the verdict in the exit code.
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals';
import {
  configuredCatalog,
  type ConnectorResult,
  errorTraces,
  payloads,
  runConnector,
  RunFolder,
  streamStatuses,
} from './connector-run';
import {fixtureConnectors, removeFixtureConnectors} from './fixture/bundle';
import {responseSecret} from './fixture/source';

const folder = new RunFolder();
let command: readonly string[];

beforeAll(async () => {
  command = (await fixtureConnectors()).source;
});
afterAll(async () => {
  folder.remove();
  await removeFixtureConnectors();
});

interface Read {
  readonly config?: unknown;
  readonly streams?: readonly string[];
  /** Content of the state file; the name of no file at all when it is `missing`. */
  readonly state?: unknown;
  readonly env?: Readonly<Record<string, string>>;
  readonly ending?: string;
}

async function read({config = {}, streams = ['alpha'], state, env = {}, ending = 'json'}: Read) {
  const name = (what: string) => `${what}-${String(Math.random())}.${ending}`;
  const args = ['read', '--config', folder.file(name('config'), config)];
  args.push('--catalog', folder.file(name('catalog'), configuredCatalog(streams)));
  if (state === 'missing') args.push('--state', `${folder.path}/no-such-file`);
  else if (state !== undefined) args.push('--state', folder.file(name('state'), state));
  return cleanRun(args, env);
}

/** Whatever happens: nothing on stderr, and nothing but protocol messages on stdout. */
async function cleanRun(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<ConnectorResult> {
  const result = await runConnector({command, args, env});
  expect(result.stderr).toBe('');
  expect(result.strayLines).toEqual([]);
  return result;
}

function runVerb(verb: string, config: unknown): Promise<ConnectorResult> {
  return cleanRun([verb, '--config', folder.file(`config-${String(Math.random())}.json`, config)]);
}

function seenStates(result: ConnectorResult): readonly unknown[] {
  return payloads(result, 'RECORD').map((record) => (record['data'] as {seen: unknown}).seen);
}

function logs(result: ConnectorResult, level: string): readonly unknown[] {
  return payloads(result, 'LOG').flatMap((log) => (log['level'] === level ? [log['message']] : []));
}

const alphaState = {type: 'STREAM', stream: {stream_descriptor: {name: 'alpha'}, stream_state: {next: 7}}};

describe('files named on the command line', () => {
  test('are read whatever their ending', async () => {
    const result = await read({config: {records: 1}, state: [alphaState], ending: 'txt'});
    expect(result.exitCode).toBe(0);
    expect(seenStates(result)).toEqual([{next: 7}]);
  });

  test.each([
    ['an empty file', ''],
    ['blanks', ' \n'],
    ['a missing file', 'missing'],
    ['an empty list', []],
    ['an empty object', {}],
    ['null', 'null'],
    ['a null state', [{...alphaState, stream: {...alphaState.stream, stream_state: null}}]],
  ])('mean no state: %s', async (_, state) => {
    const result = await read({config: {records: 1}, state});
    expect(result.exitCode).toBe(0);
    expect(seenStates(result)).toEqual([null]);
  });

  test.each([
    ['wrapped messages', [{type: 'STATE', state: alphaState}]],
    [
      'explicit nulls and unknown fields',
      [
        {
          ...alphaState,
          global: null,
          data: null,
          id: 4,
          stream: {...alphaState.stream, more: 1},
          destinationStats: null,
        },
      ],
    ],
    ['one message without a list', alphaState],
    ['the newest of two', [{...alphaState, stream: {...alphaState.stream, stream_state: {next: 1}}}, alphaState]],
  ])('give the state from %s', async (_, state) => {
    expect(seenStates(await read({config: {records: 1}, state}))).toEqual([{next: 7}]);
  });

  test.each([
    ['a GLOBAL state', {type: 'GLOBAL', global: {shared_state: {}, stream_states: []}}],
    ['a LEGACY state', {data: {alpha: 1}}],
  ])('are refused with %s', async (_, state) => {
    const result = await read({state: [state]});
    expect(result.exitCode).toBe(1);
    expect(errorTraces(result)).toMatchObject([{failure_type: 'config_error'}]);
  });

  test('are not quoted when they are not JSON', async () => {
    const result = await read({config: '{"api_key": "key-that-leaks"'});
    expect(result.exitCode).toBe(1);
    expect(errorTraces(result)).toMatchObject([{failure_type: 'config_error'}]);
    expect(result.stdout).not.toContain('key-that-leaks');
  });
});

describe('what a read writes', () => {
  test('is plain STREAM states with counts, and statuses in order', async () => {
    const result = await read({streams: ['alpha', 'beta'], config: {records: 3}});
    expect(result.exitCode).toBe(0);
    expect(payloads(result, 'STATE')).toEqual(
      ['alpha', 'beta'].map((name) => ({
        type: 'STREAM',
        stream: {stream_descriptor: {name}, stream_state: {next: 3}},
        sourceStats: {recordCount: 3},
      }))
    );
    expect(streamStatuses(result)).toEqual(
      ['alpha', 'beta'].flatMap((name) => ['STARTED', 'RUNNING', 'COMPLETE'].map((status) => `${status} ${name}`))
    );
    for (const trace of payloads(result, 'TRACE')) expect(Number.isInteger(trace['emitted_at'])).toBe(true);
  });

  test('does not tell a state twice in a row when no record came between', async () => {
    const result = await read({streams: ['alpha'], config: {records: 0}});
    expect(payloads(result, 'STATE')).toHaveLength(1);
  });

  test('is the same on the platform as elsewhere', async () => {
    const withoutTimes = (result: ConnectorResult) => result.stdout.replace(/"(emitted_at|timestamp)":\d+/g, '"$1":0');
    const here = await read({});
    const platform = await read({
      env: {WORKER_JOB_ID: '12', WORKER_JOB_ATTEMPT: '0', DEPLOYMENT_MODE: 'OSS', USE_FILE_TRANSFER: 'false'},
    });
    expect(withoutTimes(platform)).toBe(withoutTimes(here));
    expect(platform.stdout).not.toContain('__');
    expect(payloads(platform, 'STATE')).toHaveLength(1);
    expect(payloads(platform, 'RECORD')).toHaveLength(2);
  });

  test('does not begin with a check', async () => {
    const result = await read({config: {refuse_check: true}});
    expect(result.exitCode).toBe(0);
    expect(payloads(result, 'RECORD')).toHaveLength(2);
    expect(result.messages.filter(({type}) => type === 'CONNECTION_STATUS')).toEqual([]);
  });

  test('never logs the catalog or the state', async () => {
    const state = [{...alphaState, stream: {...alphaState.stream, stream_state: {next: 'state-that-leaks'}}}];
    const result = await read({state, streams: ['alpha', 'beta'], env: {LOG_LEVEL: 'trace'}});
    const logged = JSON.stringify(payloads(result, 'LOG'));
    for (const content of ['state-that-leaks', 'json_schema', 'sync_mode']) expect(logged).not.toContain(content);
  });

  test('keeps the levels of log lines on the platform', async () => {
    const result = await read({env: {WORKER_JOB_ID: '12', LOG_LEVEL: 'debug'}});
    for (const level of ['debug', 'info', 'warn', 'error']) {
      expect(logs(result, level.toUpperCase())).toContain(`A line at ${level}.`);
    }
    const quiet = await read({env: {WORKER_JOB_ID: '12', LOG_LEVEL: 'warn'}});
    expect(payloads(quiet, 'LOG').map((log) => log['level'])).toEqual(['WARN', 'ERROR']);
  });

  test('never shows the secret of the configuration', async () => {
    const result = await read({config: {api_key: 'key-that-leaks'}, env: {LOG_LEVEL: 'trace'}});
    expect(logs(result, 'DEBUG').join()).toContain('Configuration');
    expect(result.stdout).not.toContain('key-that-leaks');
  });

  test('carries records unchanged', async () => {
    const rows: readonly object[] = [
      {meta: {changes: []}, file_reference: {a: 1}, record: {data: 1}, type: 'STATE'},
      {empty: {}, list: [], nothing: null, no: false, zero: 0, text: ''},
      {emoji: '\u{1F600}', lone: '\ud800', quote: '"\\\n\u0000\u2028', large: 9007199254740991, small: -1.5e-9},
      {constructor: 'x', toJSON: 'text', 'a.b': {'': [[], {}]}},
    ];
    const result = await read({config: {rows}});
    expect(payloads(result, 'RECORD').map(({data}) => JSON.stringify(data))).toEqual(
      rows.map((row) => JSON.stringify(row))
    );
    for (const record of payloads(result, 'RECORD')) {
      expect(Object.keys(record).sort()).toEqual(['data', 'emitted_at', 'stream']);
    }
  });

  test('of no streams is nothing, and success', async () => {
    const result = await read({streams: []});
    expect(result.exitCode).toBe(0);
    expect(result.messages.filter(({type}) => type !== 'LOG')).toEqual([]);
  });

  test('of a stream without records is still a state', async () => {
    const result = await read({config: {records: 0}});
    expect(payloads(result, 'STATE')).toMatchObject([{sourceStats: {recordCount: 0}}]);
    expect(streamStatuses(result)).toEqual(['STARTED alpha', 'RUNNING alpha', 'COMPLETE alpha']);
  });

  test('arrives whole when it is ten megabytes', async () => {
    const result = await read({config: {records: 100, padding: 100_000}});
    expect(result.exitCode).toBe(0);
    expect(result.stdout.length).toBeGreaterThan(10_000_000);
    expect(payloads(result, 'RECORD')).toHaveLength(100);
    expect(streamStatuses(result).at(-1)).toBe('COMPLETE alpha');
  });
});

describe('a stream that fails', () => {
  test.each([
    ['config', 'config_error'],
    ['transient', 'transient_error'],
    ['integrity', 'system_error'],
  ])('with a %s error is INCOMPLETE with %s, and the others go on', async (kind, failureType) => {
    const result = await read({streams: ['alpha', 'beta', 'gamma'], config: {failure: {stream: 'beta', kind}}});
    expect(result.exitCode).toBe(1);
    expect(streamStatuses(result)).toEqual([
      ...['STARTED alpha', 'RUNNING alpha', 'COMPLETE alpha'],
      ...['STARTED beta', 'RUNNING beta', 'INCOMPLETE beta'],
      ...['STARTED gamma', 'RUNNING gamma', 'COMPLETE gamma'],
    ]);
    expect(errorTraces(result)).toMatchObject([{failure_type: failureType, stream_descriptor: {name: 'beta'}}]);
    expect(logs(result, 'ERROR').at(-1)).toContain('beta');
    expect(result.stdout).not.toContain(responseSecret);
  });

  test('when the source throws tells nothing of the response, and ends the open streams', async () => {
    const result = await read({
      streams: ['alpha', 'beta'],
      config: {failure: {stream: 'beta', kind: 'thrown_response'}},
      env: {LOG_LEVEL: 'trace', WORKER_JOB_ID: '1'},
    });
    expect(result.exitCode).toBe(1);
    expect(streamStatuses(result).at(-1)).toBe('INCOMPLETE beta');
    expect(errorTraces(result)).toMatchObject([{failure_type: 'system_error'}]);
    expect(result.stdout).not.toContain(responseSecret);
  });

  test('without a verdict is not taken for complete', async () => {
    const result = await read({config: {failure: {stream: 'alpha', kind: 'no_verdict'}}});
    expect(result.exitCode).toBe(1);
    expect(streamStatuses(result).at(-1)).toBe('INCOMPLETE alpha');
  });

  test('to come to any end is a failure, not success', async () => {
    const result = await read({config: {then: 'hang'}});
    expect(result.exitCode).toBe(1);
    expect(errorTraces(result)).toMatchObject([{failure_type: 'system_error'}]);
  });

  test.each(['throw_unseen', 'reject_unseen'])(
    'where nobody catches is one whole error trace at the end (%s)',
    async (then) => {
      const result = await read({config: {then, records: 200, padding: 10_000}, env: {LOG_LEVEL: 'trace'}});
      expect(result.exitCode).toBe(1);
      expect(payloads(result, 'RECORD')).toHaveLength(200);
      expect(payloads(result, 'STATE')).toHaveLength(1);
      expect(errorTraces(result)).toMatchObject([{failure_type: 'system_error'}]);
      expect(result.messages.at(-1)).toMatchObject({type: 'TRACE', trace: {type: 'ERROR'}});
      expect(result.stdout).not.toContain(responseSecret);
    }
  );

  test('because the source has no such stream is told by name', async () => {
    const result = await read({streams: ['alpha', 'delta']});
    expect(result.exitCode).toBe(1);
    expect(errorTraces(result)).toMatchObject([{failure_type: 'config_error'}]);
    expect(errorTraces(result)[0]!.message).toContain('"delta"');
    expect(payloads(result, 'RECORD')).toEqual([]);
  });
});

describe('the configuration', () => {
  test('may have unknown keys at its root, told in one warning', async () => {
    const result = await read({config: {debug: true, faros_source_id: 'x', backfill: true, bucket_id: 2}});
    expect(result.exitCode).toBe(0);
    const warnings = logs(result, 'WARN').filter((message) => String(message).includes('unknown'));
    expect(warnings).toHaveLength(1);
    for (const key of ['debug', 'faros_source_id', 'backfill', 'bucket_id']) expect(warnings[0]).toContain(key);
  });

  test('cannot switch the check off', async () => {
    const result = await runVerb('check', {refuse_check: true, check_connection: false});
    expect(payloads({messages: result.messages}, 'LOG').map((log) => log['level'])).toEqual(['WARN']);
    const statuses = result.messages.filter(({type}) => type === 'CONNECTION_STATUS');
    expect(statuses).toMatchObject([{connectionStatus: {status: 'FAILED'}}]);
    expect(result.exitCode).toBe(0);
  });

  test('cannot make a read ignore its state', async () => {
    const result = await read({config: {backfill: true, records: 1}, state: [alphaState]});
    expect(seenStates(result)).toEqual([{next: 7}]);
  });

  test('that is wrong is refused with the name of every field', async () => {
    const config = {records: 'many', tuning: {size: 'large', mode: 'idle', colour: 'secret-value'}};
    const result = await read({config});
    expect(result.exitCode).toBe(1);
    const [trace] = errorTraces(result);
    expect(trace).toMatchObject({failure_type: 'config_error'});
    for (const field of ['records', 'tuning.size', 'tuning.mode', 'colour']) expect(trace!.message).toContain(field);
    expect(result.stdout).not.toContain('secret-value');
  });

  test('that is wrong fails a check, and the command ends well', async () => {
    const result = await runVerb('check', {records: 'many'});
    expect(result.exitCode).toBe(0);
    expect(result.messages).toMatchObject([{connectionStatus: {status: 'FAILED'}}]);
  });

  test('that is right passes a check with exactly one message', async () => {
    expect((await runVerb('check', {})).messages).toEqual([
      {type: 'CONNECTION_STATUS', connectionStatus: {status: 'SUCCEEDED'}},
    ]);
  });
});

describe('spec and discover', () => {
  test('spec has our keys only and closes no object', async () => {
    const result = await cleanRun(['spec'], {WORKER_JOB_ID: '1'});
    expect(result.messages).toHaveLength(1);
    const spec = result.messages[0]!['spec'] as {connectionSpecification: {properties: object}};
    expect(Object.keys(spec.connectionSpecification.properties).sort()).toEqual(
      ['api_key', 'failure', 'padding', 'records', 'refuse_check', 'rows', 'then', 'throw_after_ms', 'tuning'].sort()
    );
    expect(result.stdout).not.toContain('"additionalProperties":false');
  });

  test('discover has no made-up fields', async () => {
    const result = await runVerb('discover', {});
    expect(result.messages).toHaveLength(1);
    expect(result.stdout).not.toContain('__faros');
    expect(result.messages).toMatchObject([{catalog: {streams: [{name: 'alpha'}, {name: 'beta'}, {name: 'gamma'}]}}]);
  });
});

describe('a command line', () => {
  test.each([
    ['nothing', []],
    ['an unknown command', ['remove']],
    ['a missing option', ['read', '--config', 'x.json']],
    ['an unknown option', ['spec', '--colour']],
    ['too many words', ['spec', 'twice']],
  ])('of %s is one error trace', async (_, args) => {
    const result = await cleanRun(args);
    expect(result.exitCode).toBe(1);
    expect(result.messages).toHaveLength(1);
    expect(errorTraces(result)).toMatchObject([{failure_type: 'config_error'}]);
  });
});
