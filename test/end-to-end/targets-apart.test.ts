// Targets that fare differently with one item: each has its own outcome, and nothing is sent twice unnamed.
import {cpSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, expect, test} from '@jest/globals';
import {sha256Hex} from '../../core/digest';
import {chunkRows, fileRow, messageLines, recordLine, stateLine} from './contract-rows';
import {DestinationProcess, temporaryFolder, verify, write} from './destination-process';
import {entriesOf, receiptsOf} from './ledger-entries';
import {type Answer, type MailServer, openMailServer, refusal, toJournal} from './mail-server';
import {type ObjectStore, openObjectStore, toBucket} from './object-store';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

interface Servers {
  readonly store: ObjectStore;
  readonly mail: MailServer;
  readonly path: string;
  readonly config: Record<string, unknown>;
}

/** What bucket and rule say besides the usual. */
interface Further {
  readonly bucket?: object;
  readonly rule?: object;
}

/** Every message goes to a bucket and to a journal. */
async function serve(answer?: Answer, further: Further = {}): Promise<Servers> {
  const store = await openObjectStore();
  const mail = await openMailServer(answer);
  cleanUps.push(
    () => store.close(),
    () => mail.close()
  );
  const bucket = {...toBucket(store), ...further.bucket};
  const journal = {...toJournal(mail), connections: 1};
  const config = {
    grouping: 'message',
    ca_certificate: mail.certificate,
    additional_targets: [
      {name: 'bucket', target: bucket},
      {name: 'journal', target: journal},
    ],
    rules: [{name: 'all', patterns: ['text'], targets: ['bucket', 'journal'], ...further.rule}],
    routing_mode: 'copy_per_match',
  };
  return {store, mail, path: temporaryFolder(), config};
}

const events = ['e1', 'e2', 'e3'];
const lines = [...messageLines(...events.map((event) => ({event}))), stateLine('messages', {at: 1}, 3)];

function keysOf({store}: Servers): string[] {
  return [...store.objects.keys()].filter((key) => key.endsWith('.eml'));
}

/** How often each message came, most often first. */
function countsOf({mail}: Servers): number[] {
  const counts = new Map<string, number>();
  for (const {bytes} of mail.mails) counts.set(sha256Hex(bytes), (counts.get(sha256Hex(bytes)) ?? 0) + 1);
  return [...counts.values()].sort((a, b) => b - a);
}

test('an item that the journal refuses is in the bucket, and set aside for the journal with its uploads', async () => {
  const servers = await serve((count) => (count === 1 ? refusal(554, '5.7.1 not wanted here') : undefined));
  const {path, config} = servers;
  const bytes = Buffer.from('the very bytes of an upload');
  const {exit, run} = await write({path, config}, [
    ...messageLines({event: 'e1', files: ['file-1']}, {event: 'e2'}),
    recordLine('files', fileRow({file: 'file-1', event: 'e1', bytes})),
    ...chunkRows({file: 'file-1', event: 'e1', bytes}).map((row) => recordLine('file_chunks', row)),
    stateLine('messages', {at: 1}, 2),
  ]);
  expect([exit, run.told]).toEqual([0, ['messages:{"at":1}']]);
  expect([keysOf(servers).length, servers.mail.mails.length]).toEqual([2, 1]);
  const [refused, ...others] = entriesOf(path).flatMap(({body}) => body.refusals ?? []);
  expect([refused?.target, refused?.words, others]).toEqual(['journal', '554 5.7.1 not wanted here', []]);
  const folder = join(path, '.arctera-archive', 'ws-1');
  const kept = readFileSync(join(folder, refused?.path ?? ''));
  const objects = [...servers.store.objects.values()].map((object) => sha256Hex(object.bytes));
  expect(objects).toContain(sha256Hex(kept));
  expect(kept.includes(bytes.toString('base64'))).toBe(true);
  const said = readdirSync(join(folder, 'set-aside')).filter((name) => name.endsWith('.item.json'));
  expect(JSON.parse(readFileSync(join(folder, 'set-aside', said[0] ?? ''), 'utf8'))).toMatchObject({
    target: 'journal',
    code: 'item_refused',
    words: '554 5.7.1 not wanted here',
  });
  const [report = ''] = readdirSync(join(folder, 'reports')).filter((name) => name.endsWith('.json'));
  const told = JSON.parse(readFileSync(join(folder, 'reports', report), 'utf8')) as Record<string, unknown>;
  expect(told).toMatchObject({
    targets: {bucket: {delivered: 2, set_aside: 0}, journal: {delivered: 1, set_aside: 1}},
    set_aside_by_code: {item_refused: 1},
  });
  expect(await verify(path, config)).toBe(0);
  rmSync(join(folder, refused?.path ?? ''));
  expect(await verify(path, config)).toBe(1);
});

test('mail that was taken while the bucket was down is not sent again when the bucket gets its items', async () => {
  const servers = await serve();
  const {store, path, config} = servers;
  store.trouble = (method, key) =>
    method === 'PUT' && key.endsWith('.eml') ? {status: 507, code: 'InsufficientStorage'} : undefined;
  expect((await write({path, config}, lines)).exit).toBe(1);
  expect([keysOf(servers).length, countsOf(servers)]).toEqual([0, [1, 1, 1]]);
  // Still down: what is open stays open, other records go on.
  const other = [recordLine('unheard_of', {id: 1, text: 'plain'}), stateLine('unheard_of', {at: 1}, 1)];
  const second = await write({path, config, streams: ['messages', 'unheard_of']}, [...other, ...lines]);
  expect([second.exit, second.run.errors[0]?.failure_type]).toEqual([1, 'transient_error']);
  expect(countsOf(servers)).toEqual([1, 1, 1]);
  store.trouble = () => undefined;
  const third = await write({path, config}, lines);
  expect([third.exit, third.run.told]).toEqual([0, ['messages:{"at":1}']]);
  expect([keysOf(servers).length, countsOf(servers)]).toEqual([3, [1, 1, 1]]);
  expect(receiptsOf(path).map((receipt) => receipt.possibly_twice)).toEqual([false, false, false]);
  expect(await verify(path, config)).toBe(0);
});

test('a ledger that is put back from before some items is told by the bucket beside the journal, and nothing is mailed twice', async () => {
  const servers = await serve();
  const {mail, store, path} = servers;
  const copy = join(temporaryFolder(), 'copy');
  const {config: all} = servers;
  const config = {
    ...all,
    target: toJournal(mail),
    ledger: {type: 'sqlite', path},
    additional_targets: [{name: 'bucket', target: toBucket(store)}],
    rules: [{name: 'all', patterns: ['text'], targets: ['default', 'bucket']}],
  };
  expect((await write({path, config}, messageLines({event: 'e1'}))).exit).toBe(0);
  cpSync(path, copy, {recursive: true});
  expect((await write({path, config}, lines)).exit).toBe(0);
  expect([keysOf(servers).length, countsOf(servers)]).toEqual([3, [1, 1, 1]]);
  rmSync(path, {recursive: true});
  cpSync(copy, path, {recursive: true});
  const {exit, run} = await write({path, config}, lines);
  expect([exit, run.told]).toEqual([1, []]);
  expect(run.errors[0]?.message).toMatch(/which left a manifest at .* it is older than the archive/);
  expect(countsOf(servers)).toEqual([1, 1, 1]);
});

test('mail that was sent before a crash, its kept bytes lost since, is named as possibly twice', async () => {
  const servers = await crashAtMail(2);
  const {path, config} = servers;
  const outbox = join(path, '.arctera-archive', 'ws-1', 'outbox');
  expect(readdirSync(outbox)).toHaveLength(3);
  for (const name of readdirSync(outbox)) rmSync(join(outbox, name));
  const {exit} = await write({path, config}, lines);
  expect([exit, keysOf(servers).length, countsOf(servers)]).toEqual([0, 3, [2, 2, 1]]);
  const named = receiptsOf(path).filter((receipt) => receipt.possibly_twice);
  expect(named).toHaveLength(3); // the third may have been on its way too
  expect(entriesOf(path).flatMap(({body}) => body.possibly_sent ?? [])).toHaveLength(3);
});

test('mail that was sent before a crash goes to the bucket from the bytes that were kept', async () => {
  const servers = await crashAtMail(3);
  const {path, config} = servers;
  const {exit} = await write({path, config}, lines);
  expect([exit, keysOf(servers).length, countsOf(servers)]).toEqual([0, 3, [2, 2, 2]]);
  expect(receiptsOf(path).map((receipt) => receipt.possibly_twice)).toEqual([true, true, true]);
  expect(entriesOf(path).filter(({kind}) => kind === 'voided')).toEqual([]);
  expect(await verify(path, config)).toBe(0);
});

test('an item that the bucket gets after a crash has the lock and the hold that the policy gave it', async () => {
  const servers = await crashAtMail(3, {
    bucket: {object_lock: 'governance', retention_days: 1},
    rule: {retention_category: 'communications', retention_days: 2555, legal_hold: 'matter-17'},
  });
  const {store, path, config} = servers;
  expect([(await write({path, config}, lines)).exit, keysOf(servers).length]).toEqual([0, 3]);
  expect(entriesOf(path).filter(({kind}) => kind === 'voided')).toEqual([]); // the very bytes were sent again
  for (const key of keysOf(servers)) {
    const {lockMode, lockedUntil = '', isHeld} = store.objects.get(key) ?? {};
    const days = (Date.parse(lockedUntil) - Date.now()) / 86_400_000;
    expect([lockMode, Math.ceil(days), isHeld]).toEqual(['GOVERNANCE', 2555, true]);
  }
  const key = keysOf(servers)[0] ?? '';
  expect((await fetch(`${store.endpoint}/archive/${key}`, {method: 'DELETE'})).status).toBe(403);
});

/** A run that is killed while a mail is on its way, its bucket full; afterwards there is room again. */
async function crashAtMail(mail: number, further: Further = {}): Promise<Servers> {
  const runs: DestinationProcess[] = [];
  const servers = await serve((count) => {
    if (count !== mail) return undefined;
    for (const run of runs) run.kill('SIGKILL');
    return 'hang up';
  }, further);
  const {store, path, config} = servers;
  store.trouble = (method, key) =>
    method === 'PUT' && key.endsWith('.eml') ? {status: 507, code: 'InsufficientStorage'} : undefined;
  const run = new DestinationProcess('write', {path, config});
  runs.push(run);
  run.feed(lines);
  run.end();
  await run.ended();
  store.trouble = () => undefined;
  return servers;
}
