// Generates what nobody should send: texts that try to be something else, JSON of any shape, protocol lines of any kind.
import fc from '../support/generated';
import {
  captureRunRow,
  chunkRows,
  conversationRow,
  fileRow,
  messageRow,
  rawRecordLine,
  recordLine,
  stateLine,
  unreadableRow,
  userRow,
} from '../end-to-end/contract-rows';

const attack = fc.constantFrom(
  '\r\nBcc: x@evil.test',
  '\r\n\r\n<script>alert(1)</script>',
  '=?utf-8?B?QmNj?=',
  '../../etc/passwd',
  '..\\..\\con',
  '<img src=x onerror=alert(1)>',
  '&lt;b&gt;',
  '"',
  '\\',
  '\u202e',
  '\u2028',
  '\ud800',
  '\0',
  '--=_item',
  'events.jsonl',
  '__proto__',
  'x'.repeat(5_000)
);

export const hostileText = fc
  .array(fc.oneof(attack, fc.string({unit: 'binary', maxLength: 30}), fc.string({unit: 'grapheme', maxLength: 30})), {
    maxLength: 4,
  })
  .map((parts) => parts.join(''));

/** Stand for values nested so deeply that no recursion comes back from them: `deepen` puts those in their place. */
const deepValue = fc.constantFrom('<a deep list>', '<a deep object>');
const depth = 10_000;

const hostileValue = fc.oneof(
  {weight: 320, arbitrary: hostileText},
  {weight: 80, arbitrary: fc.jsonValue({maxDepth: 3})},
  {weight: 1, arbitrary: deepValue}
);

const anyJson = fc.oneof(
  {weight: 20, arbitrary: fc.jsonValue({maxDepth: 4})},
  {weight: 1, arbitrary: deepValue},
  {weight: 4, arbitrary: fc.constant(undefined)}
);

/** Generated text as it is sent. A failure is reported in its short form. */
export function deepen(text: string): string {
  return text
    .replaceAll('"<a deep list>"', () => `${'['.repeat(depth)}${']'.repeat(depth)}`)
    .replaceAll('"<a deep object>"', () => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);
}

/** Exact numbers, which JSON.stringify would change. */
const oddNumber = fc.constantFrom('1.10', '1e400', '-0.0', '12345678901234567890', '1E+2');

/** Text of a log line: the fields of an event with values of every kind, or JSON of any shape, or no JSON at all. */
export const eventText = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .record(
        {
          event_id: hostileValue,
          timestamp: hostileValue,
          actor: fc.oneof(
            hostileValue,
            fc.record({type: hostileValue, user_id: hostileValue, user_email: hostileValue})
          ),
          previous_message_id: hostileValue,
          message: fc.oneof(
            hostileValue,
            fc.record(
              {
                id: hostileValue,
                author: fc.oneof(
                  hostileValue,
                  fc.record({type: hostileValue, model: hostileValue, tools_used: hostileValue})
                ),
                content: fc.oneof(
                  hostileValue,
                  fc.record({
                    type: hostileValue,
                    value: hostileValue,
                    annotations: fc.array(hostileValue, {maxLength: 2}),
                  })
                ),
                files: fc.array(fc.oneof(hostileValue, fc.record({id: hostileValue, name: hostileValue})), {
                  maxLength: 3,
                }),
              },
              {requiredKeys: []}
            )
          ),
          conversation: fc.oneof(
            hostileValue,
            fc.record({id: hostileValue, title: hostileValue, gpt_name: hostileValue})
          ),
        },
        {requiredKeys: []}
      )
      .map((event) => JSON.stringify(event)),
  },
  fc
    .tuple(oddNumber, hostileText)
    .map(([number, text]) => `{"message":{"content":{"n":${number},"n":${number},"t":${JSON.stringify(text)}}}}`),
  fc.json({maxDepth: 3}),
  hostileText.map((text) => text.replace(/\p{Surrogate}|\n/gu, ''))
);

const eventId = fc.constantFrom('e1', 'e2', 'e3');
const fileId = fc.constantFrom('file-a', 'file-b');
const text = fc.constantFrom('one', 'two', 'three');
const stream = fc.constantFrom('users', 'messages', 'conversations', 'files', 'file_chunks', 'capture_runs', 'orders');

/** Rows as the source sends them, from few ids, so that they repeat, contradict and complete each other. */
const contractLine = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(eventId, text, fc.array(fileId, {maxLength: 2}), fc.constantFrom('log-1', 'log-2'))
      .map(([event, said, files, logFile]) => recordLine('messages', messageRow({event, text: said, files, logFile}))),
  },
  fc
    .tuple(eventId, fc.uint8Array({maxLength: 9}))
    .map(([event, bytes]) => recordLine('messages', unreadableRow(event, 1, Buffer.from(bytes)))),
  {
    weight: 2,
    arbitrary: fc
      .tuple(fileId, eventId, text)
      .map(([file, event, said]) => recordLine('files', fileRow({file, event, bytes: Buffer.from(said)}))),
  },
  fc
    .tuple(fileId, eventId, fc.constantFrom('expired', 'not_found', 'unavailable'))
    .map(([file, event, outcome]) => recordLine('files', fileRow({file, event, outcome: outcome}))),
  {
    weight: 2,
    arbitrary: fc.tuple(fileId, eventId, text, fc.boolean()).map(([file, event, said, abandoned]) =>
      recordLine('file_chunks', {
        ...chunkRows({file, event, bytes: Buffer.from(said)})[0],
        ...(abandoned ? {abandoned} : {}),
      })
    ),
  },
  fc.tuple(hostileText, hostileText).map(([name, email]) => recordLine('users', userRow('user-ada', name, email))),
  fc.constant(recordLine('conversations', conversationRow('conv-1'))),
  fc.constant(recordLine('capture_runs', captureRunRow('run-1'))),
  fc
    .tuple(stream, hostileText, oddNumber)
    .map(([name, value, number]) =>
      rawRecordLine(name, `{"workspace_id":"ws-1","v":${JSON.stringify(value)},"n":${number}}`)
    ),
  {
    weight: 3,
    arbitrary: fc
      .tuple(stream, fc.oneof({weight: 20, arbitrary: fc.jsonValue({maxDepth: 1})}, {weight: 1, arbitrary: deepValue}))
      .map(([name, state]) => stateLine(name, state)),
  }
);

/** A row with one of its fields replaced by anything. */
const brokenLine = fc
  .tuple(contractLine, fc.nat(), fc.oneof(hostileValue, fc.constant(undefined)))
  .map(([line, position, value]) => {
    const message = JSON.parse(line) as {record?: {data: Record<string, unknown>}};
    const data = message.record?.data;
    const keys = Object.keys(data ?? {});
    const key = keys[position % Math.max(1, keys.length)];
    // The path of a workspace is tested apart: here every record shares one.
    if (data !== undefined && key !== undefined && key !== 'workspace_id') data[key] = value;
    return JSON.stringify(message);
  });

const strayLine = fc.oneof(
  hostileText.map((each) => each.replaceAll('\n', ' ')),
  fc.json({maxDepth: 3}),
  fc
    .constantFrom('RECORD', 'STATE', 'LOG', 'TRACE', 'CONTROL', 'HOLOGRAM')
    .chain((type) => anyJson.map((payload) => JSON.stringify({type, [type.toLowerCase()]: payload})))
);

export const stdinLine = fc.oneof(
  {weight: 6, arbitrary: contractLine},
  {weight: 2, arbitrary: brokenLine},
  {weight: 2, arbitrary: strayLine}
);

/** Rows that no check of integrity can refuse, with stray lines between them: such a run must end well. */
export const goodLine = fc.oneof(
  {weight: 5, arbitrary: contractLine},
  strayLine.filter((line) => !/STATE|RECORD/.test(line))
);

/** Configurations near to good ones. */
export const configLike = fc.record(
  {
    target: fc.oneof(
      anyJson,
      fc.record(
        {
          type: fc.oneof(fc.constant('folder'), hostileValue),
          path: hostileValue,
          allow_ephemeral: hostileValue,
          extra: anyJson,
        },
        {requiredKeys: []}
      )
    ),
    grouping: fc.oneof(fc.constant('message'), hostileValue),
    time_zone: hostileValue,
    assistant_address: hostileValue,
    message_id_domain: hostileValue,
    hold_minutes: fc.oneof(fc.double(), hostileValue),
    hold_megabytes: fc.oneof(fc.double(), hostileValue),
  },
  {requiredKeys: []}
);

export const catalogLike = fc.oneof(
  anyJson,
  fc.record({
    streams: fc.array(
      fc.record(
        {
          stream: fc.oneof(anyJson, fc.record({name: hostileValue, namespace: hostileValue})),
          sync_mode: fc.constantFrom('incremental', 'full_refresh', 'x'),
          destination_sync_mode: hostileValue,
          primary_key: anyJson,
        },
        {requiredKeys: []}
      ),
      {maxLength: 4}
    ),
  })
);

export const stateLike = fc.oneof(
  anyJson,
  fc.array(
    fc.record(
      {
        type: fc.constantFrom('STREAM', 'GLOBAL', 'LEGACY'),
        stream: fc.oneof(
          anyJson,
          fc.record({stream_descriptor: fc.record({name: hostileValue}), stream_state: anyJson})
        ),
        global: anyJson,
      },
      {requiredKeys: []}
    ),
    {maxLength: 4}
  )
);
