// The verb `retry-set-aside`: what can be archived by now goes, exactly once, and what cannot stays with its reason.
import {readdirSync, readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {join} from 'node:path';
import {afterEach, expect, test} from '@jest/globals';
import {itemPaths, readArchive} from './archive-reader';
import {chunkRows, fileRow, messageLines, recordLine, stateLine, unreadableRow, workspace} from './contract-rows';
import {DestinationProcess, type RunSettings, temporaryFolder, verify, write} from './destination-process';
import {entriesOf, receiptsOf} from './ledger-entries';
import {type Answer, type MailServer, openMailServer, refusal} from './mail-server';

const open: MailServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function serve(answer: Answer): Promise<MailServer> {
  const server = await openMailServer(answer);
  open.push(server);
  return server;
}

function journalOf({port}: MailServer): object {
  const [sender, recipients] = ['capture@corp.test', ['journal@archive.test']];
  return {type: 'smtp', host: '127.0.0.1', port, sender, recipients, connections: 1};
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

/** How often each message came, most often first. */
function countsOf({mails}: MailServer): number[] {
  const counts = new Map<string, number>();
  for (const {bytes} of mails) {
    const id = /^Message-ID:\s*(<[^>]+>)/im.exec(bytes.toString('latin1'))?.[1] ?? '';
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return [...counts.values()].sort((a, b) => b - a);
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
  expect(countsOf(mail)).toEqual([1, 1]);
  expect(mail.mails.some(({bytes}) => bytes.includes(upload.toString('base64')))).toBe(true);
  expect(receiptsOf(path).map((receipt) => receipt.possibly_twice)).toEqual([false, false]);
  expect(await retry(settings)).toEqual([0, '0 went into the archive, 0 stay set aside.']);
  expect((await write(settings, withUpload)).exit).toBe(0);
  expect(countsOf(mail)).toEqual([1, 1]);
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
  expect([exit, countsOf(mail)]).toEqual([0, [2, 1]]);
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
  expect([itemPaths(path).length, countsOf(mail)]).toEqual([2, [2, 1]]);
  const taken = entriesOf(path).flatMap(({kind, body}) => (kind === 'taken' ? (body.receipts ?? []) : []));
  expect(taken.map((receipt) => receipt.possibly_twice)).toEqual([false, true]);
  expect(await verify(path, config)).toBe(0);
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

test('a code that does not exist is a config error', async () => {
  const [exit, told] = await retry({path: temporaryFolder(), options: ['--code', 'nonsense']});
  expect([exit, told]).toEqual([1, expect.stringContaining('--code must be the code of an error')]);
});
