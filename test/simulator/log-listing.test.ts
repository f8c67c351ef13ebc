// The listing of log files: its rules, its paging, and the hazards a client must know.
import {afterAll, beforeAll, describe, expect, it} from '@jest/globals';
import {sha256Hex} from '../../core/digest';
import {startSimulator, type Simulator} from '../../simulator/server';
import {anyTime, download, get, listAll, nowMs, type LogPage} from './client';

const type = 'event_type=CONVERSATION_MESSAGE';
let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({
    nowMs,
    events: 300,
    files: 10,
    faults: {ties: 2, unreadableLines: 3},
  });
});
afterAll(() => simulator.close());

describe('a listing request', () => {
  it.each([
    ['is accepted', `?${type}&${anyTime}`, 200],
    ['may name several types, separated by commas', `?event_type=AUDIT_LOG,AUTH_LOG&${anyTime}`, 200],
    ['may repeat event_type', `?${type}&event_type=AUTH_LOG&${anyTime}`, 200],
    ['takes an encoded offset', `?${type}&after=2026-09-01T00%3A00%3A00%2B00%3A00`, 200],
    ['is refused with a bare plus, which means a space', `?${type}&after=2026-09-01T00:00:00+00:00`, 422],
    ['is refused without after', `?${type}`, 422],
    ['is refused without event_type', `?${anyTime}`, 422],
    ['is refused with a time without zone', `?${type}&after=2026-09-01T00:00:00`, 422],
    ['is refused with limit 0', `?${type}&${anyTime}&limit=0`, 422],
    ['is refused with limit 101', `?${type}&${anyTime}&limit=101`, 422],
    ['is refused for a type of organizations', `?event_type=COSTS&${anyTime}`, 400],
  ])('%s', async (_, query, status) => {
    expect((await get(simulator, `/logs${query}`)).status).toBe(status);
  });

  it('without after names the missing field', async () => {
    const body: unknown = await (await get(simulator, `/logs?${type}`)).json();
    expect(body).toEqual({detail: [{type: 'missing', loc: ['query', 'after'], msg: 'Field required'}]});
  });
});

describe('the pages', () => {
  it('ascend by end_time, and an empty one has no last_end_time', async () => {
    const times = (await listAll(simulator)).map((file) => file.end_time);
    expect(times).toEqual([...times].sort());
    const empty = await (await get(simulator, `/logs?${type}&after=2027-01-01T00:00:00Z`)).json();
    expect(empty).toEqual({data: [], has_more: false, last_end_time: null});
  });

  it('compare microseconds exactly and strictly', async () => {
    const [first] = await listAll(simulator);
    const earlier = first!.end_time.replace(/\d{6}Z$/, (digits) => `${String(parseInt(digits) - 1).padStart(6, '0')}Z`);
    const ids = async (after: string): Promise<string[]> =>
      ((await (await get(simulator, `/logs?${type}&after=${after}`)).json()) as LogPage).data.map(({id}) => id);
    expect(await ids(earlier)).toContain(first!.id);
    expect(await ids(first!.end_time)).not.toContain(first!.id);
  });

  it('lose the second file of a tie when a page ends between the two', async () => {
    const whole = await listAll(simulator, 100);
    const single = await listAll(simulator, 1);
    const ties = whole.filter((file, index) => file.end_time === whole[index - 1]?.end_time);
    expect(ties).toHaveLength(2);
    expect(single).toHaveLength(whole.length - 2);
  });
});

it('log files hold exactly the true events', async () => {
  const lines: string[] = [];
  for (const file of await listAll(simulator)) {
    const bytes = await download(simulator, `/logs/${file.id}`);
    expect([bytes.length, sha256Hex(bytes)]).toEqual([file.file_size, file.file_sha256]);
    let start = 0;
    for (let end = bytes.indexOf(10); start < bytes.length; end = bytes.indexOf(10, start)) {
      const stop = end === -1 ? bytes.length : end;
      lines.push(sha256Hex(bytes.subarray(start, stop)));
      start = stop + 1;
    }
  }
  const {events, unreadableLines} = simulator.truth();
  const messages = events.filter(({eventType}) => eventType === 'CONVERSATION_MESSAGE');
  expect(messages.length).toBeGreaterThan(280);
  expect(unreadableLines).toHaveLength(3);
  const expected = [
    ...messages.flatMap((event) => Array<string>(event.lines).fill(event.sha256)),
    ...unreadableLines.map(({sha256}) => sha256),
  ];
  expect(lines.sort()).toEqual(expected.sort());
});

it('a late file appears with its older end_time beside a newly produced one', async () => {
  const other = await startSimulator({nowMs, events: 200, files: 0, faults: {lateFiles: 1}});
  const before = await listAll(other);
  const produced = other.produce(5);
  const after = await listAll(other);
  await other.close();
  const added = after.filter(({id}) => !before.some((file) => file.id === id));
  expect(added).toHaveLength(2);
  expect(added[1]!.id).toBe(produced);
  expect(added[0]!.end_time < before.at(-1)!.end_time).toBe(true);
});

it('log files for measuring are as many as their bytes ask for, of the size that their messages make', async () => {
  const workspace = {nowMs, events: 0, bulkLogMessages: 20};
  const one = await startSimulator({...workspace, bulkLogBytes: 1});
  const [size] = [...one.logFileSizes().values()];
  await one.close();
  const several = await startSimulator({...workspace, bulkLogBytes: 3 * size!});
  const listed = await listAll(several);
  const bodies = await Promise.all(listed.map(({id}) => download(several, `/logs/${id}`)));
  const sizes = several.logFileSizes();
  await several.close();
  expect(listed.map(({file_size}) => file_size)).toEqual([size, size, size]);
  expect(listed.map(({id}) => sizes.get(id))).toEqual([size, size, size]);
  expect(bodies.map(({length}) => length)).toEqual([size, size, size]);
  expect(new Set(bodies.map(sha256Hex)).size).toBe(3);
  const messages = bodies[0]!.toString('utf8').trimEnd().split('\n');
  expect(messages.length).toBeGreaterThanOrEqual(20);
});
