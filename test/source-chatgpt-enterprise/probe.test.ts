// The probe for a first pilot: read-only, few requests, facts without content.
import {afterEach, beforeAll, expect, test} from '@jest/globals';
import {spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {runConnector} from '../airbyte/connector-run';
import {type Simulator, startSimulator} from '../../simulator/server';

let simulator: Simulator | undefined;
let folder: string | undefined;

beforeAll(() => {
  if (!existsSync(resolve('dist/probe.js'))) spawnSync('node', ['scripts/build.mjs']);
});
afterEach(async () => {
  await simulator?.close();
  if (folder !== undefined) rmSync(folder, {recursive: true, force: true});
});

test('it prints statuses, times and outcomes, makes under 100 reads, and shows no content, name, key or link', async () => {
  simulator = await startSimulator({
    seed: 'probe',
    events: 400,
    files: 30,
    days: 2,
    deniedScopes: ['stateful'],
    faults: {ties: 3, unreadableLines: 0},
  });
  folder = mkdtempSync(join(tmpdir(), 'probe-'));
  const config = join(folder, 'config.json');
  writeFileSync(
    config,
    JSON.stringify({
      workspace_id: simulator.workspaceId,
      api_key: simulator.apiKey,
      api_base_url: simulator.baseUrl,
    })
  );
  const {stderr, stdout} = await runConnector({
    command: [process.execPath, resolve('dist/probe.js')],
    args: ['--config', config],
  });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/logs CONVERSATION_MESSAGE +200/);
  expect(stdout).toMatch(/users +403/);
  expect(stdout).toMatch(/ties of end_time +[1-3]/);
  expect(stdout).toMatch(/digits after the second +6/);
  expect(stdout).toMatch(/npm run simulator -- .*--deny stateful/);
  const api = simulator.requests.filter(({method}) => method === 'GET').length;
  expect(api).toBe(simulator.requests.length);
  expect(api).toBeLessThan(100);
  expect(stdout).not.toMatch(/sk-admin|signature|acme\.test|user-|file-\w/);
});
