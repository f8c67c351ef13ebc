// A run that loses the lock of its ledger in the database while it delivers, and another that takes it over.
import {setTimeout as sleep} from 'node:timers/promises';
import {afterEach, expect, test} from '@jest/globals';
import {messageLines, stateLine} from '../end-to-end/contract-rows';
import {DestinationProcess, temporaryFolder, verify} from '../end-to-end/destination-process';
import {countMessages, openMailServer, refusal, toJournal} from '../end-to-end/mail-server';
import {type ObjectStore, openObjectStore, toBucket} from '../end-to-end/object-store';
import {type PostgresServer, startPostgres} from './postgres-server';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Places {
  readonly database: PostgresServer;
  readonly store: ObjectStore;
  readonly path: string;
  readonly config: Readonly<Record<string, unknown>>;
}

async function open(): Promise<Places> {
  const database = await startPostgres();
  const store = await openObjectStore();
  cleanUps.push(
    () => database.remove(),
    () => store.close()
  );
  const ledger = {type: 'postgres', connection_string: database.connectionString, security: 'none'};
  return {database, store, path: temporaryFolder(), config: {ledger, target: toBucket(store)}};
}

/** As a platform that has given up on the first attempt and begins another: it sends what came meanwhile too. */
const linesOf = {
  first: [...messageLines({event: 'e0'}), stateLine('messages', {at: 1}, 1)],
  second: [...messageLines({event: 'e0'}, {event: 'e1'}), stateLine('messages', {at: 2}, 2)],
};

function start({path, config}: Pick<Places, 'path' | 'config'>, lines: readonly string[]): DestinationProcess {
  const run = new DestinationProcess('write', {path, config});
  run.feed(lines);
  run.end();
  return run;
}

/** As an administrator does, an idle limit of the server, or a network that was cut for long. */
function endConnectionOfHolder(database: PostgresServer): void {
  database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database IS NOT NULL`
  );
}

/** Keeps the bucket from taking items until it is let. */
function holdUp(store: ObjectStore): {readonly tried: () => boolean; let(): void} {
  let isHeldUp = true;
  let hasTried = false;
  store.trouble = (method, at) => {
    if (method !== 'PUT' || !at.endsWith('.eml') || !isHeldUp) return undefined;
    hasTried = true;
    return {status: 503, code: 'SlowDown'};
  };
  return {tried: () => hasTried, let: () => void (isHeldUp = false)};
}

test('a run that was stopped for long delivers nothing behind the back of the one that took over', async () => {
  const places = await open();
  const {database, store, path, config} = places;
  const bucket = holdUp(store);
  const first = start(places, linesOf.first);
  while (!bucket.tried()) await sleep(20);
  first.kill('SIGSTOP');
  endConnectionOfHolder(database);
  bucket.let();
  expect(await start(places, linesOf.second).ended()).toBe(0);
  first.kill('SIGCONT');
  expect([await first.ended(), first.told]).toEqual([1, []]);
  expect(first.errors).toMatchObject([
    {failure_type: 'transient_error', internal_message: 'TransientError ledger_locked'},
  ]);
  expect([...store.objects.keys()].filter((key) => key.endsWith('.eml'))).toHaveLength(1);
  expect(await verify(path, config)).toBe(0);
}, 120_000);

test('a run whose connection is ended while another waits for the ledger delivers nothing beside it', async () => {
  const places = await open();
  const {database, store, path, config} = places;
  const bucket = holdUp(store);
  const first = start(places, linesOf.first);
  while (!bucket.tried()) await sleep(20);
  const second = start(places, linesOf.second);
  const opened = `SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_try_advisory_lock%' AND state = 'idle'`;
  while (Number(database.query(opened)[0]) < 1) await sleep(50);
  endConnectionOfHolder(database);
  await sleep(700);
  bucket.let();
  const ends = await Promise.all([first.ended(), second.ended()]);
  // Whichever had the lock first; the attempt after that completes what is left.
  expect(ends).toContain(0);
  expect(await start(places, linesOf.second).ended()).toBe(0);
  const outcomes = database.query(`SELECT outcome || ' ' || count(*) FROM chatgpt_archive.records GROUP BY outcome`);
  expect(outcomes).toEqual(['delivered 2']);
  const items = [...store.objects].flatMap(([key, {bytes}]) => (key.endsWith('.eml') ? bytes.toString('latin1') : []));
  expect(items.filter((text) => text.includes('text of e0'))).toHaveLength(1);
  expect(await verify(path, config)).toBe(0);
}, 120_000);

test('a mail that was put off is not sent again by a run that has lost the ledger, whatever other target it has', async () => {
  const places = await open();
  const {database, store, path} = places;
  let isPutOff = true;
  let hasTried = false;
  const mail = await openMailServer(() => {
    hasTried = true;
    return isPutOff ? refusal(451, '4.7.1 later') : undefined;
  });
  cleanUps.push(() => mail.close());
  const config = {
    ledger: places.config['ledger'],
    target: toJournal(mail),
    ca_certificate: mail.certificate,
    additional_targets: [{name: 'bucket', target: toBucket(store)}],
  };
  const first = start({path, config}, linesOf.first);
  while (!hasTried) await sleep(20);
  first.kill('SIGSTOP');
  endConnectionOfHolder(database);
  isPutOff = false;
  expect(await start({path, config}, linesOf.second).ended()).toBe(0);
  const sent = mail.mails.length;
  first.kill('SIGCONT');
  expect([await first.ended(), first.told]).toEqual([1, []]);
  expect(first.errors).toMatchObject([
    {failure_type: 'transient_error', internal_message: 'TransientError ledger_locked'},
  ]);
  expect(mail.mails).toHaveLength(sent);
  expect(countMessages(mail).every((times) => times === 1)).toBe(true);
  expect(await verify(path, config)).toBe(0);
}, 120_000);
