// Every target, killed at the boundaries between steps, and at random in a long run: each event once, and the ledger names each possible double.
// `npm run chaos:targets` takes every boundary, and twenty kills of 20,000 events; the tests take some of both. CHAOS_SEED repeats a run.
import {afterEach, describe, expect, test} from '@jest/globals';
import {sha256Hex} from '../../core/digest';
import {Random} from '../../simulator/random';
import {readArchive} from './archive-reader';
import {chunkRows, fileRow, messageLines, recordLine, stateLine} from './contract-rows';
import {DestinationProcess, type RunSettings, temporaryFolder, verify, write} from './destination-process';
import {killedAt} from './killing-steps';
import {receiptsOf} from './ledger-entries';
import {messageIdOf, openMailServer, toJournal} from './mail-server';
import {openObjectStore, toBucket} from './object-store';

const isLong = process.env['CHAOS_EVENTS'] !== undefined;
const eventCount = Number(process.env['CHAOS_EVENTS'] ?? 600);
const killCount = isLong ? 20 : 3;
const seed = process.env['CHAOS_SEED'] ?? String(Date.now());
/** Of the boundaries of a run; the first of them changes from target to target. */
const boundaries = isLong ? Number.POSITIVE_INFINITY : 8;

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

interface Bench extends RunSettings {
  readonly config: Readonly<Record<string, unknown>>;
  /** Ids of the events of all items, in order; those of a message that came twice are there once, if the ledger says so. */
  readonly events: () => Promise<string[]>;
}

const eventIdsIn = (text: string): string[] => [...text.matchAll(/text of (k\d+) /g)].map(([, id = '']) => id);

/** One event an item: its id stands in what people read. */
function eventOf(bytes: Buffer): string {
  return eventIdsIn(bytes.toString('latin1'))[0] ?? '?';
}

const openers: Record<string, () => Promise<Bench>> = {
  folder: () => {
    const path = temporaryFolder();
    const events = async (): Promise<string[]> => {
      const originals = (await readArchive(path)).flatMap((item) => item.originals);
      return originals.map((text) => (JSON.parse(text) as {event_id: string}).event_id).sort();
    };
    return Promise.resolve({path, config: {grouping: 'message', hold_megabytes: 0.3}, events});
  },
  s3: async () => {
    const store = await openObjectStore();
    cleanUps.push(() => store.close());
    const path = temporaryFolder();
    const config = {target: toBucket(store), ledger: {type: 'sqlite', path}, grouping: 'message', hold_megabytes: 0.3};
    const events = (): Promise<string[]> => {
      const items = [...store.objects].filter(([key]) => key.endsWith('.eml'));
      return Promise.resolve(items.map(([, {bytes}]) => eventOf(bytes)).sort());
    };
    return {path, config, events};
  },
  smtp: async () => {
    const mail = await openMailServer();
    cleanUps.push(() => mail.close());
    const path = temporaryFolder();
    const ledger = {type: 'sqlite', path};
    const config = {
      ...{target: toJournal(mail), ledger, ca_certificate: mail.certificate},
      ...{grouping: 'message', hold_megabytes: 0.3},
    };
    const events = (): Promise<string[]> => {
      const byId = new Map<string, Buffer[]>();
      for (const received of mail.mails) {
        const id = messageIdOf(received);
        byId.set(id, [...(byId.get(id) ?? []), received.bytes]);
      }
      const doubled = [...byId.values()].filter((each) => each.length > 1);
      for (const each of doubled) expect(new Set(each.map(sha256Hex)).size).toBe(1);
      const named = receiptsOf(path).filter((receipt) => receipt.possibly_twice);
      expect(named.length).toBeGreaterThanOrEqual(doubled.length);
      return Promise.resolve([...byId.values()].map(([bytes = Buffer.alloc(0)]) => eventOf(bytes)).sort());
    };
    return {path, config, events};
  },
};

const upload = {file: 'f1', event: 'k1', bytes: Buffer.from('the bytes of an upload')};
const few = [
  ...messageLines({event: 'k1', files: ['f1']}, {event: 'k2'}),
  recordLine('files', fileRow(upload)),
  ...chunkRows(upload).map((row) => recordLine('file_chunks', row)),
  stateLine('messages', {at: 1}, 2),
];

const names = Array.from({length: eventCount}, (_, index) => `k${index}`);
const many = [...messageLines(...names.map((event) => ({event}))), stateLine('messages', {at: 1}, names.length)];

describe.each(Object.keys(openers).map((name, index) => [name, index] as const))('%s', (target, index) => {
  const open = (): Promise<Bench> => openers[target]?.() ?? Promise.reject(new Error('There is no such target.'));

  async function runKilledAt(bench: Bench, step: number, lines: readonly string[]): Promise<DestinationProcess> {
    const run = new DestinationProcess('write', {...bench, environment: killedAt(step).environment});
    run.feed(lines);
    run.end();
    await run.ended();
    return run;
  }

  async function isFinished(bench: Bench, lines: readonly string[], expected: readonly string[]): Promise<void> {
    const {exit, run} = await write(bench, lines);
    expect([exit, run.errors, run.told]).toEqual([0, [], ['messages:{"at":1}']]);
    expect(await bench.events()).toEqual(expected);
    expect(await verify(bench.path, bench.config)).toBe(0);
  }

  test(
    'killed between any two steps, the next run completes what was begun',
    async () => {
      const whole = await open();
      const counted = killedAt(0);
      expect((await write({...whole, environment: counted.environment}, few)).exit).toBe(0);
      const steps = counted.count();
      expect(steps).toBeGreaterThan(20);
      const stride = Math.max(1, Math.ceil(steps / boundaries));
      for (let step = 1 + (index % stride); step <= steps; step += stride) {
        const bench = await open();
        const killed = await runKilledAt(bench, step, few);
        // A state that was told before the end covers only what is there.
        if (killed.told.length > 0) expect({step, events: await bench.events()}).toEqual({step, events: ['k1', 'k2']});
        await isFinished(bench, few, ['k1', 'k2']);
      }
    },
    isLong ? 3_600_000 : 300_000
  );

  test(
    `${eventCount} events, killed ${killCount} times at random, seed ${seed}`,
    async () => {
      const whole = await open();
      const counted = killedAt(0);
      const sample = Math.min(eventCount, 200);
      const part = [...messageLines(...names.slice(0, sample).map((event) => ({event})))];
      expect((await write({...whole, environment: counted.environment}, part)).exit).toBe(0);
      const steps = (counted.count() / sample) * eventCount;
      const random = new Random(`${seed}/${target}`);
      const bench = await open();
      for (let kill = 1; kill <= killCount; kill += 1) {
        const step = Math.ceil(1 + (random.next() * 2 * steps) / (killCount + 1));
        await runKilledAt(bench, step, many);
      }
      await isFinished(bench, many, names.toSorted());
    },
    isLong ? 3_600_000 : 300_000
  );
});
