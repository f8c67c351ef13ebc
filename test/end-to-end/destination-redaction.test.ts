// What a detector finds, and that a redaction leaves it nowhere: in no format, header, name, original, ledger or report.
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {sha256Hex} from '../../core/digest';
import {readArchive} from './archive-reader';
import {
  chunkRows,
  type FileSpec,
  fileRow,
  messageLines,
  messageRow,
  recordLine,
  stateLine,
  workspace,
} from './contract-rows';
import {type DecodedText, decodeFolder} from './decoded-folder';
import {temporaryFolder, verify, write} from './destination-process';

const keyBody = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC';

/** What is planted, and what of it must not be seen, where that is less than the whole. */
interface Secret {
  readonly detector: string;
  readonly planted: string;
  readonly needle?: string;
  /** The same as a JSON number, where it can be one. */
  readonly number?: string;
}

const secrets: readonly Secret[] = [
  {detector: 'payment_card', planted: '4111 1111 1111 1111', number: '4111111111111111'},
  {detector: 'payment_card', planted: '5500-0055-5555-5559', number: '5500005555555559'},
  {detector: 'payment_card', planted: '5105.1051.0510.5100'},
  {detector: 'iban', planted: 'GB82 WEST 1234 5698 7654 32'},
  {detector: 'us_ssn', planted: '219-09-9999'},
  {detector: 'email', planted: 'whistle.blower+x@outside.test'},
  {detector: 'phone', planted: '+44 20 7946 0958'},
  {detector: 'phone', planted: '(212) 555-0123'},
  {detector: 'api_key', planted: `sk-${'aB3'.repeat(10)}`},
  {detector: 'api_key', planted: 'AKIAABCDEFGHIJKLMNOP'},
  {
    detector: 'private_key',
    planted: `-----BEGIN PRIVATE KEY-----\n${keyBody}\nQ==\n-----END PRIVATE KEY-----`,
    needle: keyBody,
  },
  {detector: 'account', planted: 'ACC-77-ÄÖ-1234'},
];

const streams = ['messages', 'files', 'file_chunks', 'memories', 'gpts', 'recordings', 'audit_logs', 'invoices'];
const formats = ['eml', 'rsmf', 'text_delimited'];
const custom_detectors = [{name: 'account', pattern: 'ACC-\\d+-\\pL+-\\d+'}];

/** A message event whose members a test chooses, in its exact text. */
function eventRow(event: string, conversation: string, members: string): object {
  const text =
    `{"event_id":"${event}","type":"CONVERSATION_MESSAGE","timestamp":"2026-01-15T09:30:00.000000Z",` +
    `"actor":{"type":"ACCOUNT_USER","user_id":"user-ada","user_email":"ada@corp.test"},${members}}`;
  return {
    ...messageRow({event, conversation}),
    event: text,
    event_sha256: sha256Hex(text),
  };
}

function objectRow(object: object): object {
  const text = JSON.stringify(object);
  const row = {workspace_id: workspace, object_json: text, object_sha256: sha256Hex(text)};
  return {...object, ...row, captured_at: '2026-01-15T00:00:00Z'};
}

function logRow(id: string, event: object): object {
  const text = JSON.stringify({event_id: id, type: 'AUDIT_LOG', timestamp: '2026-01-16T09:00:00Z', ...event});
  return {...messageRow({event: id}), event: text, event_sha256: sha256Hex(text), conversation_id: undefined};
}

function fileLines(spec: FileSpec, name: string): string[] {
  return [
    ...chunkRows(spec).map((row) => recordLine('file_chunks', {...row, name})),
    recordLine('files', {...fileRow(spec), name}),
  ];
}

/** The secret in every place that a person or a tool may have put it. */
function linesWith({planted, number = '1'}: Secret): string[] {
  const json = JSON.stringify;
  const said = json(`pay with ${planted}, please`);
  const conversation = (id: string): string =>
    `"conversation":{"id":"${id}","title":${json(`Re: ${planted}`)},` +
    `"gpt_name":${json(`GPT ${planted}`)},"project_name":${json(`Project ${planted}`)}}`;
  const named = json([{id: 'file-1', name: `${planted}.txt`}]);
  const bytes = Buffer.from('an upload');
  return [
    recordLine(
      'messages',
      eventRow(
        'e-said',
        'c-1',
        `"message":{"id":"m-1","author":{"type":"user"},"content":{"type":"text","value":${said}},"files":${named}},` +
          conversation('c-1')
      )
    ),
    recordLine(
      'messages',
      eventRow(
        'e-tool',
        'c-1',
        `"previous_message_id":"m-1","message":{"id":"m-2","author":{"type":"assistant","tools_used":[${said}]},` +
          `"content":{"type":"code","call":{"arguments":${json(json({to: planted}))},"amount":${number},` +
          `${json(planted)}:true,"list":[[${said}]]},"annotations":[{"type":"url","urls":[${json(`https://x.test/?q=${planted}`)}]}]}},` +
          conversation('c-1')
      )
    ),
    // A file whose name only its row tells, one that is not captured, and one that comes for a message nobody has.
    recordLine(
      'messages',
      eventRow(
        'e-file',
        'c-2',
        `"message":{"id":"m-3","author":{"type":"user"},"content":{"type":"quotation","quote":${said}},` +
          `"files":[{"id":"file-2"},{"id":"file-3"}]},${conversation('c-2')}`
      )
    ),
    ...fileLines({file: 'file-1', event: 'e-said', conversation: 'c-1', bytes}, `${planted}.txt`),
    ...fileLines({file: 'file-2', event: 'e-file', conversation: 'c-2', bytes}, `row ${planted}.txt`),
    recordLine('files', {
      ...fileRow({file: 'file-3', event: 'e-file', conversation: 'c-2', outcome: 'expired'}),
      name: `gone ${planted}.txt`,
    }),
    ...fileLines({file: 'file-4', event: 'e-nobody', conversation: 'c-3', bytes}, `late ${planted}.txt`),
    recordLine(
      'memories',
      objectRow({id: 'user-ada', memory_contexts: [{memory_entries: [{id: 'm', content: said}]}]})
    ),
    recordLine('gpts', objectRow({id: 'g-1', owner_id: 'user-ada', latest_config: {data: [{name: `My ${planted}`}]}})),
    recordLine('recordings', {
      ...objectRow({id: 'r-1', user_id: 'user-ada'}),
      transcript_json: json({transcript: said, summary: `about ${planted}`}),
    }),
    recordLine('audit_logs', logRow('a-1', {action: 'LOGIN', action_data: {note: planted, [planted]: 1}})),
    recordLine('invoices', {id: 'i-1', memo: planted, event: `a ${planted}`, [`for ${planted}`]: [planted]}),
    ...streams.map((stream) => stateLine(stream, {at: 1})),
  ];
}

/** Files in which the secret can be seen, in whatever way it is parted. */
function placesOf({planted, needle = planted, number}: Secret, texts: readonly DecodedText[]): string[] {
  const compact = (text: string): string => text.replaceAll(/[\s\u2028()+-]/g, '');
  const wanted = [compact(needle), ...(number === undefined ? [] : [number])];
  return texts.filter(({text}) => wanted.some((each) => compact(text).includes(each))).map(({place}) => place);
}

test.each(secrets)('$detector is found and masked everywhere: $planted', async (secret) => {
  const {detector} = secret;
  const masked = temporaryFolder();
  const config = {formats, custom_detectors};
  const seen = {name: 'seen', detectors: [detector], tags: ['seen']};
  const lines = linesWith(secret);

  const hiding = {...config, rules: [seen, {name: 'mask', redact: [detector]}]};
  const {run, exit} = await write({path: masked, config: hiding, streams}, lines);
  expect([exit, run.told.length]).toEqual([0, streams.length]);
  const texts = await decodeFolder(masked);
  expect(placesOf(secret, texts)).toEqual([]);
  expect(run.logText).not.toContain(secret.planted);
  expect(await verify(masked, hiding)).toBe(0);
  const all = texts.map(({text}) => text).join('\n');
  expect(all).toContain(`[redacted ${detector.replaceAll('_', ' ')}]`);
});

test.each(secrets)('without a redaction $planted is in every format, and its rule marks each item', async (secret) => {
  const path = temporaryFolder();
  const seen = {name: 'seen', detectors: [secret.detector], tags: ['seen']};
  const {exit} = await write({path, config: {formats, custom_detectors, rules: [seen]}, streams}, linesWith(secret));
  expect(exit).toBe(0);
  const texts = await decodeFolder(join(path, workspace));
  const places = placesOf(secret, texts);
  for (const place of [
    /^headers of .*\.eml$/,
    /^text of .*\.eml$/,
    /^page of .*\.eml$/,
    /^attachment names of .*\.eml$/,
    /^strings in .*\.eml\/events\.jsonl$/,
    /\.rsmf\/rsmf\.zip\/rsmf_manifest\.json$/,
    /^strings in .*\.rsmf\/rsmf\.zip\/events\.jsonl$/,
    /^names in .*\.rsmf\/rsmf\.zip$/,
    /\.td\.zip\/messages\.csv$/,
    /^strings in .*\.td\.zip\/events\.jsonl$/,
    /^names in .*\.td\.zip$/,
  ]) {
    expect({place, isSeen: places.some((each) => place.test(each))}).toEqual({place, isSeen: true});
  }
  const headers = texts.filter(({place}) => /^headers of .*\.eml$/.test(place));
  expect(headers.length).toBeGreaterThan(6);
  for (const {text} of headers) expect(text).toContain('["x-ai-tags","seen"]');
});

test('a redaction that begins with a later run masks what that run writes, the subject of the thread too', async () => {
  const path = temporaryFolder();
  const secret = {detector: 'payment_card', planted: '4111 1111 1111 1111'};
  const title = `Card ${secret.planted}`;
  const config = {formats};
  await write({path, config}, messageLines({event: 'e1', title, files: ['f1']}));
  const before = new Set((await decodeFolder(join(path, workspace))).map(({place}) => place));
  expect(placesOf(secret, await decodeFolder(join(path, workspace)))).not.toEqual([]);
  const masking = {...config, rules: [{name: 'mask', redact: ['payment_card']}]};
  const spec = {file: 'f1', event: 'e1', bytes: Buffer.from('late')};
  const {exit} = await write({path, config: masking}, [
    ...messageLines({event: 'e2', title, after: 'msg-e1'}),
    ...fileLines(spec, `${secret.planted}.txt`),
  ]);
  expect(exit).toBe(0);
  const written = (await decodeFolder(join(path, workspace))).filter(({place}) => !before.has(place));
  expect(placesOf(secret, written)).toEqual([]);
  expect(written.filter(({place}) => /^headers of .*\.eml$/.test(place))).toHaveLength(2); // a message and a late file
  expect(await verify(path, masking)).toBe(0);
});

test('whose an object is stays, so that it is filed under its owner', async () => {
  const path = temporaryFolder();
  const config = {rules: [{name: 'mask', redact: ['email']}]};
  const owner = {owner_id: 'user-eve', owner_email: 'eve@corp.test'};
  const {exit} = await write({path, config, streams: ['gpts', 'agents']}, [
    recordLine('gpts', objectRow({id: 'g-1', ...owner, latest_config: {data: [{name: 'ask a@b.test'}]}})),
    recordLine('agents', objectRow({id: 'a-1', ...owner, name: 'ask a@b.test'})),
  ]);
  expect(exit).toBe(0);
  const items = await readArchive(path);
  expect(items.map(({from}) => from)).toEqual(['eve@corp.test', 'eve@corp.test']);
  for (const {text} of items) expect(text).not.toContain('a@b.test');
});

test('a number that a shortened subject would cut is masked whole', async () => {
  const path = temporaryFolder();
  const config = {rules: [{name: 'mask', redact: ['payment_card']}]};
  for (const room of [165, 175, 185]) {
    const title = `${'t'.repeat(room)} 4111111111111111`;
    await write({path, config}, messageLines({event: `e${room}`, conversation: `c${room}`, title}));
  }
  const texts = await decodeFolder(path);
  expect(texts.filter(({text}) => /41111/.test(text)).map(({place}) => place)).toEqual([]);
});

test('an ending that a detector finds is masked, and denied all the same', async () => {
  const path = temporaryFolder();
  const config = {
    attachment_deny: ['exe'],
    custom_detectors: [{name: 'account', pattern: 'ACC.*'}],
    rules: [{name: 'mask', redact: ['account']}],
  };
  const bytes = Buffer.from('MZ program');
  const {exit} = await write({path, config}, [
    recordLine('messages', eventRow('e1', 'conv-1', '"message":{"id":"m-1","files":[{"id":"f1","name":"ACC-1.exe"}]}')),
    ...fileLines({file: 'f1', event: 'e1', bytes}, 'ACC-1.exe'),
  ]);
  expect(exit).toBe(0);
  const [item, ...others] = await readArchive(path);
  expect([item?.attachments, others]).toEqual([[], []]);
  expect(item?.text).toContain('[redacted account]');
  expect(item?.text).not.toContain('ACC-1');
});
