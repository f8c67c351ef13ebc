// Lines that are copied into their rows say the same as lines that are parsed and written anew.
import {describe, expect, test} from '@jest/globals';
import fc from '../../support/generated';
import {toText} from '../../../airbyte/json-text';
import {toFileReferences} from '../../../source-chatgpt-enterprise/normalize/file-references';
import {toLogLines} from '../../../source-chatgpt-enterprise/normalize/log-lines';
import {MessageLines} from '../../../source-chatgpt-enterprise/normalize/message-line';
import {toMessageRow} from '../../../source-chatgpt-enterprise/normalize/to-message-row';

const origin = {workspaceId: 'ws "1"', logFileId: 'eclf_1', verified: true};

function expectSame(text: string): void {
  const bytes = Buffer.from(text);
  const lines = new MessageLines(origin);
  for (const line of toLogLines(bytes)) {
    const read = lines.read(line);
    const row = toMessageRow(line, origin);
    expect(JSON.parse(toText(read.json))).toEqual(JSON.parse(JSON.stringify(row)));
    const {actor, conversation, conversation_id, event_id, message, message_id, timestamp, unreadable} = row;
    expect(read).toMatchObject({conversation_id, event_id, message_id, timestamp, unreadable});
    expect([read.actor, read.message, read.conversation]).toEqual([actor, message, conversation]);
    expect(toFileReferences(read)).toEqual(toFileReferences(row));
    if (toFileReferences(row).length > 0) expect(read.mayNameFiles).toBe(true);
    if (lines.isFull) lines.clear();
  }
}

const usual = {
  event_id: 'e1',
  type: 'CONVERSATION_MESSAGE',
  timestamp: '2026-10-02T09:14:05.746561Z',
  principal: {id: 'ws'},
  actor: {type: 'ACCOUNT_USER', user_id: 'user-1'},
  previous_message_id: 'm0',
  message: {id: 'm1', content: {value: 'a "word", a \\ and a line\nof é 😀 \u2028 \u0000'}},
  conversation: {id: 'c1', title: 'Q3 "review"'},
};

describe('MessageLines', () => {
  test.each([
    ['as usual', usual],
    ['with nothing but its id', {event_id: 'e1'}],
    ['with empty texts', {...usual, type: '', timestamp: '', previous_message_id: '', message: {id: ''}}],
    [
      'with other types',
      {event_id: 'e1', type: 1, timestamp: [], actor: 'a', message: [{id: 'm'}], conversation: null},
    ],
    ['without an id', {...usual, event_id: ''}],
    ['with an id that has to be escaped', {...usual, event_id: 'e"1"\n'}],
    ['with files', {...usual, message: {id: 'm', files: [{id: 'f1', name: 'a.pdf'}]}}],
    ['with a quotation', {...usual, message: {content: {file_id: 'f2'}}}],
    ['with a citation', {...usual, message: {annotations: [{files: [{id: 'f3'}]}]}}],
    ['longer than what is put together in the block', {...usual, message: {id: 'm', text: 'x"é'.repeat(20_000)}}],
    ['longer than a block', {...usual, message: {id: 'm', text: 'x\\y😀'.repeat(100_000)}}],
  ])('read an event %s', (_, event) => {
    expectSame(JSON.stringify(event));
    expectSame(`${JSON.stringify(event)}\n${JSON.stringify(usual)}\r\n${JSON.stringify(event)}`);
  });

  test('read any number of lines, when they are cleared as they say', () => {
    expectSame(`${JSON.stringify(usual)}\n`.repeat(2000));
  });

  test('find the names of files wherever in the file they stand', () => {
    const withFiles = JSON.stringify({...usual, message: {files: [{id: 'f1'}]}});
    const without = JSON.stringify(usual);
    const lines = new MessageLines(origin);
    const all = [without, withFiles, without, '"file', withFiles, withFiles, without].join('\n');
    const found = [...toLogLines(Buffer.from(all))].map((line) => toFileReferences(lines.read(line)).length);
    expect(found).toEqual([0, 1, 0, 0, 1, 1, 0]);
    const again = new MessageLines(origin);
    const may = [...toLogLines(Buffer.from(all))].map((line) => again.read(line).mayNameFiles);
    expect(may).toEqual([false, true, false, true, true, true, false]);
  });

  test('read any event', () => {
    const value = fc.oneof(fc.string({unit: 'binary'}), fc.integer(), fc.double(), fc.jsonValue());
    const inner = fc.record({id: value, title: value, files: value, other: value}, {requiredKeys: []});
    const event = fc.record(
      {
        event_id: fc.oneof(fc.string({unit: 'binary'}), value),
        type: value,
        timestamp: value,
        actor: fc.oneof(inner, value),
        previous_message_id: value,
        message: fc.oneof(inner, value),
        conversation: fc.oneof(inner, value),
        other: value,
      },
      {requiredKeys: ['event_id']}
    );
    fc.assert(fc.property(event, (one) => expectSame(JSON.stringify(one))));
  });
});
