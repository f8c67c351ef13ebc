// Row "times with an offset, to the second, of a leap second, or none": their order, their day, and the policy follow the instant.
import {expect, test} from '@jest/globals';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {itemPaths, readArchive, readReports} from './archive-reader';
import {messageLines, stateLine, type MessageSpec} from './contract-rows';
import {temporaryFolder, write, type RunSettings} from './destination-process';

async function archive(messages: readonly MessageSpec[], config: RunSettings['config'] = {}): Promise<string> {
  const path = temporaryFolder();
  const lines = [...messages.flatMap((message) => messageLines(message)), stateLine('messages', 1)];
  const {exit, run} = await write({path, config}, lines);
  expect([exit, run.told]).toEqual([0, ['messages:1']]);
  return path;
}

function datesIn(path: string): string[] {
  const heads = itemPaths(path).map((item) => readFileSync(join(path, item), 'latin1'));
  return heads.map((head) => /^Date: (.*)\r$/m.exec(head)?.[1] ?? '').sort();
}

test('messages whose times have offsets stand in the order of time, and the first of them is of the owner', async () => {
  const path = await archive([
    {event: 'e2', user: 'user-bob', at: '2026-11-02T00:30:00.000000Z'},
    {event: 'e1', user: 'user-ada', at: '2026-11-02T02:00:00.000000+02:00'},
    {event: 'e3', user: 'user-eve', at: '2026-11-01T23:30:00.000000-02:00'},
  ]);
  const [item, ...others] = await readArchive(path);
  expect(others).toEqual([]); // one day of UTC
  expect(item!.originals.map((line) => /e\d/.exec(line)?.[0])).toEqual(['e1', 'e2', 'e3']);
  expect(item!.from).toContain('user-ada@corp.test');
  expect(datesIn(path)).toEqual(['Mon, 02 Nov 2026 01:30:00 +0000']);
  expect(Object.keys(readReports(path).at(-1)!.days)).toEqual(['2026-11-02']);
});

test('a time without a fraction is the beginning of its second', async () => {
  const path = await archive([
    {event: 'e2', user: 'user-bob', at: '2026-11-02T10:00:00.500000Z'},
    {event: 'e1', user: 'user-ada', at: '2026-11-02T10:00:00Z'},
  ]);
  const [item] = await readArchive(path);
  expect(item!.originals.map((line) => /e\d/.exec(line)?.[0])).toEqual(['e1', 'e2']);
  expect(item!.from).toContain('user-ada@corp.test');
});

test.each(['UTC', 'Europe/London'])('a leap second is of the day that it ends, in %s', async (time_zone) => {
  const leap = {event: 'e2', at: '2026-12-31T23:59:60.500000Z'};
  const path = await archive([{event: 'e1', at: '2026-12-31T23:59:59.900000Z'}, leap], {time_zone});
  expect(datesIn(path)).toEqual(['Thu, 31 Dec 2026 23:59:59 +0000']);
});

test('a message whose time is none does not take the date of the others from their item', async () => {
  const path = await archive([
    {event: 'e1', at: '2026-11-02T10:00:00.000000Z'},
    {event: 'e2', at: '2026-11-02T99:00:00.000000Z'},
  ]);
  expect(datesIn(path)).toContain('Mon, 02 Nov 2026 10:00:00 +0000');
});

test.each([
  ['until_date', '2026-11-02', '2026-11-01T23:30:00.000000-02:00', 1],
  ['until_date', '2026-11-02', '2026-11-02T01:30:00.000000+02:00', 0],
  ['until_date', '2026-11-02T01:00:00Z', '2026-11-01T23:30:00.000000-02:00', 1],
  ['from_date', '2026-11-02', '2026-11-01T23:30:00.000000-02:00', 0],
  ['from_date', '2026-11-02', '2026-11-02T01:30:00.000000+02:00', 1],
  ['from_date', '2026-11-02T10:00:00Z', '2026-11-02T10:00:00Z', 0],
  ['until_date', '2026-11-02T10:00:00Z', '2026-11-02T10:00:00Z', 1],
  ['until_date', '2026-11-03', 'a moment ago', 1],
  ['from_date', '2026-11-03', 'a moment ago', 1],
])('a rule with %s %s and a message of %s: %d items', async (field, date, at, items) => {
  const rules = [{name: 'period', [field]: date, disposition: 'exclude'}];
  expect(itemPaths(await archive([{event: 'e1', at}], {rules}))).toHaveLength(items);
});

test('times that no calendar program reads at once date their item and keep their order all the same', async () => {
  const path = await archive([
    {event: 'e2', user: 'user-bob', at: '2026-11-02T10:00:00,500Z'},
    {event: 'e1', user: 'user-ada', at: '2026-11-02T09:00Z'},
  ]);
  const [item, ...others] = await readArchive(path);
  expect(others).toEqual([]);
  expect(item!.originals.map((line) => /e\d/.exec(line)?.[0])).toEqual(['e1', 'e2']);
  expect(datesIn(path)).toEqual(['Mon, 02 Nov 2026 10:00:00 +0000']);
  expect(Object.keys(readReports(path).at(-1)!.days)).toEqual(['2026-11-02']);
});

test('a time that its offset leads out of the years of four digits is before no other', async () => {
  const forEver = {event: 'e1', at: '9999-12-31T23:30:00-02:00'};
  const rules = [{name: 'old', until_date: '2026-11-02', disposition: 'exclude'}];
  const [item] = await readArchive(await archive([forEver], {rules}));
  expect(item!.originals).toHaveLength(1);
});
