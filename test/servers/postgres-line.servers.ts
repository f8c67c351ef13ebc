// A ledger in PostgreSQL whose line is cut at any COMMIT, or whose server stays away: nothing is doubled, nothing is lost.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterEach, expect, test} from '@jest/globals';
import {chunkRows, fileRow, messageLines, recordLine, stateLine} from '../end-to-end/contract-rows';
import {DestinationProcess, temporaryFolder, verify, write} from '../end-to-end/destination-process';
import {countMessages, type MailServer, openMailServer, refusal, toJournal} from '../end-to-end/mail-server';
import {SmallDisk} from '../end-to-end/small-disk';
import {type Cut, openCuttingLine} from './cutting-line';
import {openSharingPooler} from './sharing-pooler';
import {type PostgresServer, startPostgres} from './postgres-server';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function startBoth(answer?: Parameters<typeof openMailServer>[0]): Promise<[PostgresServer, MailServer]> {
  const database = await startPostgres();
  const mail = await openMailServer(answer);
  cleanUps.push(
    () => database.remove(),
    () => mail.close()
  );
  return [database, mail];
}

function configOf(mail: MailServer, port: number): Record<string, unknown> {
  return {
    target: toJournal(mail),
    ca_certificate: mail.certificate,
    ledger: {
      type: 'postgres',
      connection_string: `postgresql://archive:right@127.0.0.1:${port}/postgres`,
      security: 'none',
    },
    grouping: 'message',
  };
}

const events = Array.from({length: 12}, (_, index) => ({event: `e${index}`, files: index === 0 ? ['f1'] : []}));
const upload = {file: 'f1', event: 'e0', bytes: Buffer.alloc(3 * 1024 * 1024, 'upload')};
const lines = [
  ...messageLines(...events),
  recordLine('files', fileRow(upload)),
  ...chunkRows(upload).map((row) => recordLine('file_chunks', row)),
  stateLine('messages', {at: 1}, events.length),
];

const first = messageLines({event: 'first'});

/** Of a run whose database has just gone: it waits, and ends at once when it is told to. */
async function expectItEndsWhenTold(run: DestinationProcess): Promise<void> {
  await sleep(2_000);
  expect(run.isRunning).toBe(true);
  const told = Date.now();
  run.kill('SIGTERM');
  expect(await run.ended()).toBe('SIGTERM');
  expect(Date.now() - told).toBeLessThan(5_000);
}

const modes: readonly Cut[] = ['before', 'under way', 'answered'];

test.each([0, 1, 2])('every transaction loses its line once, in any of three ways: turn %i', async (turn) => {
  // The second message is refused: what is set aside goes through the database too.
  const [database, mail] = await startBoth((count) => (count === 2 ? refusal(554, '5.7.1 not wanted') : undefined));
  const line = await openCuttingLine(database.port, {
    atCommit: (commit) => (commit % 2 === 1 ? modes[(turn + (commit - 1) / 2) % 3] : undefined),
  });
  cleanUps.push(() => line.close());
  const path = temporaryFolder();
  // The schema is made before: a run that loses its line there has nothing yet, and begins anew.
  expect((await write({path, config: configOf(mail, database.port)}, first)).exit).toBe(0);
  const {exit, run} = await write({path, config: configOf(mail, line.port)}, lines);
  expect([exit, run.errors, run.told]).toEqual([0, [], ['messages:{"at":1}']]);
  expect(line.cuts()).toBeGreaterThan(5);

  const ids = mail.mails.map(({bytes}) => /^Message-ID:\s*(<[^>]+>)/im.exec(bytes.toString('latin1'))?.[1]);
  expect([ids.length, new Set(ids).size]).toEqual([events.length, events.length]);
  const schema = 'chatgpt_archive';
  const outcomes = database.query(
    `SELECT outcome || ' ' || count(*) FROM ${schema}.records GROUP BY outcome ORDER BY 1`
  );
  expect(outcomes).toEqual(['delivered 12', 'set_aside 1']);
  expect(database.query(`SELECT name FROM ${schema}.kept_files WHERE name LIKE 'outbox/%'`)).toEqual([]);
  const torn = `SELECT k.name FROM ${schema}.kept_files k WHERE k.pieces <>
    (SELECT count(*) FROM ${schema}.kept_pieces p WHERE p.workspace = k.workspace AND p.name = k.name)`;
  expect(database.query(torn)).toEqual([]);
  const stray = `SELECT name FROM ${schema}.kept_pieces p WHERE NOT EXISTS
    (SELECT 1 FROM ${schema}.kept_files k WHERE p.workspace = k.workspace AND p.name = k.name)`;
  expect(database.query(stray)).toEqual([]);
  expect(await verify(path, configOf(mail, database.port))).toBe(0);
});

test('a run that waits for its database ends at once when it is told to, and the next one goes on', async () => {
  const stops: (() => void)[] = [];
  const [database, mail] = await startBoth((count) => {
    if (count === 1) stops.splice(0).forEach((stop) => stop());
    return undefined;
  });
  let stopped = false;
  stops.push(() => {
    database.stop();
    stopped = true;
  });
  const path = temporaryFolder();
  const config = configOf(mail, database.port);
  const run = new DestinationProcess('write', {path, config});
  run.feed(lines);
  run.end();
  while (!stopped) await sleep(20);
  await expectItEndsWhenTold(run);
  database.start();
  expect((await write({path, config}, lines)).exit).toBe(0);
  expect(database.query('SELECT DISTINCT outcome FROM chatgpt_archive.records')).toEqual(['delivered']);
  expect(await verify(path, config)).toBe(0);
});

test('a database that stays away is waited for once, and not for each thing that is left to say', async () => {
  let stop = (): void => undefined;
  const [database, mail] = await startBoth(() => {
    stop();
    return undefined;
  });
  stop = () => {
    stop = () => undefined;
    database.stop();
  };
  const path = temporaryFolder();
  const config = configOf(mail, database.port);
  const run = new DestinationProcess('write', {path, config});
  run.feed(lines);
  run.end();
  const end = await Promise.race([run.ended(), sleep(100_000, 'it lives on')]);
  expect([end, run.errors[0]?.failure_type, run.told]).toEqual([1, 'transient_error', []]);
  database.start();
  expect((await write({path, config}, lines)).exit).toBe(0);
  expect(await verify(path, config)).toBe(0);
}, 150_000);

test('a thread that cannot be loaded ends the run: nobody would wake who waits for it', async () => {
  const [database, mail] = await startBoth();
  const path = temporaryFolder();
  const broken = join(temporaryFolder(), 'broken.cjs');
  const isThread = `!isMainThread && workerData?.flag !== undefined`;
  writeFileSync(
    broken,
    `const {isMainThread, workerData} = require('node:worker_threads'); if (${isThread}) throw new Error('no such file');`
  );
  const environment = {NODE_OPTIONS: `--require ${broken}`};
  const run = new DestinationProcess('write', {path, config: configOf(mail, database.port), environment});
  run.feed(lines);
  run.end();
  const end = await Promise.race([run.ended(), sleep(60_000, 'it lives on')]);
  expect([end, run.errors[0]?.internal_message]).toEqual([1, 'BugError bug']);
  expect(run.errors[0]?.message).toContain('The thread that asks the database of the ledger has ended.');
}, 100_000);

test('a line that is cut at one transaction each time ends the run, and the next one goes on', async () => {
  const [database, mail] = await startBoth();
  const line = await openCuttingLine(database.port, {atCommit: (commit) => (commit > 4 ? 'before' : undefined)});
  cleanUps.push(() => line.close());
  const path = temporaryFolder();
  expect((await write({path, config: configOf(mail, database.port)}, first)).exit).toBe(0);
  const run = new DestinationProcess('write', {path, config: configOf(mail, line.port)});
  run.feed(lines);
  run.end();
  const end = await Promise.race([run.ended(), sleep(45_000, 'it lives on')]);
  expect([end, run.errors[0]?.failure_type, run.told]).toEqual([1, 'transient_error', []]);
  expect((await write({path, config: configOf(mail, database.port)}, lines)).exit).toBe(0);
  expect(await verify(path, configOf(mail, database.port))).toBe(0);
});

test.each([4, 7, 8])(
  'what is committed as its line is cut for the sixth time is done: from commit %i',
  async (from) => {
    const [database, mail] = await startBoth();
    const line = await openCuttingLine(database.port, {
      atCommit: (commit) =>
        commit < from || commit > from + 5 ? undefined : commit < from + 5 ? 'before' : 'under way',
    });
    cleanUps.push(() => line.close());
    const path = temporaryFolder();
    expect((await write({path, config: configOf(mail, database.port)}, first)).exit).toBe(0);
    const {exit, run} = await write({path, config: configOf(mail, line.port)}, lines);
    expect([exit, run.errors, run.told, line.cuts()]).toEqual([0, [], ['messages:{"at":1}'], 6]);
    expect(run.warnings.filter((text) => text.includes('ledger_'))).toEqual([]);
    expect(await verify(path, configOf(mail, database.port))).toBe(0);
  }
);

test.each([false, true])(
  'a pooler that lets clients share a session is refused: two writers would hold one lock (made new each time: %s)',
  async (isMadeNew) => {
    const [database, mail] = await startBoth();
    const pooler = await openSharingPooler(database.connectionString, {isMadeNew});
    cleanUps.push(() => pooler.close());
    const path = temporaryFolder();
    const config = configOf(mail, pooler.port);
    const check = new DestinationProcess('check', {path, config});
    expect(await check.ended()).toBe(0);
    expect(check.status).toMatchObject({
      status: 'FAILED',
      message: expect.stringContaining('a pooler must keep sessions'),
    });
    const {exit, run} = await write({path, config}, lines);
    expect([exit, run.errors[0]?.internal_message]).toEqual([1, 'ConfigError ledger_refused']);
    expect(mail.mails).toEqual([]);
    expect(database.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`)).toEqual([]);
  }
);

test('a temporary folder that runs full is named, and no disk of the database', async () => {
  const [database, mail] = await startBoth();
  const disk = new SmallDisk(500);
  const path = temporaryFolder();
  const {exit, run} = await write(
    {path, config: configOf(mail, database.port), environment: {TMPDIR: disk.path}},
    lines
  );
  expect([exit, run.errors[0]?.internal_message]).toEqual([1, 'TransientError disk_full']);
  expect(run.errors[0]?.message).toContain(`Writing to ${disk.path} failed`);
});

test('a run waits for a database that comes up later, and builds the line anew that is lost while the ledger is being opened', async () => {
  const [database, mail] = await startBoth();
  // Each connection comes further than the one before, from the first greeting to the first entry.
  const line = await openCuttingLine(database.port, {
    requestsOf: (connection) => (connection <= 14 ? connection : undefined),
  });
  cleanUps.push(() => line.close());
  database.stop();
  const path = temporaryFolder();
  const run = new DestinationProcess('write', {path, config: configOf(mail, line.port)});
  run.feed(lines);
  run.end();
  const ended = run.ended();
  await sleep(3_000);
  expect(run.isRunning).toBe(true);
  database.start();
  expect([await ended, run.errors, run.told]).toEqual([0, [], ['messages:{"at":1}']]);
  expect(line.cuts()).toBeGreaterThan(5);
  expect(countMessages(mail)).toEqual(events.map(() => 1));
  expect(database.query('SELECT DISTINCT outcome FROM chatgpt_archive.records')).toEqual(['delivered']);
  expect(await verify(path, configOf(mail, database.port))).toBe(0);
});

test('a run that waits for a database that has fallen silent ends at once when it is told to, and the next one goes on', async () => {
  const [database, mail] = await startBoth();
  let isSilent = false;
  const line = await openCuttingLine(database.port, {
    atCommit: (commit) => (commit === 4 ? ((isSilent = true), 'silent') : undefined),
  });
  cleanUps.push(() => line.close());
  const path = temporaryFolder();
  const run = new DestinationProcess('write', {path, config: configOf(mail, line.port)});
  run.feed(lines);
  run.end();
  while (!isSilent) await sleep(20);
  await expectItEndsWhenTold(run);
  expect((await write({path, config: configOf(mail, database.port)}, lines)).exit).toBe(0);
  expect(countMessages(mail).length).toBe(events.length);
  expect(await verify(path, configOf(mail, database.port))).toBe(0);
});
