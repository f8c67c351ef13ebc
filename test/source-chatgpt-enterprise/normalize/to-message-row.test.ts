// Log lines and message rows: exact text, every line a row, nothing altered.
import {expect, test} from '@jest/globals';
import {messages} from '../../../contract/messages';
import {sha256Hex} from '../../../core/digest';
import {toFileReferences} from '../../../source-chatgpt-enterprise/normalize/file-references';
import {toLogLines} from '../../../source-chatgpt-enterprise/normalize/log-lines';
import {MessageLines} from '../../../source-chatgpt-enterprise/normalize/message-line';
import {ConversationFacts} from '../../../source-chatgpt-enterprise/normalize/to-conversation-rows';
import {toMessageRow} from '../../../source-chatgpt-enterprise/normalize/to-message-row';

const origin = {workspaceId: 'ws', logFileId: 'eclf_1', verified: true};
const rowsOf = (text: string | Buffer): ReturnType<typeof toMessageRow>[] =>
  [...toLogLines(Buffer.from(text as string))].map((line) => toMessageRow(line, origin));

test('blank lines are numbered and skipped, a last newline is optional, a carriage return is kept', () => {
  const lines = [...toLogLines(Buffer.from('a\r\n\n  \nb'))];
  expect(lines.map(({number, text}) => [number, text])).toEqual([
    [1, 'a\r'],
    [4, 'b'],
  ]);
  expect(lines[0]!.sha256).toBe(sha256Hex('a\r'));
});

test('an event keeps its exact text, numbers and repeated keys included', () => {
  const text =
    '{"event_id":"e1","n":12345678901234567890,"n":1.0,"s":"\\ud800","timestamp":"2026-10-02T09:14:05.746561Z"}';
  const [row] = rowsOf(`${text}\n`);
  expect(row).toMatchObject({event_id: 'e1', event: text, event_sha256: sha256Hex(text), unreadable: false});
  expect(row!.timestamp).toBe('2026-10-02T09:14:05.746561Z');
});

test.each([
  {name: 'not JSON', line: '{"event_id":"e1"'},
  {name: 'no event_id', line: '{"type":"CONVERSATION_MESSAGE"}'},
  {name: 'an empty event_id', line: '{"event_id":""}'},
  {name: 'an array', line: '[1]'},
  {name: 'null', line: 'null'},
])('a line that is $name is an unreadable row with its text', ({line}) => {
  const [row] = rowsOf(line);
  expect(row).toMatchObject({event_id: 'unreadable:eclf_1:1', unreadable: true, event: line, event_encoding: null});
});

test('a line that is not UTF-8 is carried in base64, and its neighbours are not', () => {
  const bytes = Buffer.concat([Buffer.from('{"event_id":"é"}\n'), Buffer.from([0x7b, 0xff, 0x0a]), Buffer.from('{}')]);
  const rows = rowsOf(bytes);
  expect(rows.map((row) => row.event_encoding)).toEqual([null, 'base64', null]);
  expect(Buffer.from(rows[1]!.event, 'base64')).toEqual(Buffer.from([0x7b, 0xff]));
  expect(rows[1]!.event_sha256).toBe(sha256Hex(Buffer.from([0x7b, 0xff])));
});

test.each([
  {name: 'nothing', event: {}},
  {name: 'wrong types', event: {timestamp: 1, message: 'x', conversation: [], actor: null, previous_message_id: ''}},
])('an event with $name still fits the schema', ({event}) => {
  const [row] = rowsOf(JSON.stringify({event_id: 'e1', ...event}));
  expect(messages.row.strict().safeParse(row).success).toBe(true);
  expect(row).toMatchObject({message: null, conversation: null, previous_message_id: null});
});

function event(id: string, timestamp: string, title: string, user = 'user-1'): string {
  const conversation = {id: 'c1', title, created_at: '2026-10-02T09:00:00Z', is_pinned: false};
  return JSON.stringify({event_id: id, timestamp, actor: {user_id: user}, conversation, message: {id: `m-${id}`}});
}

test('a conversation has the facts of its newest event, whatever the order, and its newest title', () => {
  const facts = new ConversationFacts();
  const lines = [
    event('e3', '2026-10-02T09:03:00.000001Z', ''),
    event('e1', '2026-10-02T09:01:00Z', 'New chat', 'user-owner'),
    event('e2', '2026-10-02T09:02:00Z', 'Q3 review'),
  ];
  const reader = new MessageLines(origin);
  for (const line of toLogLines(Buffer.from(lines.join('\n')))) facts.add(reader.read(line));
  expect(facts.rows()).toMatchObject([
    {
      id: 'c1',
      title: 'Q3 review',
      last_event_id: 'e3',
      owner_user_id: 'user-owner',
      updated_at: '2026-10-02T09:03:00.000001Z',
    },
  ]);
});

test('flags that the API leaves out are not set, and those of another kind are not known', () => {
  const facts = new ConversationFacts();
  const reader = new MessageLines(origin);
  for (const [id, flags] of [
    ['c1', {}],
    ['c2', {is_pinned: true, is_temporary_chat: 'yes'}],
  ] as const) {
    const line = JSON.stringify({event_id: id, timestamp: '2026-10-02T09:03:00Z', conversation: {id, ...flags}});
    for (const each of toLogLines(Buffer.from(line))) facts.add(reader.read(each));
  }
  expect(facts.rows()).toMatchObject([
    {id: 'c1', is_pinned: false, is_temporary_chat: false},
    {id: 'c2', is_pinned: true, is_temporary_chat: null},
  ]);
});

test('files are found where they are attached, quoted and cited, each once an event', () => {
  const message = {
    id: 'm1',
    files: [{id: 'file-1', name: 'a.pdf'}, {id: 'file-1'}, {name: 'no id'}],
    content: {
      type: 'text',
      file_id: 'file-2',
      file_name: 'b.pdf',
      annotations: [
        {type: 'file_citation', files: [{id: 'file-3', name: 'c.pdf'}]},
        {type: 'url_citation', urls: []},
      ],
    },
  };
  const [row] = rowsOf(JSON.stringify({event_id: 'e1', message, actor: {user_id: 'user-1'}}));
  expect(toFileReferences(row!).map(({fileId, name, referredBy}) => [fileId, name, referredBy])).toEqual([
    ['file-1', 'a.pdf', 'message'],
    ['file-2', 'b.pdf', 'quotation'],
    ['file-3', 'c.pdf', 'file_citation'],
  ]);
});
