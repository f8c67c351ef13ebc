// What an independent reader finds in a rendered message is what went in.
import {expect, test} from '@jest/globals';
import fc from '../../support/generated';
import {sha256Hex} from '../../../core/digest';
import {lineFaults, onlyHeader, parseMessage, renderWhole} from './render-whole';
import {attached, conversationId, message, messagesItem, original, response} from './sample-items';

const once = [
  'From',
  'To',
  'Date',
  'Subject',
  'Message-ID',
  'MIME-Version',
  'Content-Type',
  'References',
  'In-Reply-To',
];

test('every header occurs once and names the item', async () => {
  const item = messagesItem();
  const parsed = await parseMessage(await renderWhole(item));
  for (const name of once) expect(onlyHeader(parsed, name)).not.toBe('');
  expect(onlyHeader(parsed, 'Message-ID')).toBe(`<${item.itemId}@chatgpt.invalid>`);
  expect(onlyHeader(parsed, 'Date')).toBe('Thu, 15 Jan 2026 09:30:05 +0000');
  expect(onlyHeader(parsed, 'From')).toBe('Ada Example <ada@corp.test>');
  expect(onlyHeader(parsed, 'To')).toBe('ChatGPT <chatgpt@records.test>');
  expect(onlyHeader(parsed, 'X-AI-Model')).toBe('gpt-5');
  expect(onlyHeader(parsed, 'X-AI-Message-Count')).toBe('2');
  expect(onlyHeader(parsed, 'X-AI-Conversation-Id')).toBe(conversationId);
  expect(onlyHeader(parsed, 'X-AI-Content-SHA256')).toBe(
    sha256Hex(item.originals.map(({text}) => `${text}\n`).join(''))
  );
});

test('messages and addenda of a conversation refer to one root, other conversations to another', async () => {
  const rootOf = async (id: string): Promise<string> => {
    const item = messagesItem({conversation: {...messagesItem().conversation, id}});
    return onlyHeader(await parseMessage(await renderWhole(item)), 'References');
  };
  expect(await rootOf('c-1')).toBe(await rootOf('c-1'));
  expect(await rootOf('c-1')).not.toBe(await rootOf('c-2'));
});

test('an address that some readers would decode to another one is not used', async () => {
  const owner = {id: 'user-ada', name: 'Ada', email: '=?utf-8?Q?chief?=@corp.test'};
  const parsed = await parseMessage(await renderWhole(messagesItem({owner})));
  expect(onlyHeader(parsed, 'From')).toBe('Ada <unresolved@records.test>');
  expect(onlyHeader(parsed, 'X-AI-Actor-Id')).toBe('user-ada');
});

test('a changed upload is refused', async () => {
  const file = attached('a.txt', Buffer.from('as read by the source'));
  const state = {...file.state, sha256: sha256Hex('something else')} as typeof file.state;
  const item = messagesItem({messages: [message({files: [{...file, state}]})]});
  await expect(renderWhole(item)).rejects.toMatchObject({code: 'transfer_broken'});
});

test('large texts, originals and uploads come back whole', async () => {
  const upload = Buffer.alloc(3_000_001, 'bytes\r\n.\r\n');
  const text = `${'word '.repeat(200_000)}\n.\nFrom here\n${'é'.repeat(100_000)}`;
  const originals = [original('a', `{"a":"${'x'.repeat(2_000_000)}"}`), original('b', '{"b":"é"}')];
  const item = messagesItem({originals, messages: [message({text, files: [attached('u.bin', upload)]})]});
  const bytes = await renderWhole(item);
  expect(lineFaults(bytes)).toEqual([]);
  const parsed = await parseMessage(bytes);
  expect(parsed.text).toContain(text);
  expect(parsed.attachments[0]!.content.equals(upload)).toBe(true);
  expect(parsed.attachments.at(-1)!.content.toString()).toBe(originals.map((each) => `${each.text}\n`).join(''));
});

const anyText = fc.oneof(fc.string({unit: 'binary', maxLength: 60}), fc.string({unit: 'grapheme', maxLength: 60}));
const hostile = fc.constantFrom(
  '\r\nBcc: x@evil.test',
  '=?utf-8?B?QmNj?=',
  '"',
  '\\',
  '\u202e',
  '\ud800',
  '\0',
  ' ',
  '--=_'
);
const text = fc.array(fc.oneof(anyText, hostile), {maxLength: 3}).map((parts) => parts.join(''));

test('whatever titles, names, texts and files hold, the message is sound and the bytes come back', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        title: text,
        name: text,
        body: text,
        email: text,
        model: text,
        files: fc.array(fc.tuple(text, fc.uint8Array()), {maxLength: 3}),
      }),
      async ({title, name, body, email, model, files}) => {
        const uploads = files.map(([file, bytes], at) => ({file, at, bytes: Buffer.from(bytes)}));
        const originals = [original('ev-1', JSON.stringify({body}))];
        const item = messagesItem({
          originals,
          subject: title,
          conversation: {...messagesItem().conversation, title, id: name, gptName: name, mode: model},
          owner: {id: name, name, email},
          others: [{id: email, name: title, email: name}],
          messages: [
            message({
              text: body,
              tools: [title],
              citations: [{kind: title, sources: [title]}],
              files: uploads.map((u) => attached(u.file, u.bytes, `f-${u.at}`)),
            }),
            response({model}),
          ],
        });
        const bytes = await renderWhole(item);
        expect(lineFaults(bytes)).toEqual([]);
        const parsed = await parseMessage(bytes);
        for (const header of once) onlyHeader(parsed, header);
        expect(parsed.headerLines.filter(({key}) => key === 'bcc' || key.startsWith('x-kvs'))).toEqual([]);
        const others = parsed.attachments.filter(({filename}) => filename !== 'item.json');
        expect(others).toHaveLength(parsed.attachments.length - 1);
        const contents = others.map(({content}) => content.toString('hex'));
        const expected = [...uploads.map((u) => u.bytes), Buffer.from(`${originals[0]!.text}\n`)];
        expect(contents).toEqual(expected.map((each) => each.toString('hex')));
        const names = parsed.attachments.map(({filename}) => filename?.toLowerCase());
        expect(new Set(names).size).toBe(names.length);
        expect(names.at(-1)).toBe('events.jsonl');
      }
    ),
    {numRuns: 1000}
  );
});
