// A Text-Delimited item has one line a message, whatever the message holds, and a template that names its columns.
import {expect, test} from '@jest/globals';
import fc from '../../support/generated';
import {unzipSync} from 'fflate';
import type {Item} from '../../../destination-arctera-archive/render/item';
import {renderTextDelimited} from '../../../destination-arctera-archive/render/text-delimited';
import {csvHeader, toCsvLine} from '../../../destination-arctera-archive/render/text-delimited-csv';
import {zipStream} from '../../../destination-arctera-archive/render/zip-stream';
import {addendumItem, attached, batchItem, message, messagesItem, response, settings} from './sample-items';

async function open(item: Item): Promise<Record<string, Buffer>> {
  const pieces: Buffer[] = [];
  for await (const piece of renderTextDelimited(item, settings, '{}')) pieces.push(Buffer.from(piece));
  const files = unzipSync(Buffer.concat(pieces));
  return Object.fromEntries(Object.entries(files).map(([name, content]) => [name, Buffer.from(content)]));
}

/** Fields of each line, read as the template says: comma, quotes, quotes doubled. */
function readCsv(bytes: Buffer): Record<string, string>[] {
  const lines = bytes.toString('utf8').split('\r\n').slice(0, -1);
  const [names = [], ...rows] = lines.map((line) =>
    [...line.matchAll(/"((?:[^"]|"")*)"(?:,|$)/g)].map(([, value]) => value!.replaceAll('""', '"'))
  );
  return rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at]!])));
}

test('a message is a line with sender, participants, time, body and files', async () => {
  const item = messagesItem({
    messages: [
      message({text: 'one, "two"\nthree', files: [attached('a;b.txt', Buffer.from('x'))]}),
      response({model: 'gpt-5'}),
    ],
  });
  const files = await open(item);
  expect(Object.keys(files).sort()).toEqual(['a_b.txt', 'events.jsonl', 'item.json', 'messages.csv', 'template.xml']);
  const [prompt, answer] = readCsv(files['messages.csv']!);
  expect(prompt).toMatchObject({
    MessageId: 'ev-1',
    Sender: 'ada@corp.test',
    SenderName: 'Ada Example',
    Participants: 'chatgpt@records.test',
    Title: item.subject,
    ActivityDateTime: '01/15/2026 09:30:05',
    FileName: 'a_b.txt;events.jsonl',
  });
  expect(prompt!['Body']).toMatch(/^one, "two"\u2028three\u2028Attachment: a;b.txt — captured as a_b.txt/);
  expect(answer).toMatchObject({Sender: 'chatgpt@records.test', Participants: 'ada@corp.test', FileName: ''});
  expect(answer!['Facts']).toContain('model=gpt-5');
});

test('a line has participants, also where one address stands for everybody', async () => {
  const address = settings.assistantAddress;
  const owner = {id: 'user-ada', name: 'Ada', email: address};
  const files = await open(messagesItem({owner, messages: [message({author: owner}), response()]}));
  const lines = readCsv(files['messages.csv']!);
  expect(lines.map(({Sender, Participants}) => [Sender, Participants])).toEqual([
    [address, address],
    [address, address],
  ]);
});

test('the template has a column for every name in the first line', async () => {
  const files = await open(messagesItem());
  const header = files['messages.csv']!.toString('utf8').split('\r\n')[0]!;
  const template = files['template.xml']!.toString('utf8');
  const names = [...template.matchAll(/<name>(\w+)<\/name>/g)].map(([, name]) => name);
  expect(header).toBe(names.map((name) => `"${name!}"`).join(','));
  expect(template).toContain(`<maxCols>${names.length}</maxCols>`);
  expect(template).toContain('<version>AV_2.0</version>');
  const mapped = [...template.matchAll(/<item(?: Role="To")?>(\w+)<\/item>/g)].map(([, name]) => name);
  expect(mapped).toEqual(expect.arrayContaining(['Sender', 'Participants', 'Body']));
  expect(mapped.every((name) => names.includes(name))).toBe(true);
});

test.each([
  ['addendum', addendumItem([attached('late.bin', Buffer.from('late'))]), 1],
  ['batch', batchItem(), 2],
])('an item of kind %s has its lines', async (_, item, lines) => {
  const rows = readCsv((await open(item))['messages.csv']!);
  expect(rows).toHaveLength(lines);
  expect(rows[0]!['FileName']).toContain('events.jsonl');
});

const text = fc.oneof(
  fc.string({unit: 'binary', maxLength: 60}),
  fc.constantFrom('"', '",', '\r\n', '\n"', ';', '=cmd|x', '\u2028', '""",""')
);

test('whatever a row holds, it is one line of its own fields, which read back', () => {
  fc.assert(
    fc.property(fc.array(text, {minLength: 4, maxLength: 4}), ([a = '', b = '', c = '', d = '']) => {
      const line = toCsvLine({
        message: a,
        conversation: b,
        workspace: c,
        item: d,
        sender: {address: a, name: b},
        participants: [{address: c, name: d}],
        title: d,
        time: c,
        body: b,
        files: [a, b],
        facts: [c, d],
      });
      const [row = {}, ...others] = readCsv(Buffer.from(`${csvHeader}${line}`));
      const asOneLine = (value: string): string => Buffer.from(value.replace(/\r\n?|\n/g, '\u2028')).toString();
      expect(others).toEqual([]);
      expect(line.split(/[\r\n]+/)).toHaveLength(2);
      expect(Object.keys(row)).toHaveLength(13);
      expect([row['MessageId'], row['Body'], row['Title']]).toEqual([a, b, d].map(asOneLine));
    }),
    {numRuns: 10_000}
  );
});

test('whatever texts hold, no line and no field is added', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(text, {minLength: 6, maxLength: 6}), async ([a, b, c, d, e, f]) => {
      const item = messagesItem({
        subject: a!,
        conversation: {...messagesItem().conversation, id: b!},
        owner: {id: c!, name: d, email: e},
        messages: [
          message({text: f, eventId: a!, files: [attached(b, Buffer.from(a!), c)]}),
          response({text: e, model: d}),
        ],
      });
      const csv = (await open(item))['messages.csv']!;
      const lines = csv.toString('utf8').split(/\r\n|\r|\n/);
      expect(lines).toHaveLength(4);
      for (const line of lines.slice(0, 3)) {
        expect(line).toMatch(/^(?:"(?:[^"]|"")*",){12}"(?:[^"]|"")*"$/);
      }
      for (const row of readCsv(csv)) expect(Object.values(row)).toHaveLength(13);
    }),
    {numRuns: 1000}
  );
});

test('a zip that would be larger than its own numbers can say is refused', async () => {
  const entries = ['a', 'b'].map((name) => ({name, isStored: true, content: () => [Buffer.alloc(10_000)]}));
  const sizeOf = async (maxBytes?: number): Promise<number> => {
    let size = 0;
    for await (const piece of zipStream(entries, maxBytes)) size += piece.length;
    return size;
  };
  const size = await sizeOf();
  expect(await sizeOf(size)).toBe(size);
  for (const maxBytes of [size - 1, 15_000, 1]) {
    await expect(sizeOf(maxBytes)).rejects.toMatchObject({code: 'item_unrenderable'});
  }
});

test.each([
  ['2026-11-02T01:00:00.5+02:00', '11/01/2026 23:00:00'],
  ['2026-12-31T23:59:60.25Z', '12/31/2026 23:59:59'],
  ['2026-11-02T99:00:00Z', 'that of the item'],
  ['2026-02-30T10:00:00Z', 'that of the item'],
])('a message of %s has the time %s, which every importer reads', async (timestamp, told) => {
  const dateMs = Date.UTC(2026, 0, 15, 9, 30);
  const item = messagesItem({messages: [message({timestamp})], dateMs});
  const [row] = readCsv((await open(item))['messages.csv']!);
  expect(row!['ActivityDateTime']).toBe(told === 'that of the item' ? '01/15/2026 09:30:00' : told);
});
