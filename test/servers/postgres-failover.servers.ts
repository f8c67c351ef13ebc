// A database of the ledger whose standby takes over without having heard of the last transactions.
import {setTimeout as sleep} from 'node:timers/promises';
import {afterEach, expect, test} from '@jest/globals';
import {type MessageSpec, messageLines, stateLine} from '../end-to-end/contract-rows';
import {DestinationProcess, printed, temporaryFolder, verify, write} from '../end-to-end/destination-process';
import {openObjectStore, type ObjectStore, toBucket} from '../end-to-end/object-store';
import {type PostgresServer, startPostgres} from './postgres-server';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Places {
  readonly database: PostgresServer;
  readonly store: ObjectStore;
  readonly settings: {readonly path: string; readonly config: Readonly<Record<string, unknown>>};
}

/** The archive has one message, and its run has ended. */
async function begin(): Promise<Places> {
  const database = await startPostgres();
  const store = await openObjectStore();
  cleanUps.push(
    () => database.remove(),
    () => store.close()
  );
  const ledger = {type: 'postgres', connection_string: database.connectionString, security: 'none'};
  // Little is held, so that much is archived while the run goes on.
  const config = {ledger, target: toBucket(store), hold_megabytes: 0.02};
  const settings = {path: temporaryFolder(), config};
  const lines = [...messageLines({event: 'first'}), stateLine('messages', {at: 0}, 1)];
  expect((await write(settings, lines)).exit).toBe(0);
  return {database, store, settings};
}

const linesOf = (from: number, to: number): string[] => {
  const events = Array.from({length: to - from}, (_, index): MessageSpec => {
    const number = from + index;
    return {event: `e${number}`, conversation: `c${Math.floor(number / 8)}`, text: 'x'.repeat(1000)};
  });
  return [...messageLines(...events), stateLine('messages', {at: to}, to - from)];
};

const runsBegun = ({database}: Places): number =>
  Number(database.query(`SELECT count(*) FROM chatgpt_archive.entries WHERE kind = 'run_started'`)[0]);

/** A run that has archived and told what its database's standby has not heard of. */
async function startAhead(places: Places): Promise<DestinationProcess> {
  const run = new DestinationProcess('write', places.settings);
  run.feed(messageLines({event: 'e0', conversation: 'c0'}).slice(0, 1));
  while (runsBegun(places) < 2) await sleep(50);
  places.database.copy();
  run.feed([...linesOf(1, 40), ...linesOf(40, 80)]);
  await run.until(() => run.told.length > 0);
  return run;
}

const itemsOf = ({store}: Places): string[] => [...store.objects.keys()].filter((key) => key.endsWith('.eml')).sort();

test('what a standby had not heard of keeps every later run from archiving, and not only the one that met it', async () => {
  const places = await begin();
  const run = await startAhead(places);
  places.database.failOver();
  run.feed(linesOf(80, 120));
  run.end();
  expect([await run.ended(), run.errors]).toMatchObject([1, [{internal_message: 'IntegrityError ledger_damaged'}]]);
  const items = itemsOf(places);

  // As the platform does, again and again; a source that begins anew sends everything.
  for (const lines of [linesOf(120, 130), linesOf(0, 130)]) {
    const next = await write(places.settings, lines);
    expect([next.exit, next.run.told]).toEqual([1, []]);
    expect(next.run.errors).toMatchObject([{internal_message: 'IntegrityError ledger_damaged'}]);
    expect(next.run.errors[0]?.message).toContain('it is older than the archive');
  }
  expect(itemsOf(places)).toEqual(items);
  expect(await verify(places.settings.path, places.settings.config)).toBe(1);

  places.database.query('ALTER SCHEMA chatgpt_archive RENAME TO damaged');
  expect((await printed('rebuild-ledger', places.settings)).exit).toBe(0);
  expect((await write(places.settings, linesOf(0, 130))).exit).toBe(0);
  expect(await verify(places.settings.path, places.settings.config)).toBe(0);
});

test('a run that has given its database up stops the next one where it finds a standby, and not where it finds the same', async () => {
  const places = await begin();
  const run = await startAhead(places);
  places.database.stop();
  run.feed(linesOf(80, 120));
  run.end();
  expect([await run.ended(), run.errors]).toMatchObject([1, [{failure_type: 'transient_error'}]]);

  places.database.failOver();
  const next = await write(places.settings, linesOf(0, 10));
  expect([next.exit, next.run.errors]).toMatchObject([1, [{internal_message: 'IntegrityError ledger_damaged'}]]);
  places.database.failOver();
  expect((await write(places.settings, linesOf(0, 120))).exit).toBe(0);
  expect(await verify(places.settings.path, places.settings.config)).toBe(0);
});

test('a run that begins while its database is a standby still waits for it to take over', async () => {
  const places = await begin();
  places.database.follow();
  const run = new DestinationProcess('write', places.settings);
  run.feed(linesOf(0, 10));
  run.end();
  await sleep(3_000);
  places.database.promote();
  expect([await run.ended(), run.errors]).toEqual([0, []]);
  expect(await verify(places.settings.path, places.settings.config)).toBe(0);
});
