// Row "what comes on stdin": lines that are no messages, unknown streams and types, odd states, huge lines, a cut last line.
import {expect, test} from '@jest/globals';
import {canary} from '../support/canary';
import {readArchive, readOriginals} from './archive-reader';
import {messageLines, messageRow, rawRecordLine, recordLine, stateLine} from './contract-rows';
import {DestinationProcess, itemCountOf, temporaryFolder, verify, write} from './destination-process';

const message = messageLines({event: 'e1'});
const state = stateLine('messages', 1, 1);

test.each<[title: string, lines: readonly string[], told: readonly string[]]>([
  ['lines that are not JSON', [canary.text, '{', '"', '\0', '{"type":"RECORD"', `${canary.key}}`], []],
  ['JSON that is no message', ['null', '1', '[]', '"x"', '{}', '{"type":7}', `{"type":"${canary.key}"}`], []],
  [
    'records without what a record needs',
    ['{"type":"RECORD"}', rawRecordLine('a', '[]'), rawRecordLine('a', '"x"')],
    [],
  ],
  [
    'message types that carry no data',
    ['{"type":"LOG","log":{"message":"x"}}', '{"type":"TRACE"}', '{"type":"CONTROL"}'],
    [],
  ],
  ['a message type nobody has seen', ['{"type":"HOLOGRAM","hologram":{"x":1}}'], []],
  ['heartbeats', [rawRecordLine('messages', '{"__faros_heartbeat":1}'), rawRecordLine('__faros_x', '{}')], []],
  ['blank lines and Windows line ends', ['', '  ', '\r', `${stateLine('users', 2)}\r`], ['users:2']],
  ['a state that is null', ['{"type":"STATE","state":null}', '{"type":"STATE"}'], []],
  ['a stream state that is null', [stateLine('users', null)], ['users:null']],
])('%s stop nothing', async (_, lines, told) => {
  const path = temporaryFolder();
  const {exit, run} = await write({path}, [...lines, ...message, ...lines, state]);
  expect(exit).toBe(0);
  expect([...new Set(run.told)].sort()).toEqual(['messages:1', ...told].sort());
  expect(await readOriginals(path)).toEqual([messageRow({event: 'e1'}).event]);
});

test.each([
  ['GLOBAL', {type: 'GLOBAL', global: {shared_state: {a: 1}, stream_states: []}, id: 3}],
  ['LEGACY', {type: 'LEGACY', data: {cursor: 1}, id: 3}],
  ['untyped', {data: {cursor: 1}, id: 3}],
  ['a STREAM state without a stream', {type: 'STREAM', id: 3}],
])('a state that belongs to no one stream is echoed whole, after every record before it: %s', async (_, content) => {
  const path = temporaryFolder();
  const items: number[] = [];
  const run = new DestinationProcess('write', {path}, () => items.push(itemCountOf(path)));
  run.feed([...message, JSON.stringify({type: 'STATE', state: content})]);
  run.end();
  expect(await run.ended()).toBe(0);
  expect(run.states).toEqual([content]);
  expect(items).toEqual([1]);
});

test('a state that promises more than came ends the run and is not told; what came before it is', async () => {
  const path = temporaryFolder();
  const lines = [...message, stateLine('users', 1, 0), stateLine('messages', 1, 2)];
  const {exit, run} = await write({path}, lines);
  expect(exit).toBe(1);
  expect(run.told).not.toContain('messages:1');
  expect(run.errors).toMatchObject([{internal_message: 'IntegrityError records_missing'}]);
  const next = await write({path}, [...messageLines({event: 'e1'}, {event: 'e2'}), stateLine('messages', 1, 2)]);
  expect(next.run.told).toEqual(['messages:1']);
  expect(await readOriginals(path)).toHaveLength(2);
});

test('an unknown stream is archived exactly, with a stream name that tries to be something else', async () => {
  const path = temporaryFolder();
  const names = ['orders', '../../x', 'a\r\nBcc: b@c.test', '<b>', '', 'x'.repeat(500), '__proto__', 'constructor'];
  const data = '{"n":1.10,"n":1e400,"s":"\\ud800"}';
  const lines = names.flatMap((name) => [rawRecordLine(name, data), stateLine(name, 1, 1)]);
  const {exit, run} = await write({path, streams: names}, lines);
  expect(exit).toBe(0);
  expect(run.states).toHaveLength(names.length);
  const items = await readArchive(path);
  expect(items).toHaveLength(names.length);
  for (const {kind, originals} of items) expect([kind, ...originals]).toEqual(['batch', data]);
  expect(await verify(path)).toBe(0);
});

test('a last line without a newline counts', async () => {
  const path = temporaryFolder();
  const run = new DestinationProcess('write', {path});
  await run.feedBytes(Buffer.from([...message, state].join('\n')));
  run.end();
  expect(await run.ended()).toBe(0);
  expect(run.told).toEqual(['messages:1']);
});

test('a last line that was cut is passed over, and its state is not told', async () => {
  const path = temporaryFolder();
  const run = new DestinationProcess('write', {path});
  await run.feedBytes(Buffer.from([...message, state].join('\n').slice(0, -10)));
  run.end();
  expect(await run.ended()).toBe(0);
  expect(run.told).toEqual([]);
  expect(run.logText).toContain('Ignored 1 lines');
});

const megabyte = 1024 * 1024;

// A text of `messages` stands twice in its line: in the event and in the message.
test.each<[title: string, line: (filler: string) => string, fillerMegabytes: number, items: number]>([
  ['64 MB of an unknown stream', (filler) => rawRecordLine('blobs', `{"blob":"${filler}"}`), 64, 1],
  ['64 MB of messages', (filler) => recordLine('messages', messageRow({event: 'e1', text: filler})), 32, 1],
  ['127 MB of messages', (filler) => recordLine('messages', messageRow({event: 'e1', text: filler})), 63.5, 1],
  ['64 MB that is not JSON', (filler) => filler, 64, 0],
])('a line of %s is taken with bounded memory', async (_, line, fillerMegabytes, items) => {
  const path = temporaryFolder();
  const run = new DestinationProcess('write', {path});
  await run.feedBytes(Buffer.from(`${line('x'.repeat(fillerMegabytes * megabyte))}\n${stateLine('users', 1)}\n`));
  await run.until(() => run.states.length === 1);
  const peak = run.peakMemoryBytes;
  run.end();
  expect(await run.ended()).toBe(0);
  expect(peak).toBeLessThan(24 * 64 * megabyte);
  expect(itemCountOf(path)).toBe(items);
  expect(await verify(path)).toBe(items === 0 ? 1 : 0); // where nothing is archived there is nothing to call whole
});

test('a line over the limit stops the run, wherever its blocks end', async () => {
  const path = temporaryFolder();
  const run = new DestinationProcess('write', {path});
  // Its last byte and its newline arrive together: until then it was not too long.
  await run.feedBytes(Buffer.alloc(128 * megabyte, 'x'));
  await run.feedBytes(Buffer.from(`x\n${stateLine('users', 1)}\n`));
  run.end();
  expect(await run.ended()).toBe(1);
  expect(run.told).toEqual([]);
  expect(run.errors).toMatchObject([{failure_type: 'system_error', internal_message: 'IntegrityError line_too_long'}]);
});

test('a line without an end stops the run before it fills the memory', async () => {
  const path = temporaryFolder();
  const run = new DestinationProcess('write', {path});
  run.feed([...message, state]);
  const block = Buffer.alloc(megabyte, 'x');
  for (let fed = 0; fed < 160 && run.isRunning && run.errors.length === 0; fed += 1) await run.feedBytes(block);
  run.end();
  expect(await run.ended()).toBe(1);
  expect(run.errors).toMatchObject([{failure_type: 'system_error', internal_message: 'IntegrityError line_too_long'}]);
});
