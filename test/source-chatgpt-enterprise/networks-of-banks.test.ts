// Proxies and private certificate authorities, through the executable: what reaches whom, and what a wrong setting says.
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from '@jest/globals';
import {existsSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {delimiter, join, resolve} from 'node:path';
import {type ConnectorResult, runConnector} from '../airbyte/connector-run';
import {hoursAgo, messageLine} from './read-source';
import {TinyApi} from './tiny-api';
import {
  createAuthority,
  openEndingGate,
  type Opened,
  openProxy,
  openTinyproxy,
  openTlsFront,
  type PrivateAuthority,
  type SeeingProxy,
} from './tls-front';

const tinyproxy = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'tinyproxy'))
  .find(existsSync);

let authority: PrivateAuthority;
let folder: string;
let api: TinyApi;
let opened: Opened[];
let apiPort: number;

beforeAll(async () => {
  authority = await createAuthority('Acme Test Authority');
  folder = mkdtempSync(join(tmpdir(), 'networks-'));
});
afterAll(() => rmSync(folder, {recursive: true, force: true}));

beforeEach(async () => {
  opened = [];
  api = new TinyApi();
  await api.start();
  api.files.set('file-1', {route: '/users/user-1/files/file-1', bytes: Buffer.from('abc')});
  const line = messageLine('e1', hoursAgo(4), [{id: 'file-1'}]);
  api.logFiles.push({id: 'eclf_1', end_time: hoursAgo(3), lines: [line]});
  apiPort = (await keep(openTlsFront(authority, api.apiPort))).port;
  api.signedOrigin = `https://localhost:${(await keep(openTlsFront(authority, api.signedPort))).port}`;
});
afterEach(async () => {
  for (const one of opened) await one.close();
  await api.stop();
});

async function keep<T extends Opened>(opening: Promise<T>): Promise<T> {
  const one = await opening;
  opened.push(one);
  return one;
}

interface Network {
  readonly host?: string;
  readonly port?: number;
  readonly certificate?: string | null;
  readonly env?: Readonly<Record<string, string>>;
}

async function run(verb: 'check' | 'read', network: Network = {}): Promise<ConnectorResult> {
  const {certificate = authority.certificate, env = {}, host = 'localhost', port = apiPort} = network;
  const config = {
    workspace_id: 'ws-1',
    api_key: 'sk-test',
    api_base_url: `https://${host}:${port}/v1`,
    ...(certificate === null ? {} : {ca_certificate: certificate}),
  };
  const catalog = {
    streams: ['messages', 'files', 'file_chunks'].map((name) => ({
      stream: {name, json_schema: {}, supported_sync_modes: ['full_refresh']},
      sync_mode: 'full_refresh',
      destination_sync_mode: 'append',
    })),
  };
  const [configPath, catalogPath] = [join(folder, 'config.json'), join(folder, 'catalog.json')];
  writeFileSync(configPath, JSON.stringify(config));
  writeFileSync(catalogPath, JSON.stringify(catalog));
  const result = await runConnector({
    command: [resolve('bin/source-chatgpt-enterprise')],
    args: [verb, '--config', configPath, ...(verb === 'read' ? ['--catalog', catalogPath] : [])],
    env,
  });
  for (const output of [result.stdout, result.stderr])
    expect(output).not.toMatch(/sk-test|[?&](sig|signature|expires)=/);
  return result;
}

function records(result: ConnectorResult, stream: string): unknown[] {
  return result.messages.flatMap(({record, type}) =>
    type === 'RECORD' && (record as {stream: string}).stream === stream ? [(record as {data: unknown}).data] : []
  );
}

function status(result: ConnectorResult): unknown {
  return result.messages.find(({type}) => type === 'CONNECTION_STATUS')?.['connectionStatus'];
}

test('a private authority is trusted for listings and downloads, and the signed host gets no key', async () => {
  const result = await run('read');
  expect(result).toMatchObject({exitCode: 0, stderr: ''});
  expect(records(result, 'files')).toMatchObject([{outcome: 'captured', size: 3}]);
  expect(api.tokensOnSignedHost).toBe(0);
});

test('line breaks that a form made into \\n are mended', async () => {
  const result = await run('check', {certificate: authority.certificate.replace(/\r?\n/g, '\\n')});
  expect(status(result)).toEqual({status: 'SUCCEEDED'});
});

test.each([
  {name: 'no authority', certificate: () => Promise.resolve(null)},
  {name: 'another authority', certificate: async () => (await createAuthority('Other Authority')).certificate},
])('with $name the check names the certificate and its remedy', async ({certificate}) => {
  const result = await run('check', {certificate: await certificate()});
  expect(status(result)).toMatchObject({status: 'FAILED', message: expect.stringContaining('ca_certificate')});
  expect(api.requests).toEqual([]);
});

describe('a variable that turns verification off turns nothing off', () => {
  const env = {NODE_TLS_REJECT_UNAUTHORIZED: '0'};

  test.each(['directly', 'through a proxy', 'through a proxy of https'])('of the API, reached %s', async (way) => {
    const proxy = await keep(openProxy());
    const front = await keep(openTlsFront(authority, proxy.port));
    const address = {
      directly: {},
      'through a proxy': {HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`},
      'through a proxy of https': {HTTPS_PROXY: `https://localhost:${front.port}`},
    }[way]!;
    const result = await run('check', {certificate: null, env: {...env, ...address}});
    expect(status(result)).toMatchObject({status: 'FAILED', message: expect.stringContaining('ca_certificate')});
    expect(result.stderr).toBe('');
    expect(api.requests).toEqual([]);
    expect(proxy.tunnels).toHaveLength(way === 'through a proxy' ? 1 : 0);
  });

  test('of the signed host', async () => {
    const other = await createAuthority('Other Authority');
    api.signedOrigin = `https://localhost:${(await keep(openTlsFront(other, api.signedPort))).port}`;
    const result = await run('read', {env});
    expect([result.exitCode, records(result, 'messages')]).toEqual([1, []]);
  });
});

test('a proxy that is itself reached by https is trusted by the same authority', async () => {
  const proxy = await keep(openProxy());
  const front = await keep(openTlsFront(authority, proxy.port));
  const result = await run('read', {env: {HTTPS_PROXY: `https://localhost:${front.port}`}});
  expect(result).toMatchObject({exitCode: 0, stderr: ''});
  expect(records(result, 'files')).toMatchObject([{outcome: 'captured'}]);
  expect(new Set(proxy.tunnels).size).toBe(2);
});

test('a name the certificate is not for is refused', async () => {
  const {port} = await keep(openTlsFront(authority, api.apiPort, '127.0.0.2'));
  const result = await run('check', {host: '127.0.0.2', port});
  expect(status(result)).toMatchObject({status: 'FAILED', message: expect.stringContaining('certificate')});
});

test('a signed host with a wrong certificate ends the read as a matter of configuration', async () => {
  const other = await createAuthority('Other Authority');
  api.signedOrigin = `https://localhost:${(await keep(openTlsFront(other, api.signedPort))).port}`;
  const result = await run('read');
  expect(result.exitCode).toBe(1);
  expect(result.stdout).toContain('"failure_type":"config_error"');
  expect(result.stdout).toContain('ca_certificate');
});

test('text that is no certificate is refused by name', async () => {
  const result = await run('check', {certificate: 'secret words'});
  expect(status(result)).toMatchObject({status: 'FAILED', message: expect.stringContaining('ca_certificate')});
  expect(result.stdout).not.toContain('secret words');
});

test.each(['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'])('%s is used, for all requests', async (name) => {
  const proxy: SeeingProxy = await keep(openProxy());
  const result = await run('read', {env: {[name]: `http://jo:s3cr%40t@127.0.0.1:${proxy.port}`}});
  expect(result).toMatchObject({exitCode: 0, stderr: ''});
  expect(records(result, 'files')).toMatchObject([{outcome: 'captured'}]);
  const signedPort = new URL(api.signedOrigin!).port;
  expect(new Set(proxy.tunnels)).toEqual(new Set([`localhost:${apiPort}`, `localhost:${signedPort}`]));
  expect(new Set(proxy.authorizations)).toEqual(new Set([`Basic ${Buffer.from('jo:s3cr@t').toString('base64')}`]));
  expect(proxy.seen()).not.toMatch(/sk-test|Bearer/);
  expect(result.stdout).not.toMatch(/s3cr|sk-test/);
});

test('variables that make programs tell of their requests on stderr are not heard', async () => {
  const proxy = await keep(openProxy());
  const env = {HTTPS_PROXY: `http://jo:s3cr%40t@127.0.0.1:${proxy.port}`, DEBUG: '*', NODE_DEBUG: 'http,https,net,tls'};
  const result = await run('read', {env});
  expect(result).toMatchObject({exitCode: 0, stderr: ''});
  expect(result.stdout).not.toContain('s3cr');
});

test.each(['NO_PROXY', 'no_proxy'])('%s keeps requests off the proxy', async (name) => {
  const proxy = await keep(openProxy());
  const result = await run('check', {env: {HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`, [name]: 'localhost'}});
  expect(status(result)).toEqual({status: 'SUCCEEDED'});
  expect(proxy.tunnels).toEqual([]);
});

test('plain http on loopback never goes to a proxy, which would read the key', async () => {
  const proxy = await keep(openProxy());
  const env = {HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`, HTTP_PROXY: `http://127.0.0.1:${proxy.port}`};
  api.signedOrigin = undefined;
  const path = join(folder, 'config.json');
  writeFileSync(path, JSON.stringify({workspace_id: 'ws-1', api_key: 'sk-test', api_base_url: api.baseUrl}));
  const command = [resolve('bin/source-chatgpt-enterprise')];
  const result = await runConnector({command, args: ['check', '--config', path], env});
  expect(status(result)).toEqual({status: 'SUCCEEDED'});
  expect(proxy.tunnels).toEqual([]);
});

test.each([
  {refusal: 407, text: 'HTTP 407'},
  {refusal: 403, text: 'HTTP 403'},
])('a proxy that answers $refusal is not taken for the API', async ({refusal, text}) => {
  const proxy = await keep(openProxy(refusal));
  const result = await run('check', {env: {HTTPS_PROXY: `http://jo:wrong@127.0.0.1:${proxy.port}`}});
  expect(status(result)).toMatchObject({status: 'FAILED', message: expect.stringContaining(`proxy answered ${text}`)});
  expect(result.stdout).not.toContain('wrong');
  expect(proxy.tunnels.length).toBe(1);
});

test.each([503, 429])('a proxy that answers %s for a while is asked again', async (refusal) => {
  const proxy = await keep(openProxy(refusal, 2));
  const result = await run('read', {env: {HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`}});
  expect(result).toMatchObject({exitCode: 0, stderr: ''});
  expect(records(result, 'messages')).toMatchObject([{event_id: 'e1'}]);
});

test('a proxy that cannot be reached is named, and not the API in its place', async () => {
  const {stdout} = await run('check', {env: {HTTPS_PROXY: 'http://user:secret-of-proxy@127.0.0.1:9'}});
  expect(stdout).toContain('The proxy 127.0.0.1:9, which the environment names, cannot be reached (ECONNREFUSED).');
  expect(stdout).not.toMatch(/No complete answer|secret-of-proxy/);
});

test('a percent sign in the password of the proxy that is not encoded is a matter of configuration', async () => {
  const proxy = await keep(openProxy());
  const result = await run('check', {env: {HTTPS_PROXY: `http://jo:secret%of-proxy@127.0.0.1:${proxy.port}`}});
  expect(status(result)).toMatchObject({status: 'FAILED', message: expect.stringContaining('%25') as unknown});
  expect(result.stdout).toContain('Check HTTPS_PROXY');
  expect(result.stdout).not.toContain('of-proxy');
});

test('a proxy that is no https one, though its address says so, is named', async () => {
  const proxy = await keep(openProxy());
  const result = await run('check', {env: {HTTPS_PROXY: `https://127.0.0.1:${proxy.port}`}});
  const message = expect.stringContaining(`The proxy 127.0.0.1:${proxy.port}, which the environment names,`);
  expect(status(result)).toMatchObject({status: 'FAILED', message});
});

test('the address of a proxy without a scheme is one of http, as other programs take it', async () => {
  const proxy = await keep(openProxy());
  const result = await run('check', {env: {HTTPS_PROXY: `jo:secret@127.0.0.1:${proxy.port}`}});
  expect(status(result)).toEqual({status: 'SUCCEEDED'});
  expect(proxy.authorizations[0]).toBe(`Basic ${Buffer.from('jo:secret').toString('base64')}`);
});

test.each([false, true])(
  'a proxy that ends connections for a while is asked again (by https: %s)',
  async (isSecure) => {
    const proxy = await keep(openProxy());
    const front = isSecure ? await keep(openTlsFront(authority, proxy.port)) : proxy;
    const gate = await keep(openEndingGate(front.port, 3));
    const env = {HTTPS_PROXY: `http${isSecure ? 's' : ''}://localhost:${gate.port}`};
    const result = await run('read', {env});
    expect(result).toMatchObject({exitCode: 0, stderr: ''});
    expect(records(result, 'messages')).toMatchObject([{event_id: 'e1'}]);
  }
);

test('a connector that may open no more connections says so, and does not blame the network', async () => {
  const preload = join(folder, 'no-more-files.cjs');
  const error = `Object.assign(new Error('connect EMFILE'), {code: 'EMFILE', errno: -24, syscall: 'connect'})`;
  writeFileSync(
    preload,
    `require('node:net').Socket.prototype.connect = function () {
       process.nextTick(() => this.destroy(${error}));
       return this;
     };`
  );
  const result = await run('check', {env: {NODE_OPTIONS: `--require ${preload}`}});
  const message = expect.stringContaining('may open no more files (EMFILE)');
  expect(status(result)).toMatchObject({status: 'FAILED', message});
  expect(result.stdout).not.toContain('the network may not let');
});

test('a proxy that answers 503 for good is named', async () => {
  const proxy = await keep(openProxy(503));
  const result = await run('check', {env: {HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`}});
  expect(status(result)).toMatchObject({status: 'FAILED', message: expect.stringContaining('proxy answered HTTP 503')});
  expect(proxy.tunnels.length).toBeGreaterThan(1);
});

test.each(tinyproxy === undefined ? [] : [tinyproxy])(
  'a real forward proxy lets a whole read through',
  async (path) => {
    const proxy = await keep(openTinyproxy(path, 'jo', 'secret'));
    const result = await run('read', {env: {HTTPS_PROXY: `http://jo:secret@127.0.0.1:${proxy.port}`}});
    expect(result).toMatchObject({exitCode: 0, stderr: ''});
    expect(records(result, 'files')).toMatchObject([{outcome: 'captured'}]);
    const refused = await run('check', {env: {HTTPS_PROXY: `http://jo:wrong@127.0.0.1:${proxy.port}`}});
    expect(status(refused)).toMatchObject({status: 'FAILED', message: expect.stringContaining('HTTPS_PROXY')});
  }
);

test('an address of IPv6 works, of the API and of the signed host', async () => {
  const {port} = await keep(openTlsFront(authority, api.apiPort, '::1'));
  api.signedOrigin = `https://[::1]:${(await keep(openTlsFront(authority, api.signedPort, '::1'))).port}`;
  expect(status(await run('check', {host: '[::1]', port}))).toEqual({status: 'SUCCEEDED'});
  const result = await run('read', {host: '[::1]', port});
  expect(result.exitCode).toBe(0);
  expect(records(result, 'messages')).toMatchObject([{event_id: 'e1'}]);
  expect(records(result, 'files')).toMatchObject([{outcome: 'captured', size: 3}]);
  expect(records(result, 'file_chunks')).toMatchObject([{data: Buffer.from('abc').toString('base64'), last: true}]);
  expect(api.tokensOnSignedHost).toBe(0);
});
