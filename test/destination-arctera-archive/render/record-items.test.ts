// Records that are not messages become readable items: documents, tombstones, days of a log, notices.
import {expect, test} from '@jest/globals';
import fc from '../../support/generated';
import {formats} from '../../../destination-arctera-archive/render/formats';
import {itemHeaders} from '../../../destination-arctera-archive/render/item-headers';
import {renderPlainText} from '../../../destination-arctera-archive/render/plain-text';
import {toRecordItems} from '../../../destination-arctera-archive/render/to-record-items';
import {toTranscript} from '../../../destination-arctera-archive/render/transcript';
import {lineFaults, onlyHeader, parseMessage, renderWhole} from './render-whole';
import {original, settings} from './sample-items';

type Items = ReturnType<typeof toRecordItems>;

function itemsOf(stream: string, rows: readonly unknown[], isLog = false): Items {
  return toRecordItems({
    target: 'folder',
    workspaceId: 'ws-1',
    policyVersion: 'none',
    stream,
    timeZone: 'UTC',
    originals: rows.map((row, at) => original(`r-${at}`, typeof row === 'string' ? row : JSON.stringify(row))),
    isLog,
    resolve: (id, email) => ({id, name: undefined, email}),
    subjectOf: (id) => `Subject of ${id}`,
  });
}

function textOf(item: Items[number]): string {
  return renderPlainText(toTranscript(item, new Map(), settings)).join('');
}

const row = {workspace_id: 'ws-1', captured_at: '2026-01-20T00:00:00Z'};
const configuration = {
  object: 'compliance.workspace.gpt.configuration',
  id: 'gzm_cnf_1',
  name: 'Analyst',
  instructions: 'Be exact.\nAlways.',
  created_at: 1692158100.1,
  version_author: {id: 'user-a', email: 'a@corp.test'},
  tools: {data: [{type: 'custom_action', action_domain: 'api.corp.test'}]},
};

test.each([
  [
    'memories',
    {
      ...row,
      id: 'user-a',
      memory_contexts: [{id: 'c', memory_entries: [{id: 'mem_1', content: 'Metric units', updated_at: 1760231119.1}]}],
    },
    ['Memories', 'Owner: user-a', 'Memory mem_1 | 2025-10-12 01:05:19 UTC', 'Metric units'],
  ],
  [
    'acme_canvases',
    {
      ...row,
      textdoc_id: 'td_1',
      version: 2,
      user_id: 'user-a',
      textdoc_type: 'document',
      name: 'Plan',
      content: '# Draft',
      updated_at: '2026-01-02T09:14:05Z',
      comments: [{id: 'c1', content: 'tone?', start: 0}],
    },
    ['Canvas: Plan', 'Version: 2', '# Draft', 'Comment c1', 'tone?'],
  ],
  [
    'canvases',
    {
      ...row,
      textdoc_id: 'td_2',
      version: -1,
      user_id: 'user-a',
      incomplete_parts: [{part: 'versions', reason: 'refused'}],
    },
    ['Canvas: td_2', 'Not whole: versions: refused', 'There is no content.'],
  ],
  [
    'recordings',
    {
      ...row,
      id: 'rec_1',
      user_id: 'user-a',
      start: 1760231119,
      end: 1760234719,
      transcript_json: '{"transcript":"Hello all","summary":"Short"}',
    },
    ['Recording rec_1', 'Hello all', 'Summary', 'Short'],
  ],
  [
    'gpts',
    {
      ...row,
      id: 'g-1',
      owner_id: 'user-a',
      owner_email: 'a@corp.test',
      sharing: {visibility: 'workspace'},
      configurations_json: JSON.stringify([configuration]),
    },
    ['GPT: Analyst', 'Owner: a@corp.test', 'Sharing: visibility: workspace', 'Be exact.\nAlways.', 'api.corp.test'],
  ],
  [
    'projects',
    {
      ...row,
      id: 'g-p-1',
      owner_id: null,
      object_json: JSON.stringify({id: 'g-p-1', latest_config: {data: [{...configuration, name: 'FY26'}]}}),
    },
    ['Project: FY26', 'Be exact.'],
  ],
  [
    'skills',
    {...row, id: 'skill-9', name: 'Invoices', description: 'Reads invoices', creator: 'user-a', files: ['SKILL.md']},
    ['Skill: Invoices', 'Reads invoices', 'Files: SKILL.md'],
  ],
  [
    'automations',
    {
      ...row,
      id: 'auto_1',
      user_id: 'user-a',
      title: 'Digest',
      schedule: 'Mondays',
      is_enabled: true,
      prompt: 'Summarise',
    },
    ['Automation: Digest', 'Enabled: true', 'Summarise'],
  ],
  [
    'agents',
    {
      ...row,
      id: 'agent_1',
      name: 'Triage',
      status: 'published',
      definition_json: '{"definition":{"instructions":"x"}}',
    },
    ['Agent: Triage', '"instructions": "x"'],
  ],
  [
    'acme_codex_tasks',
    {
      ...row,
      id: 'task_1',
      title: 'Fix test',
      created_by_id: 'user-a',
      created_at: 1760231119.1,
      updated_at: 1760231200,
      denormalized_metadata: {branch: 'fix-1', attempts: 2},
    },
    [
      'Codex task: Fix test',
      'Id: task_1',
      'Owner: user-a',
      'Created: 2025-10-12T01:05:19',
      'Last changed: 2025-10-12T01:06:40',
      'branch: fix-1',
      'attempts: 2',
    ],
  ],
  ['codex_tasks', {...row, id: 'task_1'}, ['Codex task: task_1']],
  [
    'codex_environments',
    {
      ...row,
      id: 'env_1',
      label: 'api',
      machine_id: 'm1',
      creator_id: 'user-a',
      created_at: 1760231119.1,
      repos: ['github:acme/api', 'github:acme/web'],
      removed_fields: ['env_vars', 'secrets'],
      object_json: '{"id":"env_1","setup":["make","make test"]}',
    },
    [
      'Codex environment: api',
      'Id: env_1',
      'Machine: m1',
      'Owner: user-a',
      'Created: 2025-10-12T01:05:19',
      'Repositories: github:acme/api, github:acme/web',
      'Removed before capture: env_vars, secrets (they may hold credentials)',
      'make\nmake test',
    ],
  ],
  ['codex_environments', {...row, id: 'env_1', object_json: '{"setup":"make all"}'}, ['make all']],
])('a record of %s is a document', (stream, data, words) => {
  const [item, ...others] = itemsOf(stream, [data]);
  expect(others).toEqual([]);
  expect(item?.kind).toBe('document');
  for (const each of words) expect(textOf(item!)).toContain(each);
});

function audit(id: string, action: string, result: string, data: object, timestamp = '2026-01-15T09:30:00Z'): object {
  const actor = {type: 'ACCOUNT_USER', user_id: 'user-a', user_email: 'a@corp.test'};
  return {event_id: id, type: 'AUDIT_LOG', timestamp, actor, action, action_result: result, action_data: data};
}

test('what was asked of a tool is whole in the item of its log, however long it is', async () => {
  const prompt = `Refactor this:\n${'word '.repeat(500)}the end`;
  const event = {event_id: 'e-1', timestamp: '2026-01-20T09:00:00Z', event_type: 'PROMPT_SENT'};
  const [item] = itemsOf('codex_logs', [{...event, event_details: {detail_type: 'prompt', prompt}}], true);
  expect(textOf(item!)).toContain(`event details / prompt:\n${prompt}`);
  expect(textOf(item!)).toContain('event details / detail type: prompt');
  const parsed = await parseMessage(await renderWhole(item!));
  expect(parsed.html).toContain('the end');
});

test('log events whose times have offsets are of the day and in the order of their moment', () => {
  const times = ['2026-01-15T01:30:00+02:00', '2026-01-14T23:00:00.000000Z', '2026-01-14T20:45:00-02:00'];
  const [item, ...others] = itemsOf(
    'audit_logs',
    times.map((timestamp, at) => ({event_id: `e${at}`, timestamp, type: 'x'})),
    true
  );
  expect(others).toEqual([]);
  expect(item!.originals.map(({recordId}) => recordId)).toEqual(['r-2', 'r-1', 'r-0']);
  expect(item).toMatchObject({title: 'audit_logs 2026-01-14', dateMs: Date.parse('2026-01-14T23:30:00Z')});
});

test('a deletion is a tombstone in the thread of its conversation; one that failed is a log event', async () => {
  const items = itemsOf(
    'audit_logs',
    [
      audit('a', 'CONVERSATION_DELETE', 'SUCCESS', {conversation_id: 'c-1'}),
      audit('b', 'DELETE_CONVERSATION', 'ERROR', {conversation_id: 'c-2'}),
      audit('c', 'DELETE_GPT', 'SUCCESS', {gpt_id: 'g-1'}),
      audit('d', 'constructor', 'SUCCESS', {}),
      audit('e', 'GPT_SHARE', 'SUCCESS', {}, '2026-01-16T00:00:00Z'),
    ],
    true
  );
  expect(items.map(({kind, originals}) => [kind, originals.length])).toEqual([
    ['tombstone', 1],
    ['tombstone', 1],
    ['log', 2],
    ['log', 1],
  ]);
  const parsed = await parseMessage(await renderWhole(items[0]!));
  expect(onlyHeader(parsed, 'X-AI-Conversation-Id')).toBe('c-1');
  expect(onlyHeader(parsed, 'References')).not.toBe('');
  expect(parsed.subject).toBe('Subject of c-1');
  expect(onlyHeader(parsed, 'From')).toBe('a@corp.test');
  expect(parsed.text).toContain('Conversation deleted in ChatGPT.');
  expect(textOf(items[1]!)).toContain('GPT deleted');
  expect(textOf(items[2]!)).toContain('action result: ERROR');
});

test('a gap in the capture is a notice', () => {
  const gap = {
    run_id: 'run-1',
    ended_at: '2026-01-15T10:00:00Z',
    retention_gap: {stream: 'messages', from: 'A', to: 'B'},
  };
  const [item] = itemsOf('capture_runs', [gap]);
  expect(item?.kind).toBe('notice');
  expect(textOf(item!)).toContain('Gap from: A');
});

test.each([
  [{files: ['A/B'], file_chunks: ['A/B']}, 'before the files were asked for'],
  [{messages: ['A/B'], files: ['A/B']}, 'OpenAI support can replay'],
])('a gap says of what it is: %j', (streams, words) => {
  const gap = {
    run_id: 'run-1',
    ended_at: '2026-01-15T10:00:00Z',
    retention_gap: {from: 'A', to: 'B', by_stream: streams},
  };
  const [item] = itemsOf('capture_runs', [gap]);
  expect(textOf(item!)).toContain('Gap by stream / files: A/B');
  expect(textOf(item!)).toContain(words);
});

test('records nobody has described stay a batch', () => {
  const items = itemsOf('plugins', [{...row, id: 'plugin_1'}, 'not JSON', [1], null]);
  expect(items.map(({kind, originals}) => [kind, originals.length])).toEqual([['batch', 4]]);
});

test('whatever JSON comes, each original is in one item, and every format is sound', async () => {
  const streams = [
    'memories',
    'canvases',
    'recordings',
    'gpts',
    'projects',
    'skills',
    'automations',
    'agents',
    'codex_tasks',
    'codex_environments',
    'capture_runs',
    'audit_logs',
    'x',
  ];
  const names = [
    'id',
    'memory_contexts',
    'content',
    'latest_config',
    'configurations_json',
    'transcript_json',
    'object_json',
    'action',
    'action_data',
    'timestamp',
    'actor',
    'comments',
    'start',
    'end',
    'sharing',
    'run_id',
    'retention_gap',
    'definition_json',
    'created_at',
    'denormalized_metadata',
    'repos',
    'setup',
    'removed_fields',
  ];
  const value = fc.oneof(
    fc.jsonValue(),
    fc.string({unit: 'binary', maxLength: 40}),
    fc.double(),
    fc.constantFrom('DELETE_GPT', 'SUCCESS', '{"a":[{"b":1}]}', '[{"instructions":5}]', 1e300, '2026-13-45T00:00:00Z')
  );
  const data = fc.dictionary(fc.constantFrom(...names), value).map((each) => ({...row, ...each}));
  const records = fc.tuple(
    fc.constantFrom(...streams),
    fc.array(fc.oneof(data, fc.json()), {maxLength: 4}),
    fc.boolean()
  );
  fc.assert(
    fc.property(records, ([stream, rows, isLog]) => {
      const items = itemsOf(stream, rows, isLog);
      const ids = items.flatMap(({originals}) => originals.map(({recordId}) => recordId)).sort();
      expect(ids).toEqual(rows.map((_, at) => `r-${at}`));
      for (const item of items) {
        const values = itemHeaders(item, settings).flatMap(([, value]) =>
          typeof value === 'string' ? value : value.flatMap(({name, address}) => [name, address])
        );
        expect(values.filter((each) => /\p{Cc}/u.test(each))).toEqual([]);
        expect(textOf(item)).not.toBe('');
      }
    }),
    {numRuns: 10_000}
  );
  await fc.assert(
    fc.asyncProperty(records, async ([stream, rows, isLog]) => {
      for (const item of itemsOf(stream, rows, isLog)) {
        const eml = await renderWhole(item);
        expect(lineFaults(eml)).toEqual([]);
        for (const {render} of [formats.rsmf, formats.text_delimited]) {
          let size = 0;
          for await (const piece of render(item, settings, '{}')) size += piece.length;
          expect(size).toBeGreaterThan(0);
        }
      }
    }),
    {numRuns: 100}
  );
});
