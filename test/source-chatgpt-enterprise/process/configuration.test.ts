// Configurations as people and tools write them: every wrong field is named, in a check and in a read alike.
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {event, SourceBench} from './source-bench';

let bench: SourceBench;

beforeAll(async () => {
  bench = await SourceBench.open();
});
afterAll(() => bench.close());

/** What a check and a read say of the configuration; they must agree. */
async function refusalOf(config: unknown): Promise<string> {
  const {message, status} = (await bench.check(config)).connection;
  expect(status).toBe('FAILED');
  const configPath = bench.write('config', 'json', config);
  const read = await bench.run([
    'read',
    '--config',
    configPath,
    '--catalog',
    bench.write('catalog', 'json', {streams: []}),
  ]);
  expect(read.errors).toMatchObject([{failure_type: 'config_error', message}]);
  expect(read.exitCode).toBe(1);
  return message!;
}

test('nothing at all names both required fields', async () => {
  const message = await refusalOf({});
  for (const field of ['workspace_id: ', 'api_key: ']) expect(message).toContain(field);
});

test('every wrong field is named with what it wants, and no value is quoted', async () => {
  const message = await refusalOf({
    workspace_id: 7,
    api_key: '',
    start_date: 'yesterday-secret',
    requests_per_minute: 0,
    refresh_hours: 1.5,
    max_file_megabytes: '512-secret',
    extra_log_types: ['CODEX_TURN', 'lower-secret'],
    api_base_url: 'http://api.acme.test/v1',
  });
  for (const wish of [
    /workspace_id: must be a text/,
    /api_key: must not be empty/,
    /start_date: must be a date/,
    /requests_per_minute: must be at least 1/,
    /refresh_hours: must be a whole number/,
    /max_file_megabytes: must be a number/,
    /extra_log_types\.1: must be an event type in capital letters, such as CODEX_TURN/,
    /api_base_url: must be an https address/,
  ]) {
    expect(message).toMatch(wish);
  }
  expect(message).not.toContain('secret');
});

test.each([
  ['a list', []],
  ['a text', '"sk-admin-of-nobody"'],
  ['null', 'null'],
  ['a number', '7'],
])('%s instead of an object is refused', async (_, config) => {
  expect(await refusalOf(config)).toContain('The configuration is not valid.');
});

test.each([
  ['not JSON', '{"api_key": "sk-admin-of-nobody"'],
  ['an empty file', ''],
])('%s is refused without a quotation', async (_, config) => {
  expect(await refusalOf(config)).not.toContain('sk-admin');
});

test('a file that is not there is told as such', async () => {
  const run = await bench.run(['check', '--config', '/nowhere/config.json']);
  expect(run.connection).toMatchObject({status: 'FAILED', message: expect.stringContaining('ENOENT') as unknown});
});

test('unknown keys at the root are one warning that names them, and nothing else', async () => {
  const extra = {backfill: true, faros_source_id: 'x', check_connection: false, debug: true};
  const check = await bench.check({...bench.config, ...extra});
  expect(check.connection.status).toBe('SUCCEEDED');
  expect(check.logs('WARN')).toHaveLength(1);
  for (const key of Object.keys(extra)) expect(check.logs('WARN')[0]).toContain(key);
});

test('the value of an unknown key is never logged, whatever the level', async () => {
  const run = await bench.read({
    streams: ['users'],
    config: {old_api_key: 'value-that-leaks'},
    env: {LOG_LEVEL: 'trace'},
  });
  expect(run.logs('WARN').join()).toContain('old_api_key');
  expect(run.logs('DEBUG').join()).toContain('Configuration');
  expect(run.result.stdout).not.toContain('value-that-leaks');
});

describe("the environment variables of OpenAI's library", () => {
  const others = {
    OPENAI_ADMIN_KEY: 'sk-of-another-program',
    OPENAI_API_KEY: 'sk-of-another-program',
    OPENAI_BASE_URL: 'http://127.0.0.1:9',
    OPENAI_ORG_ID: 'org-of-another-program',
    OPENAI_PROJECT_ID: 'proj-of-another-program',
    OPENAI_LOG: 'debug',
  };

  test.each([
    ['another key', 'Authorization: Bearer sk-of-another-program'],
    ['a header of another program', 'X-Gateway-Key: of-another-program\nAccept: of-another-program'],
    ['what is no header', 'Not A Name: x'],
  ])('say nothing to the source: %s', async (_, headers) => {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      seen.push(...request.rawHeaders);
      response.writeHead(200, {'content-type': 'application/json'}).end('{"data":[],"has_more":false}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const config = {
      api_base_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    };
    const run = await bench.read({
      streams: ['users', 'messages', 'skills'],
      config,
      env: {...others, OPENAI_CUSTOM_HEADERS: headers},
    });
    server.closeAllConnections();
    server.close();
    expect(run.ends).toEqual({users: 'COMPLETE', messages: 'COMPLETE', skills: 'COMPLETE'});
    expect(seen).toContain(`Bearer ${String(bench.config['api_key'])}`);
    expect(seen.filter((each) => each.includes('of-another-program'))).toEqual([]);
  });
});

test('blanks around pasted ids and keys do no harm', async () => {
  const {api_key: key, workspace_id: id, api_base_url: url} = bench.config;
  const pasted = {api_key: ` ${String(key)}\n`, workspace_id: `${String(id)} `, api_base_url: `${String(url)}/ `};
  const run = await bench.check({...bench.config, ...pasted});
  expect(run.connection.status).toBe('SUCCEEDED');
});

describe('plain http', () => {
  test.each(['http://api.acme.test/v1', 'api.chatgpt.com', 'https://api.acme.test/v1?key=1'])(
    'or another address that is no API is refused: %s',
    async (address) => {
      expect(await refusalOf({...bench.config, api_base_url: address})).toContain('api_base_url: ');
    }
  );

  test.each(['http://files.acme.test/secret', 'http://127.0.0.1.acme.test/', 'file:///etc/passwd'])(
    'is not followed from a redirect either: %s',
    async (location) => {
      const own = await SourceBench.open();
      own.log(2, [event('e1')]);
      own.simulator.interfere({path: /\/logs\/eclf_/, trouble: {kind: 'redirect', location}});
      const run = await own.read({streams: ['messages']});
      await own.close();
      expect(run.errors).toMatchObject([
        {failure_type: 'system_error', internal_message: expect.stringContaining('redirect_refused') as unknown},
      ]);
      expect(run.result.stdout).not.toContain(location);
      expect(run.rows('messages')).toEqual([]);
      expect(run.stateOf('messages')).toBeUndefined();
    }
  );

  test('a redirect of a listing is not followed at all', async () => {
    let seen: string | undefined;
    const stranger: Server = createServer((request, response) => {
      seen = request.headers.authorization ?? 'none';
      response.end('{"data":[{"id":"user-of-a-stranger"}],"has_more":false}');
    });
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    const own = await SourceBench.open();
    const location = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}/v1`;
    own.simulator.interfere({path: /\/users$/, trouble: {kind: 'redirect', location}});
    const run = await own.read({streams: ['users']});
    await own.close();
    await new Promise((resolve) => stranger.close(resolve));
    expect(seen).toBeUndefined();
    expect(run.errors[0]?.internal_message).toContain('redirect_refused');
    expect(run.rows('users')).toEqual([]);
    expect(run.result.stdout).not.toContain(location);
  });
});
