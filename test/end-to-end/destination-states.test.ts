// States through the whole destination: told only when their records are on disk, in order, and never beyond what came.
import {expect, test} from '@jest/globals';
import {itemPaths, readArchive, readOriginals} from './archive-reader';
import {messageLines, messageRow, rawRecordLine, recordLine, stateLine} from './contract-rows';
import {DestinationProcess, temporaryFolder, verify, write} from './destination-process';

test('a state that promises more records than came is not told', async () => {
  const path = temporaryFolder();
  const {exit, run} = await write({path}, [...messageLines({event: 'e1'}), stateLine('messages', 1, 2)]);
  expect(exit).toBe(1);
  expect(run.told).toEqual([]);
  expect(run.errors).toMatchObject([
    {failure_type: 'system_error', internal_message: 'IntegrityError records_missing'},
  ]);
});

test('rows of a replayed cache are not held to the promise', async () => {
  const path = temporaryFolder();
  const row = {...messageRow({event: 'e1'}), _airbyte_raw_id: 'r1'};
  const {exit, run} = await write({path}, [recordLine('messages', row), stateLine('messages', 1, 2)]);
  expect(exit).toBe(0);
  expect(run.told).toEqual(['messages:1']);
});

test('more records than promised are no harm', async () => {
  const path = temporaryFolder();
  const lines = messageLines({event: 'e1'}, {event: 'e2'});
  const {exit, run} = await write({path}, [...lines, stateLine('messages', 1, 1)]);
  expect(exit).toBe(0);
  expect(run.told).toEqual(['messages:1']);
});

test('an end at once is a good end', async () => {
  const path = temporaryFolder();
  const {exit, run} = await write({path}, []);
  expect(exit).toBe(0);
  expect(run.told).toEqual([]);
  expect(itemPaths(path)).toEqual([]);
});

test('states without records are told, for streams and for all', async () => {
  const path = temporaryFolder();
  const global = JSON.stringify({type: 'STATE', state: {type: 'GLOBAL', global: {shared_state: 1}}});
  const {exit, run} = await write({path}, [stateLine('messages', 1, 0), stateLine('users', 2), global]);
  expect(exit).toBe(0);
  expect(run.states.map(({type}) => type)).toEqual(['STREAM', 'STREAM', 'GLOBAL']);
});

test('a reset is echoed and deletes nothing', async () => {
  const path = temporaryFolder();
  await write({path}, messageLines({event: 'e1'}));
  const before = itemPaths(path);
  const {exit, run} = await write({path}, [stateLine('messages', null), stateLine('files', null)]);
  expect(exit).toBe(0);
  expect(run.told.sort()).toEqual(['files:null', 'messages:null']);
  expect(itemPaths(path)).toEqual(before);
});

test('with little memory states flow before the end, in order, each after its records are on disk', async () => {
  const path = temporaryFolder();
  const events = Array.from({length: 30}, (_, index) => `e${String(index).padStart(2, '0')}`);
  const there: number[] = [];
  const run = new DestinationProcess('write', {path, config: {hold_megabytes: 0.01}}, ({stream}) => {
    if (stream.stream_descriptor.name === 'messages') there.push(itemPaths(path).length);
  });
  run.feed(
    events.flatMap((event, index) => [
      ...messageLines({event, conversation: `conv-${event}`, text: 'y'.repeat(3_000)}),
      stateLine('messages', index, 1),
    ])
  );
  await run.until(() => run.states.length >= 10); // stdin is still open
  run.feed([stateLine('users', 'u')]);
  run.end();
  expect(await run.ended()).toBe(0);
  const told = run.told.filter((each) => each.startsWith('messages:'));
  expect(told).toEqual(events.map((_, index) => `messages:${index}`));
  for (const [index, items] of there.entries()) expect(items).toBeGreaterThan(index);
  expect(itemPaths(path)).toHaveLength(30);
});

test('a state behind an excluded record is told while what was not excluded is still being archived', async () => {
  const path = temporaryFolder();
  const events = Array.from({length: 1500}, (_, index) => `e${index}`);
  const config = {
    hold_megabytes: 0.1,
    rules: [{name: 'no-lunch', keyword_lists: ['lunch'], disposition: 'exclude'}],
    keyword_lists: [{name: 'lunch', keywords: ['sandwich']}],
  };
  let there: number | undefined;
  const run = new DestinationProcess('write', {path, config}, () => (there ??= itemPaths(path).length));
  run.feed(
    events.flatMap((event, index) => [
      ...messageLines({event, conversation: `conv-${event}`, text: index === 0 ? 'A sandwich?' : 'y'.repeat(1_000)}),
      stateLine('messages', index, 1),
    ])
  );
  run.end();
  expect(await run.ended()).toBe(0);
  expect(run.states).toHaveLength(events.length);
  expect(there).toBeLessThan(events.length / 3);
});

test('a conversation larger than the memory for it becomes several items of one thread', async () => {
  const path = temporaryFolder();
  const specs = Array.from({length: 20}, (_, index) => ({event: `e${index}`, text: 'z'.repeat(3_000)}));
  await write({path, config: {hold_megabytes: 0.01}}, messageLines(...specs));
  const items = await readArchive(path);
  expect(items.length).toBeGreaterThan(1);
  expect(new Set(items.map(({references}) => references)).size).toBe(1);
  expect(await readOriginals(path)).toEqual(specs.map((spec) => messageRow(spec).event).sort());
});

const unknown = [
  '{"id":12345678901234567890,"price":1.10,"huge":1e400}',
  '{"id":12345678901234567891,"price":1.10,"huge":1e400}',
  '{"twice":1,"twice":2, "spaced" : "\\u00e9\\ud800"}',
];

test('an unknown stream is archived without loss, once', async () => {
  const path = temporaryFolder();
  const lines = [...unknown.map((data) => rawRecordLine('invoices', data)), stateLine('invoices', 1, 3)];
  for (let time = 0; time < 2; time += 1) {
    const {exit, run} = await write({path, streams: ['invoices']}, lines);
    expect(exit).toBe(0);
    expect(run.told).toEqual(['invoices:1']);
  }
  expect(await readArchive(path)).toMatchObject([{kind: 'batch', originals: unknown}]);
  expect(itemPaths(path)).toEqual([expect.stringMatching(/^default\//)]);
  expect(await verify(path)).toBe(0);
});

test.each(['users', 'conversations', 'profiles', 'capture_runs'])(
  "another source's stream named %s is archived, not taken for ours",
  async (stream) => {
    const path = temporaryFolder();
    const data = '{"id":"42","run_id":"7","updated_at":"2026-01-15T00:00:00Z"}';
    const {exit} = await write({path, streams: [stream]}, [rawRecordLine(stream, data), stateLine(stream, 1, 1)]);
    expect(exit).toBe(0);
    expect(await readArchive(path)).toMatchObject([{kind: 'batch', originals: [data]}]);
  }
);

test('lines that are no messages are passed over and counted', async () => {
  const path = temporaryFolder();
  const {exit, run} = await write({path}, ['not JSON', '[]', '{"type":"LOG"}', '', ...messageLines({event: 'e1'})]);
  expect(exit).toBe(0);
  expect(run.logText).toContain('Ignored 2 lines');
  expect(itemPaths(path)).toHaveLength(1);
});
