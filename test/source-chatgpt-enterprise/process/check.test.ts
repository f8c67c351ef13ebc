// The connection check as a person meets it: each refusal has its own words, and says who can help.
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {afterEach, expect, test} from '@jest/globals';
import type {PartialOptions} from '../../../simulator/options';
import type {Trouble} from '../../../simulator/api/interference';
import {event, SourceBench} from './source-bench';

let bench: SourceBench | undefined;
afterEach(() => bench?.close());

interface Case {
  readonly name: string;
  readonly options?: PartialOptions;
  readonly config?: object;
  readonly refuse?: {readonly path: RegExp; readonly status: number};
  readonly says: readonly RegExp[];
  /** What a read says, where it asks for other things and in another order. */
  readonly readSays?: readonly RegExp[];
}

const owner = /workspace owner can/;

const cases: readonly Case[] = [
  {
    name: 'a wrong key',
    config: {api_key: 'sk-admin-wrong'},
    says: [/HTTP 401/, owner, /Admin key for this workspace/, /Admin Console/],
  },
  {
    name: 'a key without the log scope',
    options: {deniedScopes: ['logs']},
    says: [/listing log files/, owner, /compliance_logs_platform\.read/],
    readSays: [/listing CONVERSATION_MESSAGE log files/, owner, /compliance_logs_platform\.read/],
  },
  {
    name: 'a key without the stateful scope',
    options: {deniedScopes: ['stateful']},
    says: [/listing users/, owner, /compliance_export read/],
  },
  {
    name: 'a key without the file scope',
    options: {deniedScopes: ['files']},
    says: [/looking up a file/, owner, /compliance_export read \(files\)/],
  },
  {
    name: 'another workspace',
    config: {workspace_id: '00000000-0000-4000-8000-000000000000'},
    says: [/log files and users/, /workspace ID is the one the key was made for/, /IP allow-list/, owner],
    readSays: [/listing users/, /workspace ID belongs to the key/, /IP allow-list/, owner],
  },
  {
    name: 'an address that is not on the allow-list',
    refuse: {path: /workspaces/, status: 403},
    says: [/address Airbyte calls from is on the Compliance API IP allow-list/],
  },
  {
    name: 'a plan without the API',
    refuse: {path: /workspaces/, status: 404},
    says: [/HTTP 404/, /API address/, /plan \(Enterprise, Edu, Healthcare or Teachers\)/, /workspace ID/],
  },
  {
    name: 'the id of an organization',
    config: {workspace_id: 'org-Ab12'},
    says: [/begins with org-/, /workspace ID \(a UUID\)/, /workspace settings/],
  },
  {
    name: 'a service that is down',
    refuse: {path: /workspaces/, status: 503},
    says: [/listing/, /Try again later/],
  },
];

/** What each case was told; an address that is not allowed cannot be told apart from another workspace. */
const told = new Map<string | undefined, string>();

test.each(cases)('$name is FAILED with a text of its own', async ({config, name, options, refuse, says}) => {
  bench = await SourceBench.open(options);
  if (refuse !== undefined) {
    bench.simulator.interfere({path: refuse.path, trouble: {kind: 'refuse', status: refuse.status}});
  }
  const {connection, errors} = await bench.check({...bench.config, ...config});
  expect(connection.status).toBe('FAILED');
  for (const words of says) expect(connection.message).toMatch(words);
  expect(connection.message).not.toContain('sk-admin-wrong');
  expect(errors).toEqual([]);
  if (name.includes('allow-list')) return;
  expect(told.get(connection.message)).toBeUndefined();
  told.set(connection.message, name);
});

/** A service that is down is tried again for long: `retries.test.ts`. */
const refusals = cases.filter(({refuse}) => refuse?.status !== 503);

test.each(refusals)('$name ends a read with its remedy', async ({config, options, readSays, refuse, says}) => {
  bench = await SourceBench.open(options);
  if (refuse !== undefined) {
    bench.simulator.interfere({path: refuse.path, trouble: {kind: 'refuse', status: refuse.status}});
  }
  bench.file('file-1', 'bytes');
  bench.log(3, [event('e1', {files: ['file-1']})]);
  const streams = ['users', 'messages', 'files', 'file_chunks'];
  const run = await bench.read({streams, ...(config && {config})});
  expect(run.exitCode).toBe(1);
  expect(run.errors.length).toBeGreaterThan(0);
  for (const error of run.errors) expect(error.failure_type).toBe('config_error');
  for (const words of readSays ?? says) expect(run.errors.map(({message}) => message).join('\n')).toMatch(words);
});

test('the first that a read says of an address that is refused, which is what Airbyte shows, names the allow-list', async () => {
  bench = await SourceBench.open();
  bench.simulator.interfere({path: /workspaces/, trouble: {kind: 'refuse', status: 403}});
  const run = await bench.read({streams: ['messages', 'users']});
  expect(run.errors[0]!.message).toMatch(/listing users.*workspace ID belongs to the key.*IP allow-list/);
});

test('a key with all it needs costs three requests', async () => {
  bench = await SourceBench.open();
  expect((await bench.check()).connection).toEqual({status: 'SUCCEEDED'});
  expect(bench.simulator.requests.map(({path}) => path.replace(/.*workspaces\/[^/]+/, ''))).toEqual([
    '/logs?event_type&after&limit',
    '/users?limit',
    expect.stringMatching(/^\/users\/[^/]+\/files\/file-0+$/) as unknown,
  ]);
});

test.each([
  {workspaceId: 'workspace_Ab12', isTold: true},
  {workspaceId: '4F0E3C1E-5C5B-4B0A-9F53-7D2C0A8E1B22', isTold: false},
])('the workspace ID $workspaceId is used as it stands; one that is no UUID is told', async ({isTold, workspaceId}) => {
  bench = await SourceBench.open({workspaceId});
  const check = await bench.check();
  expect(check.connection.status).toBe('SUCCEEDED');
  const read = await bench.read({streams: ['users', 'messages']});
  expect(read.exitCode).toBe(0);
  for (const run of [check, read]) {
    expect(run.logs('WARN')).toEqual(isTold ? [expect.stringMatching(/^workspace_id_unusual: .*not a UUID/)] : []);
  }
});

test('an organization id is refused without a request', async () => {
  bench = await SourceBench.open();
  await bench.check({...bench.config, workspace_id: 'org-Ab12'});
  const read = await bench.read({streams: ['users', 'messages'], config: {workspace_id: 'org-Ab12'}});
  expect(read.errors).toHaveLength(1);
  expect(bench.simulator.requests).toEqual([]);
});

test.each([
  {name: 'one short rate limit is waited out', headers: {'retry-after': '1'}, times: 1, status: 'SUCCEEDED'},
  {name: 'a second one is not', headers: {'retry-after': '1'}, times: 2, status: 'FAILED'},
  {name: 'one of more than 30 seconds is not', headers: {'retry-after': '31'}, times: 1, status: 'FAILED'},
])('$name', async ({headers, status, times}) => {
  bench = await SourceBench.open();
  const trouble: Trouble = {kind: 'refuse', status: 429, headers};
  bench.simulator.interfere({path: /\/logs$/, times, trouble});
  const {connection} = await bench.check();
  expect(connection.status).toBe(status);
  if (status === 'FAILED') expect(connection.message).toMatch(/Rate limited.* try again/i);
  expect(bench.requestsTo(/\/logs\?/)).toBe(headers['retry-after'] === '31' ? 1 : 2);
});

test.each([
  {status: 401, failure: 'config_error', says: /Admin key/},
  {status: 403, failure: 'config_error', says: /compliance_logs_platform\.read/},
  {status: 404, failure: 'config_error', says: /plan/},
  {status: 422, failure: 'config_error', says: /Update the connector/},
])('a read refused with HTTP $status fails its stream as $failure, and asks once', async ({failure, says, status}) => {
  bench = await SourceBench.open();
  bench.simulator.interfere({path: /\/logs$/, trouble: {kind: 'refuse', status}});
  const run = await bench.read({streams: ['users', 'messages', 'capture_runs']});
  expect(run.ends).toEqual({users: 'COMPLETE', messages: 'INCOMPLETE', capture_runs: 'COMPLETE'});
  expect(run.errors).toMatchObject([{failure_type: failure, stream_descriptor: {name: 'messages'}}]);
  expect(run.errors[0]!.message).toMatch(says);
  expect(bench.requestsTo(/\/logs\?/)).toBe(1);
});

test('an extra log type that the API does not know is told as one to check', async () => {
  bench = await SourceBench.open();
  bench.simulator.interfere({path: /\/logs$/, trouble: {kind: 'refuse', status: 400}});
  const run = await bench.run([
    'read',
    '--config',
    bench.write('config', 'json', {...bench.config, extra_log_types: ['CODEX_TURNS']}),
    '--catalog',
    bench.write('catalog', 'json', {streams: [{stream: {name: 'codex_turns_logs'}, sync_mode: 'incremental'}]}),
  ]);
  expect(run.errors[0]!.message).toMatch(
    /listing CODEX_TURNS log files.*HTTP 400.*deselect its stream.*extra_log_types/
  );
});

test('a rate limit in a read is waited out and shown as RATE_LIMITED with its end', async () => {
  bench = await SourceBench.open();
  const trouble: Trouble = {kind: 'refuse', status: 429, headers: {'retry-after': '1'}};
  bench.simulator.interfere({path: /\/users$/, times: 1, trouble});
  const run = await bench.read({streams: ['users']});
  expect(run.ends).toEqual({users: 'COMPLETE'});
  expect(run.result.messages).toContainEqual(
    expect.objectContaining({
      trace: expect.objectContaining({
        stream_status: {
          stream_descriptor: {name: 'users'},
          status: 'RUNNING',
          reasons: [{type: 'RATE_LIMITED', rate_limited: {quota_reset: expect.any(Number) as unknown}}],
        },
      }) as unknown,
    })
  );
});

test('a key that no header can hold is named as such, not as a service that is down', async () => {
  bench = await SourceBench.open();
  const key = `${String(bench.config['api_key'])}\u200b`;
  const {connection} = await bench.check({...bench.config, api_key: key});
  expect(connection.status).toBe('FAILED');
  expect(connection.message).toMatch(/api_key: must/);
  expect(bench.simulator.requests).toEqual([]);
});

test('a page in place of the API is not told as an API that has changed', async () => {
  bench = await SourceBench.open();
  const page = createServer((_, response) => {
    response.writeHead(200, {'content-type': 'text/html'}).end('<html><title>Sign in</title></html>');
  });
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
  try {
    const {port} = page.address() as AddressInfo;
    const {connection} = await bench.check({...bench.config, api_base_url: `http://127.0.0.1:${port}/v1`});
    expect(connection).toMatchObject({status: 'FAILED', message: expect.stringMatching(/no JSON.*API address.*proxy/)});
  } finally {
    page.closeAllConnections();
    page.close();
  }
});

test.each<[string, object]>([
  ['a time as text', {id: 'user-1', created_at: '2026-10-01T00:00:00Z'}],
  ['an id that is a number', {id: 7}],
  ['no id', {email: 'ana@acme.test'}],
  ['an id that is no segment of a path', {id: 'a/b'}],
])('a member with %s is no reason to fail', async (_, member) => {
  bench = await SourceBench.open();
  const body = {data: [member], has_more: true, last_id: null};
  bench.simulator.interfere({path: /\/users$/, trouble: {kind: 'answer', body}});
  expect((await bench.check()).connection).toEqual({status: 'SUCCEEDED'});
});
