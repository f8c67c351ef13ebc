// The verb `rebuild-ledger` where the ledger lay beside a bucket or a mail server: what can be read back, and what is said of the rest.
import {existsSync, mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, expect, test} from '@jest/globals';
import {chunkRows, fileRow, messageLines, recordLine, stateLine, unreadableRow} from './contract-rows';
import {DestinationProcess, printed, type RunSettings, temporaryFolder, verify, write} from './destination-process';
import {itemPaths, readArchive} from './archive-reader';
import {receiptsOf} from './ledger-entries';
import {countMessages, type MailServer, openMailServer, refusal, toJournal} from './mail-server';
import {openObjectStore} from './object-store';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

const upload = {file: 'file-1', event: 'e1', bytes: Buffer.from('the bytes of an upload')};
const lines = [
  ...messageLines({event: 'e1', files: ['file-1']}, {event: 'e2', conversation: 'conv-2', user: 'user-bob'}),
  recordLine('files', fileRow(upload)),
  ...chunkRows(upload).map((row) => recordLine('file_chunks', row)),
  recordLine('messages', unreadableRow('log-1', 4, Buffer.from([0xff]))),
  recordLine('unheard_of', {id: 1, text: 'plain', workspace_id: 'ws-1'}),
  stateLine('messages', {at: 1}, 3),
];
const streams = ['messages', 'files', 'file_chunks', 'unheard_of'];

async function rebuild(settings: RunSettings): Promise<{exit: unknown; run: DestinationProcess}> {
  const run = new DestinationProcess('rebuild-ledger', settings);
  run.end();
  return {exit: await run.ended(), run};
}

function loseLedger(path: string): void {
  const folder = join(path, '.arctera-archive', 'ws-1');
  for (const name of readdirSync(folder)) if (name.startsWith('ledger.sqlite')) rmSync(join(folder, name));
}

test.each([[['eml']], [['rsmf', 'text_delimited', 'eml']]])(
  'of a bucket with %j: the next run adds nothing, and what does not belong is named',
  async (formats) => {
    const store = await openObjectStore();
    cleanUps.push(() => store.close());
    const path = temporaryFolder();
    const place = {
      bucket: 'archive',
      region: 'eu-central-1',
      endpoint: store.endpoint,
      path_style: true,
      prefix: 'a/b',
    };
    const target = {type: 's3', ...place, access_key_id: 'key', secret_access_key: 'secret'};
    const settings = {path, streams, config: {target, ledger: {type: 'sqlite', path}, formats}};
    expect((await write(settings, lines)).exit).toBe(0);
    const items = (): string[] => [...store.objects.keys()].filter((key) => !key.includes('/manifests/')).sort();
    const before = items();
    expect(before).toHaveLength(1 + 3 * formats.length);
    loseLedger(path);
    const lost = await write(settings, lines);
    expect(lost.run.errors).toMatchObject([{internal_message: 'ConfigError bucket_without_ledger'}]);
    expect(lost.run.errors[0]?.message).toContain('rebuild-ledger');
    const {exit, run} = await rebuild(settings);
    expect([exit, run.logText]).toEqual([0, expect.stringContaining('3 items, 3 records, 1 set aside')]);
    const again = await write(settings, lines);
    expect([again.exit, again.run.told, items()]).toEqual([0, ['messages:{"at":1}'], before]);
    expect((await rebuild(settings)).run.errors).toMatchObject([{internal_message: 'ConfigError ledger_present'}]);
    loseLedger(path);
    const [first = ''] = before.filter((key) => !key.endsWith('archive-id'));
    const object = store.objects.get(first);
    if (object === undefined) throw new Error('There is no item.');
    store.objects.set(first.replace('a/b/ws-1/', 'a/b/ws-1/elsewhere/'), object);
    const moved = await rebuild(settings);
    expect([moved.exit, moved.run.logText]).toEqual([1, expect.stringContaining('is not where it was delivered')]);
  }
);

test('of a mail server: what is set aside is known again, and that the rest cannot be read back is said', async () => {
  const mail = await openMailServer((count) => (count === 1 ? refusal(554, '5.7.1 not wanted here') : undefined));
  cleanUps.push(() => mail.close());
  const path = temporaryFolder();
  const target = {...toJournal(mail), connections: 1};
  const config = {target, ledger: {type: 'sqlite', path}, ca_certificate: mail.certificate, grouping: 'message'};
  expect((await write({path, config}, messageLines({event: 'e1'}, {event: 'e2'}))).exit).toBe(0);
  loseLedger(path);
  const outbox = join(path, '.arctera-archive', 'ws-1', 'outbox');
  mkdirSync(outbox, {recursive: true});
  writeFileSync(join(outbox, 'kept.out'), 'a message on its way');
  const {exit, run} = await rebuild({path, config});
  expect([exit, run.logText]).toEqual([1, expect.stringContaining('0 items, 0 records, 1 set aside')]);
  expect(run.warnings.join()).toContain('default cannot be read back');
  expect(existsSync(join(outbox, 'kept.out'))).toBe(true);
  expect(await verify(path, config)).toBe(0);
  expect((await write({path, config}, messageLines({event: 'e1'}, {event: 'e2'}))).exit).toBe(0);
  expect(countMessages(mail)).toEqual([2]); // sent again under its Message-ID; the other stays set aside
});

test('what a mail server refused goes from the kept bytes also where the ledger was made anew meanwhile, once', async () => {
  let isOpen = false;
  const mail = await openMailServer(() => (isOpen ? undefined : refusal(554, '5.7.1 not wanted here')));
  cleanUps.push(() => mail.close());
  const path = temporaryFolder();
  const target = {...toJournal(mail), connections: 1};
  const config = {target, ledger: {type: 'sqlite', path}, ca_certificate: mail.certificate, set_aside_percent: 100};
  const settings = {path, config, streams};
  expect((await write(settings, lines)).exit).toBe(0);
  loseLedger(path);
  expect((await rebuild(settings)).run.logText).toContain('0 items, 0 records, 4 set aside');
  expect((await printed('retry-set-aside', settings)).exit).toBe(1);
  isOpen = true;
  const retried = await printed('retry-set-aside', {...settings, options: ['--code', 'item_refused']});
  expect(retried.text).toContain('went into the archive, 0 stay set aside');
  expect(retried.exit).toBe(0);
  const withUpload = mail.mails.filter(({bytes}) => bytes.includes(upload.bytes.toString('base64')));
  expect(withUpload).toHaveLength(1);
  expect(countMessages(mail).every((count) => count === 1)).toBe(true);
  expect(await verify(path, config)).toBe(0);
  const before = mail.mails.length;
  expect((await write(settings, lines)).exit).toBe(0);
  expect(mail.mails).toHaveLength(before);
});

test.each([
  [554, '5.7.1 not wanted here'],
  [552, '5.3.4 too large'],
])(
  'what a mail server refused with %d and took at last is set aside no more where the ledger is made anew',
  async (code, words) => {
    let isOpen = false;
    const mail = await openMailServer(() => (isOpen ? undefined : refusal(code, words)));
    cleanUps.push(() => mail.close());
    const path = temporaryFolder();
    const ledger = {type: 'sqlite', path};
    const config = {target: toJournal(mail), ledger, ca_certificate: mail.certificate, set_aside_percent: 100};
    const some = messageLines({event: 'e1'}, {event: 'e2', conversation: 'conv-2'});
    expect((await write({path, config}, some)).exit).toBe(0);
    isOpen = true;
    expect((await printed('retry-set-aside', {path, config})).exit).toBe(0);
    expect(countMessages(mail)).toEqual([1, 1]);
    loseLedger(path);
    expect((await rebuild({path, config})).run.logText).toContain('0 items, 0 records, 0 set aside');
    expect((await printed('retry-set-aside', {path, config})).text).toContain(
      '0 went into the archive, 0 stay set aside'
    );
    expect([countMessages(mail), await verify(path, config)]).toEqual([[1, 1], 0]);
  }
);

/** Killed while the server has a message and has not answered. */
async function killAtMessage(
  count: number,
  settingsOf: (mail: MailServer) => RunSettings
): Promise<[MailServer, RunSettings]> {
  const runs: DestinationProcess[] = [];
  const mail = await openMailServer((message) => {
    if (message !== count) return undefined;
    for (const run of runs) run.kill('SIGKILL');
    return 'hang up';
  });
  cleanUps.push(() => mail.close());
  const settings = settingsOf(mail);
  const run = new DestinationProcess('write', settings);
  runs.push(run);
  run.feed(lines);
  run.end();
  await run.ended();
  return [mail, settings];
}

test.each(['eml', 'rsmf'])(
  'of a mail server with %s, messages that were on their way are open again: the next run sends the very bytes and names the double',
  async (format) => {
    const path = temporaryFolder();
    const [mail, settings] = await killAtMessage(2, (server) => ({
      path,
      streams,
      config: {
        target: {...toJournal(server), connections: 1},
        ledger: {type: 'sqlite', path},
        ca_certificate: server.certificate,
        grouping: 'message',
        formats: [format],
      },
    }));
    const before = mail.mails.map(({bytes}) => bytes.toString('latin1'));
    loseLedger(path);
    const {exit, run} = await rebuild(settings);
    expect([exit, run.logText]).toEqual([1, expect.stringMatching(/2 items, 2 records, 1 set aside, 2 open/)]);
    const second = await write(settings, lines);
    expect([second.exit, second.run.told]).toEqual([0, ['messages:{"at":1}']]);
    const after = mail.mails.map(({bytes}) => bytes.toString('latin1'));
    expect(after.filter((each) => before.includes(each)).length).toBe(2 * before.length);
    expect(countMessages(mail)).toHaveLength(3);
    // The batch of the other stream had not begun.
    expect(receiptsOf(path).map((receipt) => receipt.possibly_twice)).toEqual([true, true, false]);
    expect(readdirSync(join(path, '.arctera-archive', 'ws-1', 'outbox'))).toEqual([]);
    expect(await verify(path, settings.config)).toBe(0);
  }
);

test('an item that the folder has and the mail server may have is open for the mail server alone', async () => {
  const path = temporaryFolder();
  const [mail, settings] = await killAtMessage(1, (server) => ({
    path,
    streams,
    config: {
      grouping: 'message',
      ca_certificate: server.certificate,
      additional_targets: [{name: 'journal', target: {...toJournal(server), connections: 1}}],
      rules: [{name: 'all', patterns: ['text'], targets: ['default', 'journal']}],
      routing_mode: 'copy_per_match',
    },
  }));
  const folder = itemPaths(path).length;
  loseLedger(path);
  const {run} = await rebuild(settings);
  expect(run.logText).toMatch(/\d items, \d records, 1 set aside, [1-3] open/);
  const second = await write(settings, lines);
  expect([second.exit, second.run.told]).toEqual([0, ['messages:{"at":1}']]);
  expect([itemPaths(path).length >= folder, countMessages(mail).length]).toEqual([true, 2]);
  const events = (await readArchive(path)).flatMap(({originals}) => originals);
  expect(new Set(events).size).toBe(events.length);
  expect(await verify(path, settings.config)).toBe(0);
});

/** Loaded before the connector's own code: ends the process in the place of the first removal from the outbox. */
const killedAtRelease = `
const fs = require('node:fs');
const own = fs.rmSync;
fs.rmSync = (path, ...more) => {
  if (String(path).endsWith('.out')) process.kill(process.pid, 'SIGKILL');
  return own(path, ...more);
};
`;

test('what a run left in the outbox that died behind an outcome goes with the next run, and is not sent again', async () => {
  const mail = await openMailServer();
  cleanUps.push(() => mail.close());
  const path = temporaryFolder();
  const config = {
    grouping: 'message',
    ca_certificate: mail.certificate,
    additional_targets: [{name: 'journal', target: {...toJournal(mail), connections: 1}}],
    rules: [{name: 'all', patterns: ['text'], targets: ['default', 'journal']}],
    routing_mode: 'copy_per_match',
  };
  const preload = join(temporaryFolder(), 'killed.cjs');
  writeFileSync(preload, killedAtRelease);
  const some = [...messageLines({event: 'e1'}, {event: 'e2'}), stateLine('messages', {at: 1}, 2)];
  const killed = new DestinationProcess('write', {path, config, environment: {NODE_OPTIONS: `--require ${preload}`}});
  killed.feed(some);
  killed.end();
  await killed.ended();
  const outbox = (): string[] => readdirSync(join(path, '.arctera-archive', 'ws-1', 'outbox'));
  expect([outbox().length, countMessages(mail)]).toEqual([2, [1, 1]]);
  expect((await write({path, config}, some)).exit).toBe(0);
  expect(outbox()).toEqual([]);
  loseLedger(path);
  expect((await rebuild({path, config})).run.logText).toContain('2 items, 2 records, 0 set aside, 0 open');
  expect((await write({path, config}, some)).exit).toBe(0);
  expect(countMessages(mail)).toEqual([1, 1]);
});

test('an item that the journal refused and the folder took stays set aside for the journal, until it has it', async () => {
  let isRefusing = true;
  const mail = await openMailServer(() => (isRefusing ? refusal(554, '5.7.1 not wanted here') : undefined));
  cleanUps.push(() => mail.close());
  const path = temporaryFolder();
  const config = {
    ca_certificate: mail.certificate,
    additional_targets: [{name: 'journal', target: {...toJournal(mail), connections: 1}}],
    rules: [{name: 'all', patterns: ['text'], targets: ['default', 'journal']}],
    routing_mode: 'copy_per_match',
  };
  const retry = (): Promise<{exit: number | null; text: string}> => printed('retry-set-aside', {path, config});
  expect((await write({path, config}, messageLines({event: 'e1'}))).exit).toBe(0);
  loseLedger(path);
  expect((await rebuild({path, config})).run.errors).toEqual([]);
  expect((await retry()).text).toContain('0 went into the archive, 1 stay set aside (1 item_refused).');
  isRefusing = false;
  expect((await retry()).text).toContain('1 went into the archive, 0 stay set aside.');
  expect(await verify(path, config)).toBe(0);
  loseLedger(path);
  await rebuild({path, config});
  expect((await retry()).text).toContain('0 went into the archive, 0 stay set aside.');
  expect([mail.mails.length, await verify(path, config)]).toEqual([1, 0]);
});
