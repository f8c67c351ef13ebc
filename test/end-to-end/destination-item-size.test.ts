// What is too large for one item, through the executable: parts that say which they are, and files as items of their own.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {type ArchivedItem, itemPaths, readArchive} from './archive-reader';
import {chunkRows, fileRow, type MessageSpec, messageLines, messageRow, recordLine} from './contract-rows';
import {temporaryFolder, verify, write} from './destination-process';

const config = {max_item_megabytes: 0.1};

function fileLines(file: string, event: string, bytes: Buffer): string[] {
  return [
    recordLine('files', fileRow({file, event, bytes})),
    ...chunkRows({file, event, bytes}).map((row) => recordLine('file_chunks', row)),
  ];
}

/** No two pages of it are alike, so that a lost or moved piece shows. */
function someBytes(size: number, seed: number): Buffer {
  return Buffer.from(Array.from({length: size}, (_, at) => (at * 31 + (at >> 8) * 7 + seed) % 251));
}

function headersOf(path: string): string[] {
  return itemPaths(path).map((item) => readFileSync(join(path, item), 'latin1').split('\r\n\r\n', 1)[0]!);
}

test('a conversation that is too large is in parts, each says which it is, and every event is in one of them', async () => {
  const path = temporaryFolder();
  const specs = Array.from({length: 10}, (_, at): MessageSpec => ({
    event: `e${at}`,
    at: `2026-01-15T09:3${at}:00.000000Z`,
    text: `${at} ${'word '.repeat(2_000)}`,
    ...(at === 0 ? {} : {after: `msg-e${at - 1}`}),
  }));
  expect((await write({path, config}, messageLines(...specs))).exit).toBe(0);

  const items = await readArchive(path);
  const partOf = ({text}: ArchivedItem): string => /^Part: (.*)$/m.exec(text)?.[1] ?? '';
  const parts = items.sort((a, b) => (partOf(a) < partOf(b) ? -1 : 1));
  const count = parts.length;
  expect(count).toBeGreaterThan(2);
  expect(parts.map(partOf)).toEqual(parts.map((_, at) => `${at + 1} of ${count}`));
  const headers = headersOf(path).flatMap((head) => /^X-AI-Part: (.*)$/m.exec(head)?.[1] ?? []);
  expect(headers.sort()).toEqual(parts.map((_, at) => `${at + 1}/${count}`));
  expect(parts.flatMap(({originals}) => originals)).toEqual(specs.map((spec) => messageRow(spec).event));
  expect(new Set(parts.map(({references, subject}) => `${references} ${subject}`)).size).toBe(1);
  for (const item of itemPaths(path)) {
    expect(readFileSync(join(path, item)).length).toBeLessThan(config.max_item_megabytes * 1024 * 1024);
  }
  expect(await verify(path)).toBe(0);
});

test.each([
  ['of an alphabet without ASCII', '概要 и итог '.repeat(400)],
  ['of signs', '😀=<&>"  \n'.repeat(300)],
  ['of short lists', '# title\n* x\n'.repeat(300)],
  ['of tables', `|a|b|c\n|-|-|-\n${'|1|2|3\n'.repeat(400)}`],
  ['of short words in all forms', '**b** _i_ `c` [d](e)\n'.repeat(200)],
])('items of texts %s are no larger than they may be', async (_, text) => {
  const path = temporaryFolder();
  const specs = Array.from({length: 12}, (_, at): MessageSpec & {files: string[]} => {
    return {event: `e${at}`, text, files: [`f${at}`], author: 'assistant'};
  });
  const uploads = specs.flatMap(({event, files: [file = '']}) => fileLines(file, event, someBytes(25_000, 5)));
  expect((await write({path, config}, [...messageLines(...specs), ...uploads])).exit).toBe(0);
  const sizes = itemPaths(path).map((item) => readFileSync(join(path, item)).length);
  expect(sizes.length).toBeGreaterThan(2);
  expect(Math.max(...sizes)).toBeLessThan(config.max_item_megabytes * 1024 * 1024);
});

test('days of a log and batches of records are in as many items as they need', async () => {
  const path = temporaryFolder();
  const events = Array.from({length: 60}, (_, at) => {
    const row = messageRow({event: `a${at}`, text: `${'概要 "x" = '.repeat(150)} ${at}`});
    return recordLine('audit_logs', {...row, conversation_id: undefined});
  });
  const rows = Array.from({length: 60}, (_, at) =>
    recordLine('invoices', {id: at, memo: 'paid <in full> '.repeat(100)})
  );
  expect((await write({path, config, streams: ['audit_logs', 'invoices']}, [...events, ...rows])).exit).toBe(0);
  const items = await readArchive(path);
  expect(new Set(items.map(({kind}) => kind))).toEqual(new Set(['log', 'batch']));
  expect(items.flatMap(({originals}) => originals)).toHaveLength(120);
  const sizes = itemPaths(path).map((item) => readFileSync(join(path, item)).length);
  expect(Math.max(...sizes)).toBeLessThan(config.max_item_megabytes * 1024 * 1024);
});

test('files that do not fit are items of their own: both ends say so, and every byte is there', async () => {
  const path = temporaryFolder();
  const [fits, doesNotFitBeside, large] = [someBytes(60_000, 1), someBytes(70_000, 2), someBytes(300_000, 3)];
  const lines = [
    ...messageLines({event: 'e1', files: ['file-1', 'file-2', 'file-3']}),
    ...fileLines('file-1', 'e1', fits),
    ...fileLines('file-2', 'e1', doesNotFitBeside),
    ...fileLines('file-3', 'e1', large),
  ];
  expect((await write({path, config}, lines)).exit).toBe(0);

  const items = await readArchive(path);
  const [message, ...others] = items.filter(({kind}) => kind === 'messages');
  const addenda = items.filter(({kind}) => kind === 'addendum');
  expect(others).toEqual([]);
  expect(message?.attachments).toEqual([{name: 'file-1.bin', content: fits}]);
  expect(message?.text).toContain('file-2.bin — too large for this item, 70,000 bytes; follows as an item of its own');
  expect(message?.text).toContain('file-3.bin — too large for this item, 300,000 bytes; follows as an item of its own');
  expect(message?.text).toContain('Attachments: 1 captured, 2 in items of their own');
  expect(addenda.flatMap(({attachments}) => attachments).sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
    {name: 'file-2.bin', content: doesNotFitBeside},
    {name: 'file-3.bin', content: large},
  ]);
  for (const {text, references, attachments} of addenda) {
    expect(text).toContain('Addendum: a file that was too large to go with its message');
    expect(references).toBe(message?.references);
    expect(attachments).toHaveLength(1);
  }
  expect(await verify(path)).toBe(0);
});

test('a file that merely comes later does not claim to be too large', async () => {
  const path = temporaryFolder();
  await write({path, config}, messageLines({event: 'e1', files: ['file-1']}));
  await write({path, config}, fileLines('file-1', 'e1', someBytes(1_000, 4)));
  const [message, addendum] = (await readArchive(path)).sort((a, b) => (a.kind > b.kind ? -1 : 1));
  expect(message?.text).toContain('file-1.bin — not read yet; follows as an addendum');
  expect(addendum?.text).toContain('Addendum: files of messages that are archived apart');
});
