// A disk that fails: the run says so or does without, what it told is there, and the next run completes it. FAILING_CALLS=all takes every call.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, expect, test} from '@jest/globals';
import {readArchive, readOriginals} from '../end-to-end/archive-reader';
import {
  chunkRows,
  fileRow,
  messageLines,
  messageRow,
  recordLine,
  stateLine,
  unreadableRow,
} from '../end-to-end/contract-rows';
import {DestinationProcess, printed, temporaryFolder, verify, write} from '../end-to-end/destination-process';
import {receiptsOf} from '../end-to-end/ledger-entries';
import {countByMessageId, type MailServer, openMailServer, toJournal} from '../end-to-end/mail-server';

const takesAll = process.env['FAILING_CALLS'] === 'all';
const casesOfKind = 2;
const [eio, eacces, enospc, erofs, estale, edquot] = [5, 13, 28, 30, 116, 122];

let folder: string;
let library: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'failing-disk-'));
  library = join(folder, 'failing-disk.so');
  execFileSync('gcc', ['-shared', '-fPIC', '-O2', '-o', library, join(__dirname, 'failing-disk.c'), '-ldl']);
});
afterAll(() => rmSync(folder, {recursive: true}));

interface Fault {
  /** Number of the call that fails, from 1; 0: none. */
  readonly at: number;
  readonly kind: string;
  readonly errno: number;
  /** Whether all calls after it fail too. */
  readonly lasts?: boolean;
}

/** Large enough for an item that does not stay in memory. */
const upload = {file: 'f1', event: 'k1', bytes: Buffer.alloc(1536 * 1024, 'the bytes of an upload')};
const lines = [
  ...messageLines({event: 'k1', files: ['f1']}, {event: 'k2', conversation: 'conv-2'}),
  recordLine('messages', unreadableRow('log-9', 4, Buffer.from([0xff, 0x00]))),
  recordLine('files', fileRow(upload)),
  ...chunkRows(upload).map((row) => recordLine('file_chunks', row)),
  recordLine('unheard_of', {id: 1, text: 'plain'}),
  ...['messages', 'files', 'file_chunks', 'unheard_of'].map((name) => stateLine(name, {at: 1})),
];
const streams = ['messages', 'files', 'file_chunks', 'unheard_of'];
const told = streams.map((name) => `${name}:{"at":1}`).sort();
const expected = [messageRow({event: 'k1', files: ['f1']}), messageRow({event: 'k2', conversation: 'conv-2'})];

interface Bench {
  readonly path: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Folder that the disk is at. */
  readonly under: string;
  /** What is wrong with an archive that is to be whole. */
  readonly faults: () => Promise<string[]>;
}

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

const benches: Record<string, () => Promise<Bench>> = {
  'a folder': () => {
    const path = join(temporaryFolder(), 'archive');
    return Promise.resolve({path, config: {}, under: path, faults: () => faultsOfFolder(path)});
  },
  'two folders': () => {
    const under = join(temporaryFolder(), 'archives');
    mkdirSync(under);
    const names = ['one', 'two'];
    const config = {
      additional_targets: names.map((name) => ({name, target: {type: 'folder', path: join(under, name)}})),
      rules: [{name: 'all', patterns: ['text of', 'plain'], targets: names}],
      routing_mode: 'copy_per_match',
    };
    const faults = async (): Promise<string[]> =>
      (await Promise.all(names.map((name) => faultsOfFolder(join(under, name))))).flat();
    return Promise.resolve({path: join(under, 'own'), config, under, faults});
  },
  'a journal': async () => {
    const mail = await openMailServer();
    cleanUps.push(() => mail.close());
    const path = join(temporaryFolder(), 'archive');
    const config = {target: toJournal(mail), ledger: {type: 'sqlite', path}, ca_certificate: mail.certificate};
    return {path, config, under: path, faults: () => Promise.resolve(faultsOfMail(mail, path))};
  },
};

async function faultsOfFolder(archive: string): Promise<string[]> {
  const items = await readArchive(archive);
  const originals = (await readOriginals(archive)).filter((text) => text.includes('event_id'));
  const uploads = items.flatMap(({attachments}) => attachments);
  const wanted = expected.map(({event}) => event).sort();
  return [
    ...(JSON.stringify(originals) === JSON.stringify(wanted) ? [] : [`it holds ${originals.length} events`]),
    ...(uploads.length === 1 && uploads[0]!.content.equals(upload.bytes) ? [] : [`${uploads.length} uploads`]),
    ...(items.length === 3 ? [] : [`${items.length} items`]),
  ];
}

function faultsOfMail(mail: MailServer, path: string): string[] {
  const counts = [...countByMessageId(mail)];
  const named = receiptsOf(path).filter(({possibly_twice: isPossiblyTwice}) => isPossiblyTwice).length;
  const doubled = counts.filter(([, count]) => count > 1).length;
  return [
    ...(counts.length === 3 ? [] : [`${counts.length} messages`]),
    ...(doubled <= named ? [] : [`${doubled} messages came twice, and ${named} are named`]),
  ];
}

function environmentOf({under}: Bench, {kind, at, errno, lasts}: Fault, counted: string): Record<string, string> {
  const settings = {FAULT_UNDER: under, FAULT_KIND: kind, FAULT_AT: String(at), FAULT_ERRNO: String(errno)};
  return {LD_PRELOAD: library, FAULT_TOLD: counted, ...settings, ...(lasts === true ? {FAULT_LASTS: '1'} : {})};
}

/** How many calls of a kind a run makes that nothing stands in the way of. */
async function countCalls(bench: Bench, kind: string): Promise<number> {
  const counted = join(temporaryFolder(), 'calls');
  const environment = environmentOf(bench, {kind, at: 0, errno: 0}, counted);
  expect((await write({...bench, streams, environment}, lines)).exit).toBe(0);
  return existsSync(counted) ? Number(readFileSync(counted, 'utf8')) : 0;
}

/** What is wrong with how a run met a fault, and with the next one. */
async function judge(bench: Bench, fault: Fault): Promise<string[]> {
  const faults: string[] = [];
  const environment = environmentOf(bench, fault, join(temporaryFolder(), 'calls'));
  const first = new DestinationProcess('write', {...bench, streams, environment});
  first.feed(lines);
  first.end();
  const exit = await first.ended().catch((error: unknown) => String(error));
  const [error] = first.errors;
  if (exit !== 0 && exit !== 1) faults.push(`ended with ${exit}`);
  if (exit === 0 && first.told.length < told.length) faults.push('ended well without all states');
  if (error !== undefined && !/^(Transient|Config)Error/.test(error.internal_message)) {
    faults.push(`said ${error.internal_message}: ${error.message} ${first.logText.slice(0, 600)}`);
  }
  if (first.told.some((state) => state.startsWith('messages'))) {
    const here = (await bench.faults()).filter((each) => !/^\d (items|messages)$/.test(each)); // of other streams too
    faults.push(...here.map((each) => `told, but ${each}`));
  }
  const next = await write({...bench, streams}, lines);
  if (next.exit !== 0) faults.push(`then ${JSON.stringify(next.run.errors)}`);
  if (JSON.stringify(next.run.told.toSorted()) !== JSON.stringify(told))
    faults.push(`then told ${next.run.told.join()}`);
  faults.push(...(await bench.faults()).map((each) => `then ${each}`));
  const copies = readdirSync(join(bench.path, '.arctera-archive', 'ws-1', 'set-aside'));
  if (copies.filter((name) => name.endsWith('.json')).length !== 1) faults.push(`set aside: ${copies.join()}`);
  if ((await verify(bench.path, bench.config)) !== 0) faults.push('then verify finds something');
  return faults;
}

const table = Object.keys(benches).flatMap((bench) => [
  ...['write', 'sync', 'rename', 'mkdir', 'open', 'unlink', 'truncate', 'read'].map(
    (kind) => [bench, kind, eio, false] as const
  ),
  [bench, 'write', enospc, true] as const,
  [bench, 'any', erofs, true] as const,
  [bench, 'open', estale, false] as const,
  [bench, 'write', edquot, true] as const,
]);

test.each(table)(
  '%s: calls of kind %s fail with %i, and from then on: %s',
  async (name, kind, errno, lasts) => {
    const open = benches[name]!;
    const calls = await countCalls(await open(), kind);
    const stride = takesAll ? 1 : Math.max(1, Math.ceil(calls / casesOfKind));
    const found: string[] = [];
    for (let at = 1 + (takesAll ? 0 : Math.floor(stride / 2)); at <= calls; at += stride) {
      const faults = await judge(await open(), {kind, at, errno, lasts});
      found.push(...faults.map((each) => `${kind} ${at}/${calls}: ${each}`));
    }
    expect(found).toEqual([]);
  },
  takesAll ? 3_600_000 : 300_000
);

test.each([
  ['EACCES', eacces],
  ['EIO', eio],
])('verify does not call a set-aside copy missing that cannot be read: %s', async (code, errno) => {
  const bench = await benches['a folder']!();
  expect((await write({...bench, streams}, lines)).exit).toBe(0);
  const under = join(bench.path, '.arctera-archive', 'ws-1', 'set-aside');
  const fault = {kind: 'read', at: 1, errno, lasts: true};
  const environment = environmentOf({...bench, under}, fault, join(temporaryFolder(), 'calls'));
  const {exit, text} = await printed('verify', {...bench, environment});
  expect([exit, text]).toEqual([1, expect.stringContaining('Error target_not_writable')]);
  expect(text).toContain(`(${code})`);
  expect(text).not.toContain('is missing');
  expect(await verify(bench.path, bench.config)).toBe(0);
});
