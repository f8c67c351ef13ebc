// The connection check: each missing permission has its own answer.
import {afterEach, beforeEach, expect, test} from '@jest/globals';
import type {CheckResult} from '../../airbyte/source';
import {ChatGptEnterpriseSource} from '../../source-chatgpt-enterprise/source';
import {sourceConfig, sourceContext} from './read-source';
import {TinyApi} from './tiny-api';

let api: TinyApi;

beforeEach(async () => {
  api = new TinyApi();
  await api.start();
});
afterEach(() => api.stop());

function check(config: object = {}): Promise<CheckResult> {
  return new ChatGptEnterpriseSource().checkConnection(sourceConfig(api, config), sourceContext());
}

test('a key with all permissions passes, though the made-up file is not there', async () => {
  await expect(check()).resolves.toEqual({ok: true});
});

test.each([
  {path: /^\/logs/, status: 401, code: 'key_rejected'},
  {path: /^\/logs/, status: 403, code: 'log_scope_missing'},
  {path: /^\/logs/, status: 404, code: 'workspace_not_found'},
  {path: /^\/users$/, status: 403, code: 'stateful_scope_missing'},
  {path: /^\/users\/.*\/files/, status: 403, code: 'file_scope_missing'},
  {path: /^\/logs/, status: 500, code: 'api_unavailable'},
])('HTTP $status at $path means $code', async ({code, path, status}) => {
  api.refusals.push({path, status, times: 99});
  const result = await check();
  expect(result).toMatchObject({ok: false, error: {code}});
  expect(result.ok ? '' : result.error.message).toContain(`answer was HTTP ${status}.`);
});

test('a start date in the future is refused: nothing would be captured', async () => {
  const at = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString().slice(0, 19);
  await expect(check({start_date: `${at(20)}Z`})).resolves.toEqual({ok: true}); // somewhere it is tomorrow
  expect(() => check({start_date: `${at(30)}Z`})).toThrow('start_date lies in the future');
});

test('an API that cannot be reached is told by its host', async () => {
  const unreachable = await check({api_base_url: 'http://127.0.0.1:9/v1'});
  expect(unreachable).toMatchObject({ok: false, error: {code: 'api_unavailable'}});
  expect(unreachable.ok ? '' : unreachable.error.message).toContain('No complete answer came from 127.0.0.1:9');
});

test.each([400, 410])('HTTP %s for the made-up file is fine', async (status) => {
  api.refusals.push({path: /^\/users\/.*\/files/, status, times: 99});
  await expect(check()).resolves.toEqual({ok: true});
});

test('one short rate limit is waited out, a longer one is not', async () => {
  api.refusals.push({path: /^\/logs/, status: 429, headers: {'retry-after': '1'}, times: 1});
  await expect(check()).resolves.toEqual({ok: true});
  api.refusals.push({path: /^\/logs/, status: 429, headers: {'retry-after': '60'}, times: 1});
  await expect(check()).resolves.toMatchObject({ok: false, error: {code: 'rate_limited'}});
});

test('an organization id is refused before any request', async () => {
  await expect(check({workspace_id: 'org-1'})).resolves.toMatchObject({error: {code: 'organization_id_given'}});
  expect(api.requests).toEqual([]);
});

test.each([
  {status: 403, body: {detail: 'Request blocked: source IP address is not on the allowlist'}},
  {status: 403, body: {error: {code: 'ip_not_authorized'}}},
  {status: 401, body: {error: {message: 'Your IP 192.0.2.7 is not authorized to access this resource.'}}},
  {status: 401, body: {error: {message: 'Request blocked', code: 'ip_not_authorized'}}},
])('HTTP $status that speaks of an IP allow-list has its own text: $body', async ({body, status}) => {
  api.refusals.push({path: /^\/logs/, status, body, times: 1});
  const result = await check();
  expect(result).toMatchObject({ok: false, error: {code: 'address_not_allowed'}});
  expect(result.ok ? '' : result.error.message).not.toMatch(/blocked|192\.0\.2\.7/);
});

test.each([{}, {error: {message: 'Incorrect API key provided'}, ip_address: '192.0.2.7', is_allowed: false}])(
  'HTTP 401 that speaks of something else is a matter of the key, and names the allow-list as well: %j',
  async (body) => {
    api.refusals.push({path: /^\/logs/, status: 401, body, times: 1});
    const result = await check();
    expect(result).toMatchObject({ok: false, error: {code: 'key_rejected'}});
    expect(result.ok ? '' : result.error.message).toMatch(/Admin key.*IP allow-list/);
  }
);

test('a passing check costs three requests', async () => {
  await check();
  expect(api.requests.length).toBe(3);
});
