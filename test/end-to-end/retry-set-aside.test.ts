// The verb `retry-set-aside`: what can be archived by now goes, exactly once, and what cannot stays with its reason.
import {readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {join} from 'node:path';
import {afterEach, expect, test} from '@jest/globals';
import type {SMTPServerOptions} from 'smtp-server';
import {itemPaths, readArchive, readSetAside} from './archive-reader';
import {
  chunkRows,
  fileRow,
  messageLines,
  messageRow,
  recordLine,
  stateLine,
  unreadableRow,
  workspace,
} from './contract-rows';
import {DestinationProcess, printed, type RunSettings, temporaryFolder, verify, write} from './destination-process';
import {entriesOf, receiptsOf} from './ledger-entries';
import {type Answer, countMessages, type MailServer, openMailServer, refusal, toJournal} from './mail-server';
import {openObjectStore, toBucket} from './object-store';

const open: MailServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function serve(answer: Answer, options: SMTPServerOptions = {}): Promise<MailServer> {
  const server = await openMailServer(answer, options);
  open.push(server);
  return server;
}

function journalOf(server: MailServer): object {
  return {...toJournal(server), connections: 1};
}

function toMail(server: MailServer, path: string): Record<string, unknown> {
  const ledger = {type: 'sqlite', path};
  return {target: journalOf(server), ledger, ca_certificate: server.certificate, grouping: 'message'};
}

async function retry(settings: RunSettings): Promise<[exit: unknown, told: string]> {
  const run = new DestinationProcess('retry-set-aside', settings);
  run.end();
  const exit = await run.ended();
  return [exit, /\d+ went into the archive, [^\n]*/.exec(run.logText)?.[0] ?? JSON.stringify(run.errors)];
}

function attemptsOf(path: string): number[] {
  const folder = join(path, '.arctera-archive', workspace, 'set-aside');
  const names = readdirSync(folder).filter((name) => name.endsWith('.attempts'));
  return names.map((name) => (JSON.parse(readFileSync(join(folder, name), 'utf8')) as {attempts: number}).attempts);
}

const upload = Buffer.from('the very bytes of an upload');
const withUpload = [
  ...messageLines({event: 'e1', files: ['file-1']}, {event: 'e2'}),
  recordLine('files', fileRow({file: 'file-1', event: 'e1', bytes: upload})),
  ...chunkRows({file: 'file-1', event: 'e1', bytes: upload}).map((row) => recordLine('file_chunks', row)),
  stateLine('messages', {at: 1}, 2),
];

test('mail that was refused goes once the server takes it, with its upload, and only once', async () => {
  let isRefusing = true;
  const mail = await serve(() => (isRefusing ? refusal(554, '5.7.1 not wanted here') : undefined));
  const path = temporaryFolder();
  const settings = {path, config: toMail(mail, path)};
  expect((await write(settings, withUpload)).exit).toBe(0);
  expect(mail.mails).toHaveLength(0);
  expect(await retry(settings)).toEqual([1, '0 went into the archive, 2 stay set aside (2 item_refused).']);
  expect(attemptsOf(path)).toEqual([2, 2]);
  expect(await verify(path, settings.config)).toBe(0);
  isRefusing = false;
  expect(await retry({...settings, options: ['--code', 'policy_review']})).toEqual([
    0,
    '0 went into the archive, 0 stay set aside.',
  ]);
  expect(await retry(settings)).toEqual([0, '2 went into the archive, 0 stay set aside.']);
  expect(attemptsOf(path)).toEqual([3, 3]);
  expect(countMessages(mail)).toEqual([1, 1]);
  expect(mail.mails.some(({bytes}) => bytes.includes(upload.toString('base64')))).toBe(true);
  expect(receiptsOf(path).map((receipt) => receipt.possibly_twice)).toEqual([false, false]);
  expect(await retry(settings)).toEqual([0, '0 went into the archive, 0 stay set aside.']);
  expect((await write(settings, withUpload)).exit).toBe(0);
  expect(countMessages(mail)).toEqual([1, 1]);
  expect(await verify(path, settings.config)).toBe(0);
});

test('an item that one of its recipients refuses goes to all again, and is named as possibly twice', async () => {
  let isRefusing = true;
  const mail = await serve(() => undefined, {
    onRcptTo: ({address}, _session, done) =>
      done(isRefusing && address.startsWith('second') ? refusal(550, '5.1.1 nobody of that name') : undefined),
  });
  const path = temporaryFolder();
  const recipients = ['journal@archive.test', 'second@archive.test'];
  const settings = {path, config: {...toMail(mail, path), target: {...journalOf(mail), recipients}}};
  expect((await write(settings, withUpload)).exit).toBe(0);
  expect(mail.mails.map(({to}) => to)).toEqual([['journal@archive.test'], ['journal@archive.test']]);
  expect(await retry(settings)).toEqual([1, '0 went into the archive, 2 stay set aside (2 item_refused).']);
  isRefusing = false;
  expect(await retry(settings)).toEqual([0, '2 went into the archive, 0 stay set aside.']);
  expect(mail.mails.slice(-2).map(({to}) => to)).toEqual([recipients, recipients]);
  expect(receiptsOf(path).map((receipt) => receipt.possibly_twice)).toEqual([true, true]);
  expect(await verify(path, settings.config)).toBe(0);
});

test('a retry that is killed behind a message is gone on with by the next, which names the double', async () => {
  const runs: DestinationProcess[] = [];
  const mail = await serve((count) => {
    if (count <= 2) return refusal(554, '5.7.1 not wanted here');
    if (count !== 4) return undefined;
    for (const run of runs) run.kill('SIGKILL');
    return 'hang up';
  });
  const path = temporaryFolder();
  const settings = {path, config: toMail(mail, path)};
  await write(settings, withUpload);
  const run = new DestinationProcess('retry-set-aside', settings);
  runs.push(run);
  run.end();
  await run.ended();
  const [exit] = await retry(settings);
  expect([exit, countMessages(mail)]).toEqual([0, [2, 1]]);
  const twice = receiptsOf(path).map((receipt) => receipt.possibly_twice);
  expect(twice.sort()).toEqual([false, true]);
  expect(await verify(path, settings.config)).toBe(0);
});

test('a journal that refused what the folder took gets it from the kept bytes; a retry cut off is told', async () => {
  const runs: DestinationProcess[] = [];
  const mail = await serve((count) => {
    if (count <= 2) return refusal(554, '5.7.1 not wanted here');
    if (count !== 4) return undefined;
    for (const run of runs) run.kill('SIGKILL');
    return 'hang up';
  });
  const path = temporaryFolder();
  const config = {
    grouping: 'message',
    ca_certificate: mail.certificate,
    additional_targets: [{name: 'journal', target: journalOf(mail)}],
    rules: [{name: 'all', patterns: ['text'], targets: ['default', 'journal']}],
    routing_mode: 'copy_per_match',
  };
  const settings = {path, config};
  expect((await write(settings, withUpload)).exit).toBe(0);
  expect([itemPaths(path).length, mail.mails.length]).toEqual([2, 0]);
  const run = new DestinationProcess('retry-set-aside', settings);
  runs.push(run);
  run.end();
  await run.ended();
  expect(await retry(settings)).toEqual([0, '1 went into the archive, 0 stay set aside.']);
  expect([itemPaths(path).length, countMessages(mail)]).toEqual([2, [2, 1]]);
  const taken = entriesOf(path).flatMap(({kind, body}) => (kind === 'taken' ? (body.receipts ?? []) : []));
  expect(taken.map((receipt) => receipt.possibly_twice)).toEqual([false, true]);
  expect(await verify(path, config)).toBe(0);
});

test('what waited for review goes into the bucket, once; what the journal refused too, from the bytes that were kept', async () => {
  let isRefusing = true;
  const mail = await serve(() => (isRefusing ? refusal(554, '5.7.1 not wanted here') : undefined));
  const store = await openObjectStore();
  try {
    const path = temporaryFolder();
    const rules = [{name: 'all', patterns: ['text'], targets: ['default', 'journal']}];
    const config = {
      target: toBucket(store),
      ledger: {type: 'sqlite', path},
      grouping: 'message',
      ca_certificate: mail.certificate,
      additional_targets: [{name: 'journal', target: journalOf(mail)}],
      rules,
      routing_mode: 'copy_per_match',
    };
    const strict = {...config, rules: [{name: 'look', patterns: ['text of e1'], disposition: 'set_aside'}, ...rules]};
    expect((await write({path, config: strict}, withUpload)).exit).toBe(0);
    const items = (): string[] => [...store.objects.keys()].filter((key) => key.endsWith('.eml'));
    expect([items().length, mail.mails.length]).toEqual([1, 0]);
    isRefusing = false;
    const [exit, told] = await retry({path, config});
    expect([exit, told]).toEqual([0, expect.stringMatching(/ went into the archive, 0 stay set aside\.$/)]);
    expect([items().length, countMessages(mail)]).toEqual([2, [1, 1]]);
    expect([...store.objects.values()].some(({bytes}) => bytes.includes(upload.toString('base64')))).toBe(true);
    expect((await write({path, config}, withUpload)).exit).toBe(0);
    expect([items().length, mail.mails.length]).toEqual([2, 2]);
    expect(await verify(path, config)).toBe(0);
  } finally {
    await store.close();
  }
});

test('what waited for review goes into a bucket in each of several formats, once, also where a retry is killed', async () => {
  const store = await openObjectStore();
  try {
    const path = temporaryFolder();
    const formats = ['rsmf', 'eml', 'text_delimited'];
    const config = {target: toBucket(store), ledger: {type: 'sqlite', path}, grouping: 'message', formats};
    const strict = {...config, rules: [{name: 'look', patterns: ['text'], disposition: 'set_aside'}]};
    expect((await write({path, config: strict}, withUpload)).exit).toBe(0);
    const items = (ending: string): string[] => [...store.objects.keys()].filter((key) => key.endsWith(ending));
    expect(items('.eml')).toHaveLength(0);
    const killed = new DestinationProcess('retry-set-aside', {path, config});
    store.onStored = (key) => (/\.(eml|rsmf|zip)$/.test(key) ? killed.kill('SIGKILL') : undefined);
    killed.end();
    await killed.ended();
    store.onStored = () => undefined;
    expect((await retry({path, config}))[0]).toBe(0);
    expect(['.eml', '.rsmf', '.td.zip'].map((ending) => items(ending).length)).toEqual([2, 2, 2]);
    expect((await write({path, config}, withUpload)).exit).toBe(0);
    expect(items('.eml')).toHaveLength(2);
    expect(await verify(path, config)).toBe(0);
  } finally {
    await store.close();
  }
});

test('what waited for review goes into the folder when the policy lets it, with its upload; the rest stays', async () => {
  const path = temporaryFolder();
  const strict = {rules: [{name: 'look', patterns: ['text of e1'], disposition: 'set_aside'}], grouping: 'message'};
  const bad = recordLine('messages', unreadableRow('log-1', 4, Buffer.from([0xff])));
  const plain = recordLine('unheard_of', {id: 1, text: 'text of e1 too', workspace_id: workspace});
  const streams = ['messages', 'files', 'file_chunks', 'unheard_of'];
  expect((await write({path, config: strict, streams}, [...withUpload, bad, plain])).exit).toBe(0);
  expect(itemPaths(path)).toHaveLength(1);
  const still = await retry({path, config: strict});
  expect(still).toEqual([1, expect.stringMatching(/^0 went into the archive, 5 stay set aside/)]);
  expect(itemPaths(path)).toHaveLength(1);
  const config = {grouping: 'message'};
  expect(await retry({path, config})).toEqual([1, '4 went into the archive, 1 stay set aside (1 unreadable_line).']);
  expect(itemPaths(path)).toHaveLength(3);
  const items = await readArchive(path);
  expect(items.filter(({text}) => text.includes('text of e1 canary'))).toHaveLength(1);
  const kept = itemPaths(path).map((each) => readFileSync(join(path, each), 'utf8'));
  expect(kept.filter((text) => text.includes(upload.toString('base64')))).toHaveLength(1);
  expect(await verify(path, config)).toBe(0);
  expect((await write({path, config, streams}, [...withUpload, bad, plain])).exit).toBe(0);
  expect(itemPaths(path)).toHaveLength(3);
});

test('a retry into the folder that is killed in the middle is finished by the next, each record in one item', async () => {
  const path = temporaryFolder();
  const config = {grouping: 'message'};
  const strict = {...config, rules: [{name: 'look', patterns: ['text'], disposition: 'set_aside'}]};
  const events = Array.from({length: 600}, (_, index) => `e${index}`);
  await write({path, config: strict}, messageLines(...events.map((event) => ({event}))));
  expect(itemPaths(path)).toHaveLength(0);
  const run = new DestinationProcess('retry-set-aside', {path, config});
  run.end();
  const ended = run.ended();
  while (run.isRunning && itemPaths(path).length === 0) await sleep(5);
  run.kill('SIGKILL');
  await ended;
  const [exit] = await retry({path, config});
  const originals = (await readArchive(path)).flatMap((item) => item.originals);
  const archived = originals.map((text) => (JSON.parse(text) as {event_id: string}).event_id);
  expect([exit, archived.sort()]).toEqual([0, events.sort()]);
  expect(entriesOf(path).filter(({kind, body}) => kind === 'run_ended' && body.end === 'cut_off')).toHaveLength(1);
  expect(await verify(path, config)).toBe(0);
});

test('what a rule masks is set aside whole, and goes masked where it was too large before', async () => {
  const path = temporaryFolder();
  const config = {grouping: 'message', rules: [{name: 'mask', redact: ['payment_card']}]};
  const spec = {event: 'e1', text: `4111 1111 1111 1111 ${'word '.repeat(20_000)}`};
  const [line = ''] = messageLines(spec);
  const small = await serve(() => undefined, {size: 50_000});
  expect((await write({path, config: {...toMail(small, path), ...config}}, [line])).exit).toBe(0);
  expect(small.mails).toHaveLength(0);
  const aside = readSetAside(path, workspace);
  expect(aside).toMatchObject([{code: 'item_too_large', record: messageRow(spec).event}]);
  const large = await serve(() => undefined);
  const settings = {path, config: {...toMail(large, path), ...config}};
  expect(await retry(settings)).toEqual([0, '1 went into the archive, 0 stay set aside.']);
  const [mail, ...others] = large.mails.map(({bytes}) => bytes.toString('latin1'));
  expect([mail?.includes('[redacted payment card]'), mail?.includes('4111 1111'), others]).toEqual([true, false, []]);
  expect((await write(settings, [line])).exit).toBe(0);
  expect(large.mails).toHaveLength(1);
  expect(await verify(path, settings.config)).toBe(0);
});

test('what is made anew says of a file that is gone what was known of it', async () => {
  const path = temporaryFolder();
  const small = await serve(() => undefined, {size: 50_000});
  const lines = [
    ...messageLines({event: 'e1', text: 'word '.repeat(20_000), files: ['file-1']}),
    recordLine('files', fileRow({file: 'file-1', event: 'e1', outcome: 'expired'})),
  ];
  expect((await write({path, config: toMail(small, path)}, lines)).exit).toBe(0);
  const large = await serve(() => undefined);
  const settings = {path, config: toMail(large, path)};
  expect(await retry(settings)).toEqual([0, '1 went into the archive, 0 stay set aside.']);
  const [mail = ''] = large.mails.map(({bytes}) => bytes.toString('latin1').replaceAll('=\r\n', ''));
  expect(mail).toContain('not captured: ChatGPT no longer held the file');
  expect(mail).not.toContain('not read yet');
  expect(await verify(path, settings.config)).toBe(0);
});

test('records of other streams that a rule masks go once too, and stay known by their whole text', async () => {
  const mail = await serve((count) => (count <= 2 ? refusal(554, '5.7.1 not wanted here') : undefined));
  const path = temporaryFolder();
  const config = {rules: [{name: 'mask', redact: ['payment_card']}]};
  const settings = {path, streams: ['orders', 'audit_logs'], config: {...toMail(mail, path), ...config}};
  const lines = [
    recordLine('orders', {id: 1, note: 'paid with 4111 1111 1111 1111', workspace_id: workspace}),
    recordLine('audit_logs', messageRow({event: 'log-1', conversation: null, text: '4111 1111 1111 1111'})),
  ];
  expect((await write(settings, lines)).exit).toBe(0);
  expect(mail.mails).toHaveLength(0);
  expect(readSetAside(path, workspace).every(({record}) => record.includes('4111 1111'))).toBe(true);
  expect(await retry(settings)).toEqual([0, '2 went into the archive, 0 stay set aside.']);
  expect((await write(settings, lines)).exit).toBe(0);
  expect([mail.mails.length, mail.mails.some(({bytes}) => bytes.includes('4111 1111'))]).toEqual([2, false]);
});

test('a message that is retried by its code takes the uploads along that were set aside with it', async () => {
  const path = temporaryFolder();
  const lines = [
    ...messageLines({event: 'e1', files: ['file-1', 'file-2']}),
    recordLine('files', fileRow({file: 'file-1', event: 'e1', bytes: upload})),
    recordLine('files', fileRow({file: 'file-2', event: 'e1', outcome: 'expired'})),
    ...chunkRows({file: 'file-1', event: 'e1', bytes: upload}).map((row) => recordLine('file_chunks', row)),
  ];
  const config = {attachment_mode: 'fail', set_aside_percent: 100};
  expect((await write({path, config}, lines)).exit).toBe(0);
  const options = ['--code', 'attachment_missing'];
  expect(await retry({path, config, options})).toEqual([1, expect.stringMatching(/^0 went into the archive, 4 stay/)]);
  expect(await retry({path, options})).toEqual([0, '4 went into the archive, 0 stay set aside.']);
  const items = await readArchive(path);
  expect(items.map(({attachments}) => attachments.map(({content}) => content.equals(upload)))).toEqual([[true]]);
  expect(await retry({path})).toEqual([0, '0 went into the archive, 0 stay set aside.']);
  expect(await verify(path)).toBe(0);
});

test('a code that does not exist is a config error', async () => {
  const [exit, told] = await retry({path: temporaryFolder(), options: ['--code', 'nonsense']});
  expect([exit, told]).toEqual([1, expect.stringContaining('--code must be the code of an error')]);
});

test.each<[string, (path: string) => void]>([
  ['is gone', (path) => rmSync(path)],
  ['was cut off', (path) => writeFileSync(path, '{"stream":')],
  ['was changed', (path) => writeFileSync(path, readFileSync(path, 'utf8').replace('text of e', 'test of e'))],
])('a copy that %s is named and stays; it does not keep the others from the archive', async (_, harm) => {
  const path = temporaryFolder();
  const look = {config: {rules: [{name: 'look', disposition: 'set_aside'}]}};
  const rows = ['e1', 'e2', 'e3'].map((event) => ({event, conversation: `conv-${event}`}));
  expect((await write({path, ...look}, messageLines(...rows))).exit).toBe(0);
  const folder = join(path, '.arctera-archive', 'ws-1', 'set-aside');
  const [name = ''] = readdirSync(folder);
  expect(await verify(path)).toBe(0);
  harm(join(folder, name));
  const said = await printed('verify', {path});
  expect([said.exit, said.text]).toEqual([
    1,
    expect.stringMatching(/The record set aside by entry \d+ (is missing|differs)/),
  ]);
  const {exit, text} = await printed('retry-set-aside', {path});
  expect(text).toContain(`set-aside/${name} is missing or not what was set aside`);
  expect(text).toContain('2 went into the archive, 1 stay set aside (1 policy_review).');
  expect(exit).toBe(1);
  expect(itemPaths(path)).toHaveLength(2);
});

test.each<[string, (path: string) => void]>([
  ['are missing', (path) => rmSync(path)],
  ['differ', (path) => writeFileSync(path, 'other bytes')],
])('verify names bytes kept for a retry that %s: of a refused item, and of an upload', async (what, harm) => {
  const mail = await serve(() => refusal(554, '5.7.1 not wanted here'));
  for (const config of [{rules: [{name: 'look', disposition: 'set_aside'}]}, undefined]) {
    const path = temporaryFolder();
    const settings = {path, config: config ?? toMail(mail, path)};
    expect((await write(settings, withUpload)).exit).toBe(0);
    expect((await printed('verify', settings)).exit).toBe(0);
    const folder = join(path, '.arctera-archive', 'ws-1', 'set-aside');
    for (const name of readdirSync(folder)) if (name.endsWith('.bytes')) harm(join(folder, name));
    const {exit, text} = await printed('verify', settings);
    expect([exit, text]).toEqual([1, expect.stringContaining(what)]);
  }
});

test.each<[string, (path: string) => void]>([
  ['are gone', (path) => rmSync(path)],
  ['were changed', (path) => writeFileSync(path, 'other bytes')],
])(
  'where the bytes of a refused item %s, the other items go, and its records too unless it held uploads',
  async (_, harm) => {
    let isOpen = false;
    const mail = await serve(() => (isOpen ? undefined : refusal(554, '5.7.1 not wanted here')));
    const path = temporaryFolder();
    const settings = {path, config: toMail(mail, path)};
    const others = messageLines({event: 'e3', conversation: 'c3'}, {event: 'e4', conversation: 'c4'});
    expect((await write(settings, [...others, ...withUpload.slice(0, -1)])).exit).toBe(0);
    const folder = join(path, '.arctera-archive', 'ws-1', 'set-aside');
    const kept = readdirSync(folder).filter((name) => name.endsWith('.bytes'));
    const holds = (name: string): boolean => readFileSync(join(folder, name)).includes(upload.toString('base64'));
    const lost = [kept.find(holds) ?? '', kept.find((name) => !holds(name)) ?? ''];
    for (const name of lost) harm(join(folder, name));
    isOpen = true;
    const {exit, text} = await printed('retry-set-aside', settings);
    expect(text).toContain('3 went into the archive, 1 stay set aside (1 item_refused).');
    expect(text).toContain(`set-aside/${lost[0]} is missing or not what was set aside`);
    expect([exit, countMessages(mail)]).toEqual([1, [1, 1, 1]]);
  }
);
