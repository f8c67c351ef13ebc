// The deployment script against a stand-in for Airbyte's public API: what it creates, and what it does when run again.
import {once} from 'node:events';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {text} from 'node:stream/consumers';
import {afterEach, beforeEach, expect, test} from '@jest/globals';
import {streamDefinitions} from '../../contract/index';
import {RunFolder} from '../airbyte/connector-run';
import {temporaryFolder} from '../end-to-end/destination-process';
import {root} from '../source-files';
import {startExecutable} from '../support/executables';
import {AirbyteServer} from './airbyte-server';

const key = 'sk-admin-never-shown';

interface Plan {
  airbyte: {url: string; workspace_id: string};
  source: {tag: string; configuration: Record<string, unknown>};
  destination: {tag: string; image: string; configuration: Record<string, unknown>};
  connection: {cron: string; streams?: string[]};
}

let server: AirbyteServer;
let folder: RunFolder;
let plan: Plan;

beforeEach(async () => {
  server = new AirbyteServer();
  folder = new RunFolder();
  plan = JSON.parse(readFileSync(join(root, 'deploy/example.json'), 'utf8')) as Plan;
  plan.airbyte = {url: await server.start(), workspace_id: server.workspaceId};
});
afterEach(async () => {
  await server.stop();
  folder.remove();
});

async function deploy(
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {}
): Promise<{code: number | null; output: string}> {
  const file = folder.file('plan.json', plan);
  const child = startExecutable(process.execPath, [join(root, 'dist/deploy.js'), '--file', file, ...args], {
    env: {PATH: process.env['PATH'], CHATGPT_ADMIN_KEY: key, ...server.credentials, ...environment},
    secrets: [key, server.credentials.AIRBYTE_CLIENT_SECRET],
  });
  child.stdin.end();
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  return {code, output: out + err};
}

function changesAsked(): string[] {
  return server.requests
    .filter(({method, path}) => method !== 'GET' && path !== 'applications/token')
    .map(({method, path}) => `${method} ${path.split('/')[0]!}`);
}

test('registers both images and creates source, destination and an hourly connection of every stream', async () => {
  expect(await deploy()).toMatchObject({code: 0});
  expect(server.rows('source definitions')).toMatchObject([
    {dockerRepository: 'registry.example.com/source-chatgpt-enterprise', dockerImageTag: '0.1.0'},
  ]);
  expect(server.rows('destination definitions')).toHaveLength(1);
  const [source] = server.rows('sources');
  const [destination] = server.rows('destinations');
  expect(source).toMatchObject({
    definitionId: server.rows('source definitions')[0]!['id'],
    configuration: {api_key: key},
  });
  expect(destination).toMatchObject({definitionId: server.rows('destination definitions')[0]!['id']});
  const [connection] = server.rows('connections');
  expect(connection).toMatchObject({
    sourceId: source!['sourceId'],
    destinationId: destination!['destinationId'],
    schedule: {scheduleType: 'cron', cronExpression: '0 0 * * * ?'},
    status: 'active',
  });
  const {streams} = connection!['configurations'] as {streams: {name: string}[]};
  expect(streams.map(({name}) => name)).toEqual(streamDefinitions.map(({name}) => name));
});

test('changes nothing when it is run again', async () => {
  await deploy();
  const before = changesAsked().length;
  const again = await deploy();
  expect(again.output).toContain('Nothing to do.');
  expect(changesAsked()).toHaveLength(before);
});

test('tells in a dry run what it would do, and does nothing', async () => {
  const {code, output} = await deploy(['--dry-run']);
  expect(code).toBe(0);
  expect(output.split('\n')).toEqual([
    'would create image registry.example.com/source-chatgpt-enterprise:0.1.0',
    'would create source ChatGPT Enterprise of Acme',
    'would create image registry.example.com/destination-arctera-archive:0.1.0',
    'would create destination Arctera archive of Acme',
    'would create connection ChatGPT Enterprise to Arctera',
    '5 to do.',
    '',
  ]);
  expect(changesAsked()).toEqual([]);
});

test('changes the images to a new tag and leaves the rest', async () => {
  await deploy();
  const before = changesAsked().length;
  plan.source.tag = plan.destination.tag = '0.2.0';
  await deploy();
  expect(changesAsked().slice(before)).toEqual(['PUT workspaces', 'PUT workspaces']);
  expect(server.rows('source definitions')).toMatchObject([{dockerImageTag: '0.2.0', name: 'ChatGPT Enterprise'}]);
});

test('names the settings that differ and sends them', async () => {
  await deploy();
  plan.source.configuration['refresh_hours'] = 12;
  plan.connection = {...plan.connection, cron: '0 30 * * * ?', streams: ['users', 'messages']};
  const {output} = await deploy();
  expect(output).toContain('update source ChatGPT Enterprise of Acme (refresh_hours)');
  expect(output).toContain('update connection ChatGPT Enterprise to Arctera (schedule, streams)');
  expect(server.rows('sources')).toMatchObject([{configuration: {refresh_hours: 12, api_key: key}}]);
  expect(server.rows('connections')).toMatchObject([{schedule: {cronExpression: '0 30 * * * ?'}}]);
});

test('sends a secret anew only when it is asked to, because Airbyte shows none', async () => {
  await deploy();
  const rotated = {CHATGPT_ADMIN_KEY: 'sk-admin-of-tomorrow'};
  await deploy([], rotated);
  expect(server.rows('sources')).toMatchObject([{configuration: {api_key: key}}]);
  expect((await deploy(['--send-secrets'], rotated)).output).not.toContain('sk-admin');
  expect(server.rows('sources')).toMatchObject([{configuration: {api_key: 'sk-admin-of-tomorrow'}}]);
});

test('captures the streams of extra log types too, and each type once', async () => {
  plan.source.configuration['extra_log_types'] = ['CODEX_TURN', 'AUTH_LOG', 'CODEX_TURN'];
  await deploy();
  const [connection] = server.rows('connections');
  const {streams} = connection!['configurations'] as {streams: {name: string}[]};
  expect(streams.map(({name}) => name)).toEqual([...streamDefinitions.map(({name}) => name), 'codex_turn_logs']);
  expect((await deploy()).output).toContain('Nothing to do.');
});

const bucket = {type: 's3', bucket: 'archive', region: 'eu-central-1'};
const keys = {access_key_id: 'AK', secret_access_key: {env: 'CHATGPT_ADMIN_KEY'}};

test('finds nothing to do where secrets stand in a list', async () => {
  plan.destination.configuration['additional_targets'] = [{name: 'trading', target: {...bucket, ...keys}}];
  await deploy();
  expect((await deploy()).output).toContain('Nothing to do.');
  expect((await deploy(['--send-secrets'])).output).toContain(
    '(additional_targets.0.target.access_key_id, additional_targets.0.target.secret_access_key)'
  );
});

test('takes away secrets that the file no longer has', async () => {
  plan.destination.configuration['target'] = {...bucket, ...keys};
  await deploy();
  plan.destination.configuration['target'] = bucket;
  expect((await deploy()).output).toContain(
    'update destination Arctera archive of Acme (target.access_key_id, target.secret_access_key)'
  );
  expect(server.rows('destinations')).toMatchObject([{configuration: {target: bucket}}]);
  expect((await deploy()).output).toContain('Nothing to do.');
});

test('finds its source among hundreds', async () => {
  await deploy();
  const [own] = server.rows('sources');
  const others = Array.from({length: 250}, (_, index) => ({...own!, name: `Other ${index}`, sourceId: `${index}`}));
  server.rows('sources').unshift(...others);
  expect((await deploy()).output).toContain('Nothing to do.');
});

test.each<[string, () => Readonly<Record<string, string>>, string]>([
  [
    'a wrong secret',
    () => ({AIRBYTE_CLIENT_SECRET: 'wrong'}),
    'POST applications/token: Airbyte answered 401 (Unauthorized).',
  ],
  [
    'a variable that is not set',
    () => ({CHATGPT_ADMIN_KEY: ''}),
    'The environment variable CHATGPT_ADMIN_KEY is not set.',
  ],
])('ends with a message for %s', async (_, environment, message) => {
  const {code, output} = await deploy([], environment());
  expect([code, output]).toEqual([1, `${message}\n`]);
  expect(changesAsked()).toEqual([]);
});

test('does not show what Airbyte says of a refused body, which may quote it', async () => {
  plan.source.configuration['api_key'] = {env: 'CHATGPT_ADMIN_KEY'};
  plan.destination.image = 5 as unknown as string;
  const invalid = await deploy();
  expect(invalid).toMatchObject({code: 1});
  expect(invalid.output).toContain('destination.image');
  expect(server.requests).toEqual([]);
});

test('does not quote a file that is not JSON', async () => {
  const file = join(temporaryFolder(), 'plan.json');
  writeFileSync(file, `{"source":{"configuration":{"api_key": ${key}}}}`);
  const child = startExecutable(process.execPath, [join(root, 'dist/deploy.js'), '--file', file, '--dry-run']);
  child.stdin.end();
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect([out, err]).toEqual(['', 'The deployment file is not JSON.\n']);
});
