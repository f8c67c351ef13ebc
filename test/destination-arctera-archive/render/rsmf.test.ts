// RSMF items hold every message, name only what they hold, and are the same bytes each time.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, jest, test} from '@jest/globals';
import fc from '../../support/generated';
import {unzipSync} from 'fflate';
import type {Item} from '../../../destination-arctera-archive/render/item';
import {renderRsmf} from '../../../destination-arctera-archive/render/rsmf';
import {findRsmfProblems, type RsmfManifest} from '../../../destination-arctera-archive/render/rsmf-manifest';
import {toRsmf} from '../../../destination-arctera-archive/render/to-rsmf';
import {runPython} from '../../run-python';
import {lineFaults, onlyHeader, parseMessage} from './render-whole';
import {addendumItem, attached, batchItem, message, messagesItem, original, response, settings} from './sample-items';

async function renderWhole(item: Item): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of renderRsmf(item, settings, '{}')) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

async function open(item: Item): Promise<{manifest: RsmfManifest; files: Record<string, Buffer>; bytes: Buffer}> {
  const bytes = await renderWhole(item);
  const {attachments} = await parseMessage(bytes);
  expect(attachments.map(({filename}) => filename)).toEqual(['rsmf.zip']);
  const files = Object.fromEntries(
    Object.entries(unzipSync(attachments[0]!.content)).map(([name, content]) => [name, Buffer.from(content)])
  );
  const {'rsmf_manifest.json': json, ...others} = files;
  const manifest = JSON.parse(json!.toString('utf8')) as RsmfManifest;
  const sizes = new Map(Object.entries(others).map(([name, content]) => [name, content.length]));
  expect(findRsmfProblems(manifest, sizes)).toEqual([]);
  return {manifest, files: others, bytes};
}

test('a conversation becomes participants, one conversation and its events', async () => {
  const upload = Buffer.from('sheet bytes');
  const item = messagesItem({
    messages: [
      message({files: [attached('rsmf_manifest.json', upload)]}),
      response({
        messageId: 'r1',
        previousMessageId: 'msg-1',
        model: 'gpt-5',
        text: 'one',
        timestamp: '2026-01-15T09:31:00Z',
      }),
      response({
        eventId: 'ev-3',
        messageId: 'r2',
        previousMessageId: 'msg-1',
        timestamp: '2026-01-15T09:31:00.5Z',
        files: [{fileId: 'file-7', eventId: 'ev-3', name: 'x.pdf', state: {kind: 'missing', outcome: 'expired'}}],
      }),
    ],
  });
  const {manifest, files, bytes} = await open(item);
  expect(manifest.participants.map(({id, email}) => [id, email])).toEqual([
    ['user-ada', 'ada@corp.test'],
    ['chatgpt', undefined],
  ]);
  expect(manifest.conversations).toMatchObject([{platform: 'chatgpt', type: 'direct', custodian: 'user-ada'}]);
  expect(manifest.events.map(({id, type, direction}) => [id, type, direction])).toEqual([
    ['ev-1', 'message', 'outgoing'],
    ['ev-2', 'message', 'incoming'],
    ['ev-3', 'message', 'incoming'],
    ['originals', 'disclaimer', undefined],
  ]);
  expect(manifest.events[2]!.custom).toContainEqual({name: 'branch', value: '2 of 2'});
  expect(Object.keys(files).sort()).toEqual([
    'events.jsonl',
    'file-7_UNAVAILABLE.txt',
    'item.json',
    'rsmf_manifest (2).json',
  ]);
  expect(files['rsmf_manifest (2).json']!.equals(upload)).toBe(true);
  expect(files['events.jsonl']!.toString()).toBe(item.originals.map(({text}) => `${text}\n`).join(''));
  const parsed = await parseMessage(bytes);
  expect(onlyHeader(parsed, 'X-RSMF-Version')).toBe('2.0.0');
  expect(onlyHeader(parsed, 'X-RSMF-EventCount')).toBe('4');
  expect(onlyHeader(parsed, 'X-RSMF-EndDate')).toBe('2026-01-15T09:31:00.500000Z');
  expect(onlyHeader(parsed, 'Message-ID')).toBe(`<${item.itemId}.rsmf@chatgpt.invalid>`);
  expect(parsed.text).toContain('ChatGPT\none\n');
});

test.each([
  ['addendum', addendumItem([attached('late.bin', Buffer.alloc(300_000, 'late'))])],
  ['batch', batchItem()],
])('an item of kind %s is sound', async (_, item) => {
  const {manifest} = await open(item);
  expect(manifest.events.at(-1)?.type).toBe('disclaimer');
});

test('the bytes do not depend on the clock', async () => {
  const item = messagesItem({messages: [message({files: [attached('a.txt', Buffer.from('a'))]})]});
  const rendered = new Set<string>();
  for (const now of ['1981-05-06T07:08:09Z', '2026-02-28T23:59:59Z', '2099-12-31T23:59:59Z']) {
    jest.useFakeTimers({now: new Date(now), doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'setTimeout']});
    try {
      rendered.add((await renderWhole(item)).toString('latin1'));
    } finally {
      jest.useRealTimers();
    }
  }
  expect(rendered.size).toBe(1);
});

test('Python opens the zip and finds every entry whole', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rsmf-'));
  try {
    const item = messagesItem({
      messages: [message({files: [attached('Übersicht 概要.bin', Buffer.alloc(200_000, 7))]})],
    });
    const path = join(folder, 'rsmf.zip');
    writeFileSync(path, (await parseMessage(await renderWhole(item))).attachments[0]!.content);
    const script = 'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); print(z.testzip(), *z.namelist())';
    expect(runPython(script, path).trim()).toBe('None events.jsonl item.json rsmf_manifest.json Übersicht 概要.bin');
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
});

const good: RsmfManifest = {
  version: '2.0.0',
  eventcollectionid: 'c',
  participants: [{id: 'a'}],
  conversations: [{id: 'c', platform: 'chatgpt', type: 'direct', participants: ['a'], custodian: 'a'}],
  events: [
    {type: 'message', id: 'e', body: '', participant: 'a', conversation: 'c', timestamp: '2026-01-15T09:30:00Z'},
    {
      type: 'message',
      id: 'f',
      body: '',
      participant: 'a',
      conversation: 'c',
      timestamp: '2026-01-15T09:31:00Z',
      attachments: [{id: 'x.txt', display: 'x.txt', size: 1}],
    },
  ],
};
const [first, second] = good.events as [RsmfManifest['events'][number], RsmfManifest['events'][number]];

test.each([
  ['nothing', good, 0],
  ['a participant without an id', {...good, participants: [{}]}, 1],
  ['an unknown property', {...good, events: [first, {...second, attachment: []}]}, 1],
  ['an empty custom value', {...good, events: [first, {...second, custom: [{name: 'a', value: ''}]}]}, 1],
  ['a time without a zone', {...good, events: [{...first, timestamp: '2026-01-15T09:30:00'}, second]}, 1],
  ['events out of order', {...good, events: [second, first]}, 1],
  ['an event id twice', {...good, events: [first, {...second, id: 'e'}]}, 1],
  ['an unknown participant', {...good, events: [{...first, participant: 'b'}, second]}, 1],
  ['an unknown conversation', {...good, events: [{...first, conversation: 'd'}, second]}, 1],
  ['an unknown custodian', {...good, conversations: [{...good.conversations[0]!, custodian: 'b'}]}, 1],
  [
    'a file that is not there',
    {...good, events: [{...first, attachments: [{id: 'y', display: 'y', size: 1}]}, second]},
    1,
  ],
  ['a file nobody names', {...good, events: [first]}, 1],
  [
    'a file of another size',
    {...good, events: [first, {...second, attachments: [{id: 'x.txt', display: 'x', size: 2}]}]},
    1,
  ],
])('the validator finds %s', (_, manifest, problems) => {
  expect(findRsmfProblems(manifest, new Map([['x.txt', 1]]))).toHaveLength(problems);
});

const anyText = fc.oneof(
  // The unzipper of these tests keeps entries in an object, which cannot hold this name.
  fc.string({unit: 'binary', maxLength: 40}).filter((each) => each !== '__proto__'),
  fc.constantFrom('', '\ud800', '\r\nX-Kvs-ArchiveId: x', '2026-02-30T00:00:00Z', '+012345-01-01T00:00:00Z')
);
const anyItem = fc
  .tuple(anyText, anyText, anyText, anyText, fc.integer({min: -1e15, max: 1e15}))
  .map(([a, b, c, d, dateMs]) => {
    const files = [
      attached(a, Buffer.from(b), c),
      {fileId: c, eventId: 'ev-1', name: d, state: {kind: 'missing', outcome: 'expired'}} as const,
      {fileId: c, eventId: 'ev-1', name: d, state: {kind: 'awaited'}} as const,
    ];
    const person = {id: a, name: b, email: c};
    return messagesItem({
      dateMs,
      subject: b,
      originals: [original('ev-1', JSON.stringify(d))],
      conversation: {...messagesItem().conversation, id: d, title: a},
      owner: person,
      others: [{id: b, name: a, email: undefined}],
      messages: [
        message({eventId: a, author: person, timestamp: c, text: d, files}),
        message({eventId: a, messageId: b, previousMessageId: c, timestamp: undefined, tools: [d], contentType: b}),
        response({eventId: b, text: a, citations: [{kind: c, sources: [d]}]}),
      ],
    });
  });

test('whatever an item holds, its manifest is sound and its files have names of their own', () => {
  fc.assert(
    fc.property(anyItem, (item) => {
      const {manifest, files} = toRsmf(item, settings, '{}');
      expect(findRsmfProblems(manifest, new Map(files.map(({name, size}) => [name, size])))).toEqual([]);
      expect(new Set(files.map(({name}) => name.toLowerCase())).size).toBe(files.length);
      expect(files.filter(({name}) => /[/\\:\p{Cc}]/u.test(name))).toEqual([]);
    }),
    {numRuns: 10_000}
  );
});

test('whatever an item holds, the message around its manifest is sound', async () => {
  await fc.assert(
    fc.asyncProperty(anyItem, async (item) => {
      const {bytes} = await open(item);
      expect(lineFaults(bytes)).toEqual([]);
    }),
    {numRuns: 100}
  );
});

test.each([
  ['2026-11-02T01:00:00.5+02:00', '2026-11-01T23:00:00.500000Z'],
  ['2026-11-02t10:00:00z', '2026-11-02T10:00:00.000000Z'],
  ['2026-12-31T23:59:60.25Z', '2026-12-31T23:59:59.999999Z'],
])('a message of %s is an event of %s', async (timestamp, told) => {
  const {manifest} = await open(messagesItem({messages: [message({timestamp})]}));
  const [event] = manifest.events;
  expect(event!.timestamp).toBe(told);
  expect(event!.custom?.map(({name}) => name) ?? []).not.toContain('time');
});
