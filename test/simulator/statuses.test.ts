// Statuses that do not depend on the content: keys, scopes, unknown routes, limits, faults.
import {afterEach, describe, expect, it} from '@jest/globals';
import type {PartialOptions} from '../../simulator/options';
import {startSimulator, type Simulator} from '../../simulator/server';
import {anyTime, get, nowMs} from './client';

let simulator: Simulator;
afterEach(() => simulator.close());
const start = async (options: PartialOptions = {}): Promise<void> => {
  simulator = await startSimulator({nowMs, events: 60, files: 2, ...options});
};
const logs = `/logs?event_type=CONVERSATION_MESSAGE&${anyTime}`;

it.each<[string, string, number, PartialOptions]>([
  ['the removed conversations route', '/conversations', 410, {}],
  ['an unknown route', '/nothing', 404, {}],
  ['a malformed log file id', '/logs/nonsense', 400, {}],
  ['an unknown log file id', '/logs/eclf_00', 404, {}],
  ['an unknown file', '/project_files/file-0', 404, {}],
  ['logs without their scope', logs, 403, {deniedScopes: ['logs']}],
  ['members without their scope', '/users', 403, {deniedScopes: ['stateful']}],
  ['members with the logs scope missing', '/users', 200, {deniedScopes: ['logs']}],
  ['the newest event time', '/max_event_time?event_type=CONVERSATION_MESSAGE', 200, {}],
])('%s answers its status', async (_, path, status, options) => {
  await start(options);
  expect((await get(simulator, path)).status).toBe(status);
});

it('a wrong key is 401, another workspace is 403 with its text', async () => {
  await start();
  expect((await get(simulator, logs, 'wrong')).status).toBe(401);
  const other = await fetch(`${simulator.baseUrl}/compliance/workspaces/other${logs}`, {
    headers: {authorization: `Bearer ${simulator.apiKey}`},
  });
  expect([other.status, await other.json()]).toEqual([403, {detail: 'API key not authorized for enterprise logs'}]);
});

describe('members', () => {
  it('come in pages by ascending id, inactive ones included', async () => {
    await start({events: 6000, files: 0});
    const users: {id: string; status: string}[] = [];
    for (let after = '', more = true; more;) {
      const response = await get(simulator, `/users?limit=5${after}`);
      const page = (await response.json()) as {data: typeof users; has_more: boolean; last_id: string};
      users.push(...page.data);
      after = `&after=${page.last_id}`;
      more = page.has_more;
    }
    expect(users).toHaveLength(simulator.truth().users);
    expect(users.map(({id}) => id)).toEqual(users.map(({id}) => id).sort());
    expect(users.some(({status}) => status === 'inactive')).toBe(true);
  });
});

it('429 comes with and without Retry-After in turn', async () => {
  await start({faults: {http429Every: 2}});
  const seen: unknown[] = [];
  for (let n = 0; n < 4; n++) {
    const {status, headers} = await get(simulator, '/users');
    seen.push([status, headers.get('retry-after')]);
  }
  expect(seen).toEqual([[200, null], [429, '1'], [200, null], [429, null]]); // prettier-ignore
});

it('a route over its limit answers 429 while others go on', async () => {
  await start({requestsPerMinute: 1});
  expect((await get(simulator, '/users')).status).toBe(200);
  const limited = await get(simulator, '/users');
  expect(limited.status).toBe(429);
  expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(50);
  expect((await get(simulator, '/gpts')).status).toBe(200);
});

it('5xx come when asked for', async () => {
  await start({faults: {http5xxEvery: 1}});
  expect([(await get(simulator, '/users')).status, (await get(simulator, '/users')).status]).toEqual([500, 502]);
});
