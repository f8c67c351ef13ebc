// A connection that leaves out a field which records cannot be archived without is refused at once, by name.
import {expect, test} from '@jest/globals';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {root} from '../source-files';
import {messageLines, stateLine} from './contract-rows';
import {temporaryFolder, verify, write} from './destination-process';

interface Schema {
  readonly properties: Readonly<Record<string, {readonly description?: string}>>;
}

function schemaOf(stream: string): Schema {
  return JSON.parse(readFileSync(join(root, 'spec', 'streams', `${stream}.json`), 'utf8')) as Schema;
}

function without(schema: Schema, fields: readonly string[]): Schema {
  const kept = Object.entries(schema.properties).filter(([name]) => !fields.includes(name));
  return {...schema, properties: Object.fromEntries(kept)};
}

function catalogText(streams: Readonly<Record<string, object>>): string {
  const configured = Object.entries(streams).map(([name, schema]) => ({
    stream: {name, json_schema: schema, supported_sync_modes: ['incremental']},
    sync_mode: 'incremental',
    destination_sync_mode: 'append',
  }));
  return JSON.stringify({streams: configured});
}

const lines = [...messageLines({event: 'e1'}), stateLine('messages', 1, 1)];

test.each([
  ['messages', 'messages', ['event']],
  ['messages', 'acme_messages', ['event_sha256', 'conversation_id']],
  ['audit_logs', 'audit_logs', ['event']],
  ['audit_logs', 'codex_turn_logs', ['event_sha256']], // of a type that the user named
  ['files', 'files', ['outcome', 'sha256']],
  ['file_chunks', 'file_chunks', ['last']],
  ['conversations', 'conversations', ['last_event_id']],
  ['memories', 'memories', ['object_json']],
  ['users', 'users', ['workspace_id', 'email']],
  ['capture_runs', 'capture_runs', ['records']],
])('%s as %s without %j', async (stream, name, fields) => {
  const path = join(temporaryFolder(), 'archive');
  const schema = without(schemaOf(stream), fields);
  const {exit, run} = await write({path, catalogText: catalogText({[name]: schema})}, lines);
  expect(exit).toBe(1);
  expect(run.errors).toMatchObject([{failure_type: 'config_error', internal_message: 'ConfigError fields_deselected'}]);
  expect(run.errors[0]!.message).toContain(`The connection selects ${name} without `);
  for (const field of fields) expect(run.errors[0]!.message).toContain(field);
  expect(run.states).toEqual([]);
  expect(existsSync(path)).toBe(false);
});

test('what repeats the event may be left out, and of a stream that only shares a name anything may', async () => {
  const path = temporaryFolder();
  const streams = {
    messages: without(schemaOf('messages'), ['message', 'conversation', 'principal', 'actor', 'log_file_id']),
    files: {type: 'object', properties: {id: {}, name: {}, size: {description: 'Bytes.'}, updated_at: {}}},
    users: {type: 'object', properties: {id: {type: 'string'}, captured_at: {type: 'string'}}},
    conversations: {type: ['object'], properties: null},
  };
  const {exit, run} = await write({path, catalogText: catalogText(streams)}, lines);
  expect(exit).toBe(0);
  expect(run.told).toEqual(['messages:1']);
  expect(await verify(path)).toBe(0);
});
