// Twelve invented items that cover every shape an archive can get.
import {Readable} from 'node:stream';
import {sha256Hex} from '../../core/digest';
import {parseConversationEvent} from '../../destination-arctera-archive/render/conversation-event';
import {
  type AttachedFile,
  type Item,
  type MessagesItem,
  type Participant,
  toItemId,
} from '../../destination-arctera-archive/render/item';
import {toSubject} from '../../destination-arctera-archive/render/subject';
import {toThreadOrder} from '../../destination-arctera-archive/render/thread-order';
import {toMessagesItem} from '../../destination-arctera-archive/render/to-messages-item';
import {toRecordItems} from '../../destination-arctera-archive/render/to-record-items';

const workspaceId = '00000000-0000-4000-8000-000000000001';
const conversationId = '00000000-0000-4000-8000-0000000000c1';
const subject = toSubject(['Quarterly margin review'], conversationId);
const people: Readonly<Record<string, string>> = {'user-ana': 'Ana Example', 'user-bo': 'Bo Example'};

interface Turn {
  readonly id: string;
  readonly after?: string;
  readonly user?: string;
  readonly model?: string;
  readonly minute: number;
  readonly text: string;
  readonly tools?: readonly string[];
  readonly urls?: readonly string[];
  readonly files?: readonly string[];
}

function resolve(id: string, email: string | undefined): Participant {
  return {id, name: people[id], email: email ?? (people[id] === undefined ? undefined : `${id.slice(5)}@corp.test`)};
}

function toEventText({id, after, user = 'user-ana', model, minute, text, tools, urls, files = []}: Turn): string {
  return JSON.stringify({
    event_id: `sample-${id}-${minute}`,
    type: 'CONVERSATION_MESSAGE',
    timestamp: `2026-01-15T09:${String(minute).padStart(2, '0')}:05.000000Z`,
    actor: {type: 'ACCOUNT_USER', user_id: user, user_email: `${user.slice(5)}@corp.test`},
    previous_message_id: after,
    message: {
      id,
      author:
        model === undefined
          ? {type: 'user', client_type: 'desktop_web'}
          : {type: 'assistant', model, tools_used: tools},
      content: {type: 'text', value: text, annotations: urls === undefined ? [] : [{type: 'url_citation', urls}]},
      files: files.map((name) => ({id: `file-${name}`, name})),
    },
    conversation: {id: conversationId, title: 'Quarterly margin review'},
  });
}

function conversation(turns: readonly Turn[], more: Partial<MessagesItem> = {}): MessagesItem {
  const events = turns.map((turn) => {
    const text = toEventText(turn);
    const event = parseConversationEvent(text);
    return {...event, original: {recordId: event.eventId, sha256: sha256Hex(text), text}};
  });
  const item = toMessagesItem({
    target: 'samples',
    workspaceId,
    conversationId,
    subject,
    policyVersion: 'sample',
    events: toThreadOrder(events),
    part: {number: 1, of: 1},
    resolve,
    attach: ({eventId}, {fileId, name}) => toFile(fileId, eventId, name ?? fileId),
  });
  return {...item, ...more};
}

function toFile(fileId: string, eventId: string, name: string): AttachedFile {
  const outcome = (['expired', 'not_found', 'forbidden', 'too_large', 'unavailable'] as const).find((each) =>
    name.startsWith(each)
  );
  if (outcome !== undefined) return {fileId, eventId, name, state: {kind: 'missing', outcome}};
  if (name.startsWith('later')) return {fileId, eventId, name, state: {kind: 'awaited'}};
  const bytes = Buffer.from(`Invented content of ${name}\r\n`);
  const content = (): Readable => Readable.from([bytes]);
  return {fileId, eventId, name, state: {kind: 'attached', sha256: sha256Hex(bytes), size: bytes.length, content}};
}

function record(stream: string, data: object, isLog = false): Item[] {
  const text = JSON.stringify(data);
  return toRecordItems({
    target: 'samples',
    workspaceId,
    policyVersion: 'sample',
    stream,
    timeZone: 'UTC',
    originals: [{recordId: sha256Hex(text), sha256: sha256Hex(text), text}],
    isLog,
    resolve,
    subjectOf: () => subject,
  });
}

function lateFile(): Item {
  const text = JSON.stringify({file_id: 'file-late.xlsx', event_id: 'sample-p1-0', outcome: 'captured'});
  const original = {recordId: 'sample-late', sha256: sha256Hex(text), text};
  const {conversation: facts, owner, dateMs, policyVersion} = conversation([{id: 'p1', minute: 0, text: ''}]);
  return {
    kind: 'addendum',
    itemId: toItemId('addendum', 'samples', [original.recordId]),
    workspaceId,
    subject,
    dateMs,
    policyVersion,
    originals: [original],
    conversation: facts,
    owner,
    files: [toFile('file-late.xlsx', 'sample-p1-0', 'late.xlsx')],
  };
}

const prompt: Turn = {id: 'p1', minute: 0, text: 'Compare the margins of both regions.'};
const answer: Turn = {
  id: 'r1',
  after: 'p1',
  minute: 1,
  model: 'gpt-5',
  text: '## Margins\n\n| Region | Margin |\n|---|--:|\n| North | 31 % |\n| South | 29 % |\n\n```python\nmargin = (revenue - cost) / revenue\n```',
};
const outcomes = ['expired', 'not_found', 'forbidden', 'too_large', 'unavailable', 'later'].map(
  (each) => `${each}.pdf`
);
const captured = {workspace_id: workspaceId, captured_at: '2026-01-20T00:00:00Z'};
const audit = {
  type: 'AUDIT_LOG',
  timestamp: '2026-01-16T08:00:00Z',
  actor: {type: 'ACCOUNT_USER', user_id: 'user-ana', user_email: 'ana@corp.test'},
  action_result: 'SUCCESS',
};

export const sampleItems: readonly (readonly [name: string, items: readonly Item[]])[] = [
  ['01-prompt-and-answer', [conversation([prompt, answer])]],
  [
    '02-branches-and-versions',
    [
      conversation([
        prompt,
        answer,
        {...answer, minute: 2, text: 'A later version of the answer.'},
        {id: 'r2', after: 'p1', minute: 3, model: 'gpt-4.1', text: 'A regenerated answer.'},
        {id: 'p2', after: 'p1', minute: 4, user: 'user-bo', text: 'Another person goes on.'},
      ]),
    ],
  ],
  [
    '03-files-of-every-outcome',
    [conversation([{...prompt, files: ['margins.xlsx', 'Übersicht 概要.pdf', ...outcomes]}])],
  ],
  [
    '04-temporary-chat-with-tools',
    [
      conversation([prompt, {...answer, tools: ['browser', 'python'], urls: ['https://open.corp.test/report']}], {
        conversation: {
          id: conversationId,
          title: 'Quarterly margin review',
          isTemporary: true,
          gptName: 'Analyst',
          projectName: 'FY26',
          mode: 'work',
        },
      }),
    ],
  ],
  [
    '05-tags-retention-and-hold',
    [
      conversation([prompt, answer], {
        tags: ['Financial advice'],
        retention: {category: 'Communications', days: 2555},
        legalHold: 'Matter 7',
        redactions: [{kind: 'payment_card', count: 1}],
      }),
    ],
  ],
  ['06-part-2-of-3', [conversation([prompt, answer], {part: {number: 2, of: 3}})]],
  ['07-late-file', [lateFile()]],
  [
    '08-memories',
    record('memories', {
      ...captured,
      id: 'user-ana',
      memory_contexts: [{memory_entries: [{id: 'mem_1', content: 'Prefers metric units.', updated_at: 1768467600}]}],
    }),
  ],
  [
    '09-canvas-version',
    record('canvases', {
      ...captured,
      textdoc_id: 'td_1',
      version: 2,
      user_id: 'user-ana',
      textdoc_type: 'document',
      name: 'Plan',
      content: '# Plan\n\n- one',
    }),
  ],
  [
    '10-deleted-conversation',
    record(
      'audit_logs',
      {...audit, event_id: 'sample-a1', action: 'CONVERSATION_DELETE', action_data: {conversation_id: conversationId}},
      true
    ),
  ],
  [
    '11-a-day-of-a-log',
    record(
      'audit_logs',
      {...audit, event_id: 'sample-a2', action: 'CONVERSATION_SHARE', action_data: {conversation_id: conversationId}},
      true
    ),
  ],
  [
    '12-gap-notice',
    record('capture_runs', {
      run_id: 'sample-run',
      started_at: '2026-01-20T00:00:00Z',
      ended_at: '2026-01-20T00:05:00Z',
      retention_gap: {stream: 'messages', from: '2025-12-01T00:00:00Z', to: '2025-12-21T00:00:00Z'},
    }),
  ],
];
