// The configuration: its defaults, and what it refuses.
import {expect, test} from '@jest/globals';
import {configSchema} from '../../source-chatgpt-enterprise/config';

const minimal = {workspace_id: 'ws-1', api_key: 'sk-test'};

test('workspace and key are enough, and unknown keys at the root are ignored', () => {
  expect(configSchema.parse({...minimal, backfill: true})).toEqual({
    ...minimal,
    api_base_url: 'https://api.chatgpt.com/v1',
    max_file_megabytes: 512,
    requests_per_minute: 50,
    refresh_hours: 24,
  });
});

test.each([
  {field: {start_date: '2026-10-01'}, ok: true},
  {field: {start_date: '2026-10-01T00:00:00.000001Z'}, ok: true},
  {field: {start_date: '2026-02-30'}, ok: false},
  {field: {start_date: 'last week'}, ok: false},
  {field: {api_base_url: 'http://127.0.0.1:8080/v1'}, ok: true},
  {field: {api_base_url: 'http://api.acme.test/v1'}, ok: false},
  {field: {api_base_url: 'http://127.0.0.1.acme.test/v1'}, ok: false},
  {field: {api_base_url: 'http://localhost.acme.test/v1'}, ok: false},
  {field: {api_base_url: 'http://169.254.169.254/v1'}, ok: false},
  {field: {api_base_url: 'http://127.0.0.1@api.acme.test/v1'}, ok: false},
  {field: {api_base_url: 'ftp://127.0.0.1/v1'}, ok: false},
  {field: {max_file_megabytes: 1}, ok: true},
  {field: {max_file_megabytes: 0.5}, ok: false},
  {field: {requests_per_minute: 0}, ok: false},
  {field: {requests_per_minute: 1_000_000}, ok: true},
  {field: {workspace_id: '..'}, ok: false},
  {field: {workspace_id: 'a/b'}, ok: false},
  {field: {workspace_id: 'a\\b'}, ok: false},
  {field: {api_key: ' '}, ok: false},
  {field: {api_key: 'sk-admin-\u200babc'}, ok: false},
  {field: {api_key: 'sk-admin-abc\u2026'}, ok: false},
  {field: {api_key: 'sk-admin-abc\ndef'}, ok: false},
  {field: {api_base_url: 'https://jo:secret@api.acme.test/v1'}, ok: false},
  {field: {api_base_url: 'https://api.acme.test/v1#part'}, ok: false},
  {field: {api_base_url: 'https://api.acme.test/v1#'}, ok: false},
  {field: {api_base_url: 'https://api.acme.test/v1?'}, ok: false},
  {field: {api_base_url: 'https://api.acme.test/v1/'}, ok: true},
])('$field is accepted: $ok', ({field, ok}) => {
  expect(configSchema.safeParse({...minimal, ...field}).success).toBe(ok);
});
