// Conversations, ordinary and hostile, from a compact table: each is the exact text of its events.
import {sha256Hex} from '../../../core/digest';
import {
  type ConversationEvent,
  parseConversationEvent,
} from '../../../destination-arctera-archive/render/conversation-event';
import type {AttachedFile, MessagesItem} from '../../../destination-arctera-archive/render/item';
import {toSubject} from '../../../destination-arctera-archive/render/subject';
import {toThreadOrder} from '../../../destination-arctera-archive/render/thread-order';
import {type ArchivedEvent, toMessagesItem} from '../../../destination-arctera-archive/render/to-messages-item';
import {attached} from './sample-items';

interface Turn {
  readonly id?: string;
  readonly after?: string;
  readonly by?: string;
  readonly text?: unknown;
  readonly minute?: number;
  /** Merged into the event, its author, content, message or conversation. */
  readonly event?: object;
  readonly author?: object;
  readonly content?: object;
  readonly message?: object;
  readonly conversation?: object;
}

function toEventText(turn: Turn, at: number): string {
  const {id = `m${at}`, by = at % 2 === 0 ? 'user' : 'assistant', minute = at} = turn;
  const after = turn.after ?? (at === 0 ? undefined : `m${at - 1}`);
  return JSON.stringify({
    event_id: `ev-${at}`,
    type: 'CONVERSATION_MESSAGE',
    timestamp: `2026-01-15T09:${String(minute).padStart(2, '0')}:05.123456Z`,
    actor: {type: 'ACCOUNT_USER', user_id: 'user-ada', user_email: 'ada@corp.test'},
    previous_message_id: after,
    message: {
      id,
      author: {type: by, ...(by === 'assistant' ? {model: 'gpt-5'} : {client_type: 'desktop_web'}), ...turn.author},
      content: {type: 'text', value: turn.text ?? `text ${at}`, ...turn.content},
      ...turn.message,
    },
    conversation: {id: 'c-1', title: 'Budget', ...turn.conversation},
    ...turn.event,
  });
}

/** Each as a prompt and as an answer. */
const texts: Readonly<Record<string, string>> = {
  empty: '',
  blanks: ' \t\n \n',
  markdown: '# Head\n\n- a\n  - b\n\n1. x\n2. y\n\n> quote\n\n**bold** *it* ~~no~~ `code`\n\n---',
  table: '| a | b |\n|:--|--:|\n| 1 | 2 |\n| <b> | \\| |',
  'table-with-a-cell-too-many': '|a|b|\n|-|-|\n|1|2|3|',
  code: '```ts\nconst a = "<script>";\n```\n\n    indented\n',
  'open-code': '```\nnever closed',
  'raw-html': '<script>alert(1)</script><img src=x onerror=alert(1)><style>*{}</style><!-- x -->',
  'html-that-closes': '</td></tr></table></body></html><h1>x',
  links:
    '[a](https://x.test/?q=1&b=2 "t") <https://y.test> https://z.test [j](javascript:alert(1)) [d](data:text/html,x)',
  references: '[a][1]\n\n[1]: https://x.test "hidden"',
  images: '![alt](https://x.test/i.png) ![](//y.test/a) [![n](a)](b)',
  entities: '&lt;script&gt; &#60; &#8203; &nbsp; &amp;',
  controls: '\u0000\u0007\u001b[31mred\u007f\u0085\u009f',
  'carriage-returns': 'a\r\nb\rc\n\rd',
  surrogates: '\ud800 \udc00 \ud83d',
  emoji: '👩‍👩‍👧‍👦 🇫🇷 é e\u0301',
  'right-to-left': 'שלום \u202eevil\u202c عالم',
  'zero-width': 'a\u200bb\u2060c\ufeffd',
  'line-separators': 'a\u2028b\u2029c',
  'mail-header': 'x\r\nBcc: eve@evil.test\r\n\r\nX-Kvs-ArchiveId: other',
  'mail-boundary': '--=_item-1\r\nContent-Type: text/html\r\n\r\n<script>',
  dots: '.\n..\n.x\nFrom here\n>From there',
  'encoded-word': '=?utf-8?B?QmNjOiB4?= =3D =\r\n soft',
  'long-line': 'word'.repeat(2_000),
  'long-text': 'A sentence of the text. '.repeat(4_000),
  'too-long-for-markdown': `**x** ${'y'.repeat(120_000)}`,
  nesting: `${'> '.repeat(120)}deep`,
  emphasis: '*a '.repeat(500),
  brackets: '['.repeat(2_000),
  json: '{"a":[1,2,{"b":null}]}',
  csv: '"=cmd|x";,\n"two"',
};

const branches: readonly Turn[] = [
  {},
  {},
  {after: 'm0', by: 'assistant', text: 'again', minute: 2},
  {after: 'm1', by: 'user', minute: 3},
  {after: 'm1', by: 'user', text: 'edited', minute: 4},
  {after: 'm4', by: 'assistant', minute: 5},
];

const files = [
  {id: 'file-1', name: 'plan.pdf'},
  {id: 'file-2', name: '../../etc/passwd'},
  {id: 'file-3'},
  {id: 7},
  null,
];

const shapes: Readonly<Record<string, readonly Turn[]>> = {
  'prompt-and-answer': [{}, {}],
  'prompt-alone': [{}],
  'answer-alone': [{by: 'assistant', after: 'gone'}],
  branches,
  'branches-of-branches': [...branches, {after: 'm2', by: 'user', minute: 6}, {after: 'm2', by: 'user', minute: 7}],
  versions: [
    {},
    {},
    {id: 'm1', after: 'm0', text: 'more', minute: 2},
    {id: 'm1', after: 'm0', text: 'most', minute: 3},
  ],
  'versions-in-branches': [{}, {}, {id: 'm2', after: 'm0', minute: 2}, {id: 'm2', after: 'm0', text: 'b', minute: 3}],
  circle: [{after: 'm1'}, {after: 'm0'}],
  'follows-itself': [{id: 'm0', after: 'm0'}],
  'same-time': [{minute: 0}, {minute: 0}, {minute: 0}],
  'no-ids': [{message: {id: null}}, {message: {id: ''}, event: {previous_message_id: ''}}],
  'no-time': [{event: {timestamp: null}}, {event: {timestamp: 'yesterday'}}, {event: {timestamp: 7}}],
  'odd-times': [{event: {timestamp: '2026-02-30T00:00:00Z'}}, {event: {timestamp: '+012026-01-01T00:00:00Z'}}],
  'no-message': [{event: {message: null}}, {event: {message: 'text'}}, {event: {message: []}}],
  'no-conversation': [{event: {conversation: null}}],
  'no-actor': [{event: {actor: null}}, {event: {actor: {type: 'API_KEY', id: 'key_1'}}}],
  'several-people': [{}, {}, {event: {actor: {user_id: 'user-bo', user_email: 'bo@corp.test'}}, after: 'm1'}],
  'odd-addresses': [{event: {actor: {user_id: 'u', user_email: 'a@b.test>, eve@evil.test'}}}],
  temporary: [{conversation: {is_temporary_chat: true, gpt_name: 'Helper', project_name: 'FY26', mode: 'work'}}],
  'odd-titles': [{conversation: {title: 'x\r\nBcc: y\u202e'}}, {conversation: {title: {a: 1}, gpt_name: '<b>'}}],
  'new-chat': [{conversation: {title: 'New chat'}}, {conversation: {title: ''}}],
  tools: [{}, {author: {tools_used: ['browser', 5, '<b>'], skills_used: ['s'], model: 'gpt-5\r\nX: y'}}],
  citations: [
    {},
    {
      content: {
        annotations: [
          {type: 'url_citation', urls: ['https://x.test/<a>', 7]},
          {type: 'file_citation', files: [{id: 'file-1', name: 'plan.pdf'}]},
          {type: 'custom_action', action_domain: 'api.x.test', action_name: 'run'},
          'odd',
          {},
        ],
      },
    },
  ],
  files: [{message: {files}}, {}],
  'the-same-file-twice': [{message: {files: [files[0]]}}, {}, {message: {files: [files[0]]}, after: 'm1'}],
  quotation: [
    {content: {type: 'quotation', value: undefined, quote: 'As said', file_id: 'file-1', file_name: 'plan.pdf'}},
  ],
  instructions: [{content: {type: 'user_instructions', value: 'Be brief.'}}],
  'parts-of-content': [
    {content: {type: 'multimodal', value: ['a', {b: 1}]}},
    {content: {type: 'new', value: null, x: 1}},
  ],
  'another-author': [{by: 'tool', text: '<out>'}, {by: '', text: 'nobody'}, {author: {type: 5}}],
  'a-hundred-turns': Array.from({length: 100}, (_, at) => ({minute: at % 60})),
};

function toEvents(turns: readonly Turn[]): ArchivedEvent[] {
  return turns.map((turn, at) => {
    const text = toEventText(turn, at);
    return {...parseConversationEvent(text), original: {recordId: `ev-${at}`, sha256: sha256Hex(text), text}};
  });
}

function attach(
  {eventId}: ConversationEvent,
  {fileId, name}: {fileId: string; name: string | undefined}
): AttachedFile {
  if (fileId === 'file-1') return {...attached(name, Buffer.from('%PDF-1.7 plan\r\n'), fileId), eventId};
  return {fileId, eventId, name, state: {kind: 'missing', outcome: 'expired'}};
}

/** Events in any order give the same item. */
export function toCorpusItem(events: readonly ArchivedEvent[]): MessagesItem {
  const ordered = toThreadOrder(events);
  return toMessagesItem({
    target: 'folder',
    workspaceId: 'ws-1',
    conversationId: 'c-1',
    subject: toSubject(
      ordered.map((event) => event.conversation.title),
      'c-1'
    ),
    policyVersion: 'none',
    events: ordered,
    part: {number: 1, of: 1},
    resolve: (id, email) => ({id, name: undefined, email}),
    attach,
  });
}

export const corpus: readonly (readonly [name: string, events: readonly ArchivedEvent[]])[] = [
  ...Object.entries(shapes).map(([name, turns]) => [name, toEvents(turns)] as const),
  ...Object.entries(texts).map(([name, text]) => [`text-${name}`, toEvents([{text}, {text}])] as const),
];
