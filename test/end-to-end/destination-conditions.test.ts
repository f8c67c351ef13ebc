// Every condition of a rule through the executable: each rule gives one, and marks the one item that fulfils it.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {sha256Hex} from '../../core/digest';
import {conditionNames} from '../destination-arctera-archive/policy/condition-names';
import {itemPaths, readArchive} from './archive-reader';
import {chunkRows, fileRow, messageRow, recordLine} from './contract-rows';
import {temporaryFolder, write} from './destination-process';

/** For each condition what it asks, and the members of an event that fulfils it; no other event does. */
const conditions: Readonly<Record<string, readonly [asks: unknown, members: Members]>> = {
  streams: [['memories'], {}],
  users: [['user-users'], {actor: {user_id: 'user-users'}}],
  except_users: [['list:everyone'], {actor: {user_id: 'user-nobody', user_email: 'n@x.test'}}],
  domains: [['domains.test'], {actor: {user_id: 'user-domains', user_email: 'd@domains.test'}}],
  roles: [['other'], {author: {type: 'robot'}}],
  models: [['gpt-9*'], {author: {type: 'assistant', model: 'gpt-9-mini'}}],
  gpts: [['Analyst'], {conversation: {gpt_id: 'g-1', gpt_name: 'Analyst'}}],
  projects: [['FY*6'], {conversation: {project_id: 'p-1', project_name: 'FY26'}}],
  clients: [['ios_*'], {author: {client_type: 'ios_app'}}],
  temporary_chat: ['yes', {conversation: {is_temporary_chat: true}}],
  keyword_lists: [['deals'], {text: 'the bonus is our secret'}],
  patterns: [['project\\s+falcon'], {text: 'Project   Falcon'}],
  detectors: [['iban'], {text: 'to GB82 WEST 1234 5698 7654 32'}],
  attachment_names: [['*salary*'], {files: [{id: 'f-name', name: 'Salary.txt'}]}],
  attachment_types: [['xlsx'], {files: [{id: 'f-type', name: 'a.XLSX'}]}],
  attachment_min_megabytes: [1, {files: [{id: 'f-size', name: 'large.bin'}]}],
  tools: [['browser'], {author: {type: 'assistant', tools_used: ['browser']}}],
  from_date: ['2026-02-01', {timestamp: '2026-02-01T00:00:00.000000Z'}],
  until_date: ['2025-12-31', {timestamp: '2025-12-30T23:59:59.999999Z'}],
  expression: ["record.text.contains('by expression')", {text: 'by expression'}],
};

interface Members {
  readonly actor?: object;
  readonly author?: object;
  readonly conversation?: object;
  readonly files?: readonly object[];
  readonly text?: string;
  readonly timestamp?: string;
}

function lineOf(name: string, members: Members): string {
  const {actor, author, conversation, files = [], text = 'plain', timestamp = '2026-01-15T09:30:00.000000Z'} = members;
  const event = JSON.stringify({
    event_id: name,
    type: 'CONVERSATION_MESSAGE',
    timestamp,
    actor: {type: 'ACCOUNT_USER', user_id: 'user-ada', user_email: 'ada@corp.test', ...actor},
    message: {id: `m-${name}`, author: {type: 'user', ...author}, content: {type: 'text', value: text}, files},
    conversation: {id: `c-${name}`, title: name, ...conversation},
  });
  const row = {...messageRow({event: name, conversation: `c-${name}`, at: timestamp}), event};
  return recordLine('messages', {...row, event_sha256: sha256Hex(event)});
}

test('each marks the item that fulfils it, and no other', async () => {
  expect(Object.keys(conditions).sort()).toEqual([...conditionNames].sort());
  const everyone = ['@corp.test', '@domains.test', 'user-users'];
  const config = {
    user_lists: [{name: 'everyone', members: everyone}],
    keyword_lists: [{name: 'deals', keywords: ['bonus NEAR/3 secret', 'front running']}],
    rules: Object.entries(conditions).map(([name, [asks]]) => ({name, [name]: asks, tags: [name]})),
  };
  const large = Buffer.alloc(1024 * 1024, 7);
  const transfer = {file: 'f-size', event: 'attachment_min_megabytes', conversation: 'c-attachment_min_megabytes'};
  const path = temporaryFolder();
  const {exit} = await write({path, config}, [
    ...Object.entries(conditions)
      .filter(([name]) => name !== 'streams')
      .map(([name, [, members]]) => lineOf(name, members)),
    recordLine('files', fileRow({...transfer, bytes: large})),
    ...chunkRows({...transfer, bytes: large}).map((row) => recordLine('file_chunks', row)),
    recordLine('memories', {
      id: 'm',
      user_id: 'user-ada',
      user_email: 'ada@corp.test',
      text: 'tea',
      workspace_id: 'ws-1',
    }),
  ]);
  expect(exit).toBe(0);
  const paths = itemPaths(path);
  const items = await readArchive(path);
  const marked = items.map(({originals}, at) => {
    const [head = ''] = readFileSync(join(path, paths[at] ?? ''), 'latin1').split('\r\n\r\n');
    const original = JSON.parse(originals[0] ?? '{}') as {event_id?: string};
    return [original.event_id ?? 'streams', /^X-AI-Tags: (.*)$/m.exec(head)?.[1]];
  });
  // Whoever wrote a memory is none of those who write messages.
  const expected = Object.keys(conditions).map((name) => [name, name === 'streams' ? 'streams, roles' : name]);
  expect(marked.sort()).toEqual(expected.sort());
});
