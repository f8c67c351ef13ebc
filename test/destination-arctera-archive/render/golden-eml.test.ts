// The rendered bytes of every kind of item, compared with the committed ones.
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import type {AttachedFile, Item} from '../../../destination-arctera-archive/render/item';
import {lineFaults, renderWhole} from './render-whole';
import {addendumItem, attached, batchItem, message, messagesItem, original, response} from './sample-items';

const directory = join(__dirname, 'golden');
const everyByte = Buffer.from(Array.from({length: 256}, (_, byte) => byte));

function file(name: string, state: AttachedFile['state']): AttachedFile {
  return {fileId: `file-${name}`, eventId: 'ev-1', name, state};
}

const outcomes = ['expired', 'not_found', 'forbidden', 'too_large', 'unavailable'] as const;

const items: Record<string, Item> = {
  'prompt-and-response': messagesItem(),
  'uploads-of-every-outcome': messagesItem({
    originals: [original('ev-1', '{"event_id":"ev-1"}')],
    messages: [
      message({
        files: [
          attached('plan.pdf', everyByte),
          attached('empty.txt', Buffer.alloc(0), 'file-2'),
          attached('Übersicht 概要.xlsx', Buffer.from('sheet'), 'file-3'),
          attached('events.jsonl', Buffer.from('{}'), 'file-4'),
          ...outcomes.map((outcome) => file(`${outcome}.txt`, {kind: 'missing', outcome})),
          file('later.txt', {kind: 'awaited'}),
          file('film.mp4', {kind: 'apart', size: 12_345_678}),
          file('other.txt', {kind: 'elsewhere', sha256: undefined, itemId: 'a'.repeat(64)}),
          file('unselected.txt', {kind: 'not_selected'}),
        ],
      }),
    ],
  }),
  'branches-and-unknown-people': messagesItem({
    owner: {id: 'user-unknown', name: undefined, email: undefined},
    others: [
      {id: 'user-bo', name: 'Bo "B" Öst', email: 'bo@corp.test'},
      {id: 'user-odd', name: 'Odd', email: 'odd@corp.test>, evil@other.test'},
    ],
    conversation: {
      id: 'c-2',
      title: 'Café\r\nBcc: x',
      isTemporary: true,
      gptName: 'Helper',
      projectName: undefined,
      mode: undefined,
    },
    part: {number: 2, of: 3},
    messages: [
      message({text: 'first\r\nline\rtwo\tend\u0000\u0007\ud800.'}),
      message({
        text: undefined,
        otherContent: '{"parts":[1,2]}',
        contentType: 'user_instructions',
      }),
      response({text: 'A', model: 'gpt-5', previousMessageId: 'msg-1'}),
      response({
        text: '**B** [link](https://x.test "t") <b>',
        messageId: 'msg-3',
        previousMessageId: 'msg-1',
        model: 'gpt-4.1',
        tools: ['search'],
        citations: [{kind: 'url_citation', sources: ['https://x.test/<b>']}],
      }),
      message({
        role: 'other',
        authorType: 'tool',
        text: '  <script>alert(1)</script>\n    indented',
        timestamp: undefined,
      }),
    ],
  }),
  'late-file': addendumItem([
    attached('late.bin', everyByte, 'file-9'),
    file('gone.txt', {kind: 'missing', outcome: 'expired'}),
  ]),
  'oversize-file': {...addendumItem([attached('film.mp4', everyByte, 'file-9')]), isOversize: true},
  'records-of-a-stream': batchItem(),
};

test.each(Object.entries(items))('%s renders to its golden bytes', async (name, item) => {
  const bytes = await renderWhole(item);
  const path = join(directory, `${name}.eml`);
  if (process.env['UPDATE_GOLDEN'] === '1' || !existsSync(path)) {
    expect(process.env['UPDATE_GOLDEN']).toBe('1'); // a missing golden file is a failure, not a reason to write one
    mkdirSync(directory, {recursive: true});
    writeFileSync(path, bytes);
  }
  expect(bytes.toString('latin1')).toBe(readFileSync(path, 'latin1'));
  expect(lineFaults(bytes)).toEqual([]);
});

test.each(Object.entries(items))('%s renders to the same bytes again', async (_, item) => {
  expect((await renderWhole(item)).equals(await renderWhole(structuredCopy(item)))).toBe(true);
});

/** Equal values in other objects; functions stay the same. */
function structuredCopy<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(structuredCopy) as Value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, structuredCopy(each as unknown)])
  ) as Value;
}
