// Storms of an S3-compatible store: refusals, resets and lost answers at random, for as long as a run takes, and an outage.
import {afterEach, expect, test} from '@jest/globals';
import {messageLines, stateLine} from './contract-rows';
import {DestinationProcess, temporaryFolder, verify, write} from './destination-process';
import {type ObjectStore, openObjectStore, toBucket, type Trouble} from './object-store';

const open: ObjectStore[] = [];
afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
});

async function serve(): Promise<ObjectStore> {
  const store = await openObjectStore();
  open.push(store);
  return store;
}

function configOf(store: ObjectStore, path: string): Record<string, unknown> {
  return {target: toBucket(store), ledger: {type: 'sqlite', path}, grouping: 'message'};
}

/** Event ids of all items, in order, with repeats. */
function eventsOf({objects}: ObjectStore): string[] {
  const texts = [...objects].filter(([key]) => key.endsWith('.eml')).map(([, {bytes}]) => bytes.toString('latin1'));
  return texts.map((text) => /text of (\w+)/.exec(text)?.[1] ?? '?').sort();
}

const troubles: readonly ReturnType<Trouble>[] = [
  {status: 503, code: 'SlowDown'},
  {status: 503, code: 'ServiceUnavailable'},
  {status: 500, code: 'InternalError'},
  'hang up',
  'lose the answer',
];

/** What conditional writes are answered that meet one another. */
const conflict = {status: 409, code: 'ConditionalRequestConflict'};

/** Two of three requests meet trouble of some kind. */
function storm(seed: number): Trouble {
  let state = seed;
  const draw = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return (method) => {
    if (draw(3) === 0) return undefined;
    return method === 'PUT' && draw(6) === 0 ? conflict : troubles[draw(troubles.length)];
  };
}

const names = Array.from({length: 60}, (_, index) => `k${index + 100}`);
/** A state behind every twenty. */
const lines = [0, 20, 40].flatMap((from) => [
  ...messageLines(...names.slice(from, from + 20).map((event) => ({event}))),
  stateLine('messages', {at: from + 20}, 20),
]);

test.each([1, 2])(
  'a run in which two of three requests are refused or lost ends well: storm %i',
  async (seed) => {
    const store = await serve();
    store.trouble = storm(seed);
    const path = temporaryFolder();
    const {exit, run} = await write({path, config: configOf(store, path)}, lines);
    expect([exit, run.errors, run.told.at(-1)]).toEqual([0, [], 'messages:{"at":60}']);
    expect(store.requests.length).toBeGreaterThan(3 * names.length);
    expect(eventsOf(store)).toEqual(names);
    store.trouble = () => undefined;
    expect(await verify(path, configOf(store, path))).toBe(0);
  },
  300_000
);

test('a store that is gone for good in a storm ends the run; no state is told of what is not there, and the next run completes it', async () => {
  const store = await serve();
  const blows = storm(3);
  const isDown = (): boolean => eventsOf(store).length > 30;
  store.trouble = (...request) => (isDown() ? {status: 500, code: 'InternalError'} : blows(...request));
  const path = temporaryFolder();
  const config = {...configOf(store, path), hold_megabytes: 0.15}; // so that states are told before the end
  const first = await write({path, config}, lines);
  expect([first.exit, first.run.errors[0]?.failure_type]).toEqual([1, 'transient_error']);
  const there = new Set(eventsOf(store));
  const covered = 20 * first.run.told.length;
  expect(names.slice(0, covered).filter((name) => !there.has(name))).toEqual([]);
  expect(there.size).toBeLessThan(names.length);
  store.trouble = storm(4);
  const second = await write({path, config}, lines);
  expect([second.exit, second.run.told.at(-1), eventsOf(store)]).toEqual([0, 'messages:{"at":60}', names]);
  store.trouble = () => undefined;
  expect(await verify(path, config)).toBe(0);
}, 1_200_000);

test('what is there is told of behind the end of the input too, while the store holds up the rest', async () => {
  const store = await serve();
  store.trouble = (method) =>
    method === 'PUT' && store.objects.size >= 300 ? {status: 503, code: 'SlowDown'} : undefined;
  const path = temporaryFolder();
  const events = Array.from({length: 600}, (_, index) => `k${index + 100}`);
  const run = new DestinationProcess('write', {path, config: configOf(store, path)});
  for (let from = 0; from < events.length; from += 50) {
    run.feed(messageLines(...events.slice(from, from + 50).map((event) => ({event, text: `text of ${event}`}))));
    run.feed([stateLine('messages', from + 50, 50)]);
  }
  run.end();
  await run.until(() => run.told.length >= 5);
  expect([run.isRunning, store.objects.size < 600]).toEqual([true, true]);
  const told = run.told.map((each) => Number(each.replace('messages:', '')));
  expect(Math.max(...told)).toBeLessThanOrEqual(eventsOf(store).length);
  store.trouble = () => undefined;
  expect(await run.ended()).toBe(0);
  expect(run.told).toHaveLength(12);
  expect(eventsOf(store)).toEqual(events);
});
