// The probe for a first pilot: read-only, few requests, facts without content, and a simulator that behaves alike.
import {afterEach, beforeAll, describe, expect, test} from '@jest/globals';
import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {resolve} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {type ConnectorResult, RunFolder, runConnector} from '../airbyte/connector-run';
import {toJson} from '../../scripts/probe/json-facts';
import {lifeOf} from '../../scripts/probe/prober';
import {findRoute} from '../../simulator/api/routes';
import {parseCommandLine} from '../../simulator/command-line';
import type {PartialOptions} from '../../simulator/options';
import {type Simulator, startSimulator} from '../../simulator/server';
import {canary} from '../support/canary';
import {event, microsAgo, timeAgo} from './process/source-bench';

let simulator: Simulator | undefined;

beforeAll(() => {
  if (!existsSync(resolve('dist/probe.js'))) spawnSync('node', ['scripts/build.mjs']);
});
afterEach(async () => {
  await simulator?.close();
});

async function open(options: PartialOptions): Promise<Simulator> {
  await simulator?.close();
  simulator = await startSimulator({seed: 'probe', events: 600, files: 60, days: 9, apiKey: canary.key, ...options});
  return simulator;
}

/** What is asked of every probe, whatever it finds. */
async function probe({apiKey, baseUrl, requests, signedOrigin, workspaceId}: Simulator): Promise<ConnectorResult> {
  const config = new RunFolder();
  const path = config.file('config.json', {workspace_id: workspaceId, api_key: apiKey, api_base_url: baseUrl});
  const result = await runConnector({command: [process.execPath, resolve('dist/probe.js')], args: ['--config', path]});
  config.remove();
  expect(result).toMatchObject({stderr: '', exitCode: 0});
  expect(requests.length).toBeLessThan(100);
  expect(requests.filter(({method, path: asked}) => method !== 'GET' && !/\/(agent-)?skills$/.test(asked))).toEqual([]);
  expect(requests.filter(({hadAuthorization, origin}) => origin === signedOrigin && hadAuthorization)).toEqual([]);
  // Neither key nor link, nor anything of a person, a file, a conversation or a message.
  expect(result.stdout).not.toMatch(/sk-admin|signature=|@|user-|file-\w|libf|Refused|not authorized/);
  for (const secret of [canary.key, canary.text, workspaceId]) expect(result.stdout).not.toContain(secret);
  return result;
}

/** Messages of these ages, in hours, each with an upload of its own. */
function plantUploads(workspace: Simulator, ages: readonly number[]): void {
  for (const age of ages) {
    const fileId = `file-${age}`;
    workspace.plantFile({fileId, bytes: Buffer.from('x'), ownerId: 'user-1', uploadedMicros: microsAgo(age)});
    const lines = [event(`e-${age}`, {files: [fileId], timestamp: timeAgo(age)})];
    workspace.plantLog({lines, endMicros: microsAgo(age - 0.1)});
  }
}

/** What stands behind a name on the fact sheet. */
function fact({stdout}: ConnectorResult, name: string): string | undefined {
  const line = stdout.split('\n').find((one) => one.startsWith(`  ${name} `));
  return line?.slice(name.length + 3).trim();
}

function switchesOf({stdout}: ConnectorResult): string[] {
  const [, switches = ''] = /npm run simulator -- (.*)$/m.exec(stdout) ?? [];
  return switches.split(' ').filter(Boolean);
}

describe('the fact sheet', () => {
  test('has a status for each route of the source', async () => {
    const result = await probe(await open({}));
    const asked = new Set(
      simulator!.requests.map(({method, path}) => {
        const [, below = ''] = /workspaces\/[^/]+(\/[^?]+)/.exec(path) ?? [];
        return `${method} ${findRoute(method, below)?.route.path}`;
      })
    );
    for (const route of [
      ...['/logs', '/logs/{}', '/max_event_time', '/users', '/users/{}/files/{}', '/gpt_files/{}', '/project_files/{}'],
      ...['/gpts', '/gpts/{}/configs', '/gpts/{}/shared_users', '/projects', '/projects/{}/configs', '/memories'],
      ...['/codex_tasks', '/codex_environments', '/agents', '/agents/{}', '/skills/{}/export', '/users/{}/automations'],
      ...['/users/{}/canvases', '/users/{}/recordings', '/users/{}/library_files'],
    ]) {
      expect([...asked]).toContain(`GET ${route}`);
    }
    // What belongs to one of them is asked for where the members who wrote last have some.
    for (const [listing, one] of [
      ['canvases', 'canvas/{}'],
      ['recordings', 'recordings/{}/transcript'],
      ['library_files', 'library_files/{}'],
    ]) {
      const isFound = new RegExp(`^  users/[{]id[}]/${listing} +200$`, 'm').test(result.stdout);
      expect({one, isAsked: asked.has(`GET /users/{}/${one}`)}).toEqual({one, isAsked: isFound});
    }
    expect([...asked]).toEqual(expect.arrayContaining(['POST /skills', 'POST /agent-skills']));
    for (const type of ['CONVERSATION_MESSAGE', 'AUDIT_LOG', 'CODEX_TURN']) {
      expect(fact(result, `logs ${type}`)).toMatch(/^200/);
    }
    expect(fact(result, 'logs without a time')).toBe('422, {detail: array}');
  });

  test('has what is said of files by their age, of link, order, precision and the boundary', async () => {
    await open({events: 0, files: 0});
    plantUploads(simulator!, [0.5, 3, 20, 30, 46, 49, 51, 100]);
    const result = await probe(simulator!);
    const byAge = ['up to 1 hour', 'up to 24 hours', 'up to 47 hours', 'about 48 hours', 'older'];
    expect(byAge.map((name) => fact(result, name))).toEqual(['307', '307 307', '307 307', '410', '410 410']);
    expect(fact(result, 'digits after the second')).toBe('6');
    expect(fact(result, 'a log file after its own end_time')).toBe('does not come');
    expect(fact(result, 'max_event_time after the newest end, seconds')).toBe('0');
    expect(fact(result, 'seconds that a signed link lives')).toBe('300');
    expect(fact(result, 'hosts of signed links')).toBe(new URL(simulator!.signedOrigin).host);
    expect(fact(result, 'headers about limits')).toBe('none');
  });

  test('says where a file lies that its sender does not have', async () => {
    await open({events: 0, files: 0});
    simulator!.plantFile({
      fileId: 'file-p',
      bytes: Buffer.from('x'),
      ownerId: 'user-1',
      uploadedMicros: microsAgo(2),
      place: 'project',
    });
    simulator!.plantLog({lines: [event('e', {files: ['file-p'], timestamp: timeAgo(2)})], endMicros: microsAgo(1.9)});
    expect(fact(await probe(simulator!), 'up to 24 hours')).toBe('404 (then 307, 404)');
  });

  test('says which log files came late while it was made', async () => {
    const {requests} = await open({});
    const probing = probe(simulator!);
    while (!requests.some(({path}) => path.includes('/codex_tasks'))) await sleep(5);
    simulator!.plantLog({lines: [event('late')], endMicros: microsAgo(40)});
    simulator!.plantLog({lines: [event('new')], endMicros: microsAgo(0.01)});
    const result = await probing;
    expect(fact(result, 'log files that came during the probe')).toBe('2');
    expect(fact(result, 'of them late, before the newest of then')).toBe('1');
    expect(switchesOf(result).join(' ')).toContain('--late-files 1');
  });

  test('counts events that came twice, messages that changed, and branches', async () => {
    await open({events: 0, files: 0});
    const after = (id: string, parts: object): string =>
      JSON.stringify({...toJson(event(id, parts)), previous_message_id: 'm-a'});
    const repeated = after('b', {});
    const lines = [event('a'), repeated, repeated, after('c', {}), after('d', {messageId: 'm-a'})];
    simulator!.plantLog({lines, endMicros: microsAgo(2)});
    const result = await probe(simulator!);
    expect(fact(result, 'events')).toBe('4');
    expect(fact(result, 'events that came twice')).toBe('1');
    expect(fact(result, 'later events of a message that came before')).toBe('1');
    expect(fact(result, 'messages that follow one that has a follower')).toBe('1');
    expect(switchesOf(result).join(' ')).toContain('--duplicates 0.25 ');
    expect(() => parseCommandLine(switchesOf(result))).not.toThrow();
  });

  test('has the headers that tell of limits, and waits for those limits three times at most', async () => {
    await open({events: 0, files: 0});
    const headers = {'retry-after': '0', 'x-ratelimit-limit-requests': '100', 'x-ratelimit-remaining-requests': '7'};
    simulator!.interfere({path: /workspaces/, trouble: {kind: 'refuse', status: 429, headers}});
    const result = await probe(simulator!);
    expect(fact(result, 'header x-ratelimit-limit-requests')).toBe('100');
    expect(fact(result, 'users')).toBe('429, {detail: string}');
    expect(switchesOf(result).join(' ')).toContain('--requests-per-minute 100');
    const times = new Map(simulator!.requests.map(({sameAs}) => [sameAs, 0]));
    expect(simulator!.requests.length - times.size).toBe(3);
  });
});

describe('the switches', () => {
  const told = [
    ...['compliance_logs_platform.read', 'compliance_export read', 'compliance_export read (files)', 'users'],
    ...['seconds that a signed link lives', 'logs CONVERSATION_MESSAGE', 'up to 24 hours', 'up to 47 hours'],
  ];

  test.each<{name: string; options: PartialOptions; gives: RegExp}>([
    {name: 'nothing wrong', options: {}, gives: /--members 12 --duplicates 0 --signed-url-life 300/},
    {name: 'another link', options: {signedUrlLifeMs: 60_000}, gives: /--signed-url-life 60/},
    {name: 'uploads that live for a day', options: {uploadLifeMs: 86_400_000}, gives: /--upload-life 2[4-9] /},
    {name: 'uploads that stay', options: {uploadLifeMs: 1e10}, gives: /--upload-life 10[01] /},
    {name: 'two scopes missing', options: {deniedScopes: ['stateful', 'files']}, gives: /--deny stateful,files/},
    {name: 'all scopes missing', options: {deniedScopes: ['logs', 'stateful', 'files']}, gives: /--deny logs,stateful/},
    {name: 'a workspace of five', options: {members: 5}, gives: /--members 5/},
    {name: 'slow answers', options: {faults: {latencyMs: 40}}, gives: /--latency [4-9]\d/},
  ])('of a workspace with $name make a simulator of which a probe says the same', async ({gives, options}) => {
    const uploads = [0.5, 3, 20, 26, 30, 46, 100];
    const quiet = {events: 60, files: 0, days: 1} as const;
    plantUploads(await open({...quiet, ...options, faults: {duplicates: 0, ...options.faults}}), uploads);
    const first = await probe(simulator!);
    expect(switchesOf(first).join(' ')).toMatch(gives);
    plantUploads(await open({...quiet, ...parseCommandLine(switchesOf(first)).options}), uploads);
    const second = await probe(simulator!);
    for (const name of told) expect({name, says: fact(second, name)}).toEqual({name, says: fact(first, name)});
  });

  test('of ties, lines that are no events and wrong hashes are understood as what they count', async () => {
    await open({events: 0, files: 0});
    for (const hours of [1, 2, 3]) {
      const endMicros = microsAgo(hours);
      for (const tie of [1, 2]) {
        const lines = [event(`e${hours}${tie}`), 'no event'];
        simulator!.plantLog({lines, endMicros, listedSha256: '0'.repeat(64)});
      }
    }
    const result = await probe(simulator!);
    const {faults} = parseCommandLine(switchesOf(result)).options;
    expect(faults).toMatchObject({
      ties: 3,
      unreadableLines: Number(fact(result, 'lines that are no events')),
      tamperedSha256: Number(fact(result, 'hashes that do not fit')),
    });
    expect(faults?.unreadableLines).toBeGreaterThan(1);
    expect(faults?.tamperedSha256).toBeGreaterThan(0);
  });
});

test.each([
  ['https://a.test/x?X-Amz-Expires=300&X-Amz-Signature=s', 300],
  ['https://a.test/x?se=2026-11-01T00%3A05%3A00Z&sig=s', 300],
  ['https://a.test/x?Expires=1793491500&Signature=s', 300],
  ['https://a.test/x?expires=1793491500000', 300],
  ['https://a.test/x?token=s', undefined],
])('a link such as %s lives %s seconds', (link, seconds) => {
  expect(lifeOf(new URL(link), Date.parse('2026-11-01T00:00:00Z'))).toBe(seconds);
});

test('a configuration that is not usable is told by its fields, without its values', async () => {
  const config = new RunFolder();
  const path = config.file('config.json', {workspace_id: 7, api_key: canary.key});
  const result = await runConnector({command: [process.execPath, resolve('dist/probe.js')], args: ['--config', path]});
  config.remove();
  expect(result.exitCode).toBe(1);
  expect(result.stderr).toBe(
    'The configuration is not usable at: workspace_id. The check of the connector tells more.\n'
  );
});
