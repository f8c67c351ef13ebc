// A week of 20,000 uploads a day at 50 requests a minute, read every hour, in virtual time.
import {expect, test} from '@jest/globals';
import {RateLimit} from '../../core/rate-limit';
import {syncRetryPolicy} from '../../core/retry';
import {ComplianceClient} from '../../source-chatgpt-enterprise/api/client';
import {RateLimitNotices} from '../../source-chatgpt-enterprise/api/rate-limit-notices';
import {SourceEvents} from '../../source-chatgpt-enterprise/events';
import {readSelected} from '../../source-chatgpt-enterprise/streams';
import {RetentionGaps} from '../../source-chatgpt-enterprise/streams/retention-gaps';
import {RunTally} from '../../source-chatgpt-enterprise/streams/run-tally';
import {busiestMinute, BusyWorkspace} from './busy-workspace';
import {sourceContext} from './read-source';
import {VirtualClock} from '../../scripts/chaos/virtual-clock';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const startMs = Date.parse('2026-10-05T00:00:00Z');
const filesRoute = 'users/{id}/files/{id}';

interface Captured {
  readonly outcomes: Map<string, string>;
  atRisk: number;
  waiting: number;
}

/** One read of `files`; returns its last state. */
async function read(
  clock: VirtualClock,
  workspace: BusyWorkspace,
  state: unknown,
  captured: Captured,
  requestsPerMinute: number
): Promise<unknown> {
  const tally = new RunTally();
  const notices = new RateLimitNotices();
  const client = new ComplianceClient({
    apiKey: 'sk-test',
    baseUrl: 'https://api.test/v1',
    workspaceId: 'ws-1',
    clock,
    onRateLimit: (untilMs) => notices.announce(untilMs),
    random: () => 0.5,
    rateLimit: new RateLimit(requestsPerMinute, clock),
    retryPolicy: syncRetryPolicy,
    signal: new AbortController().signal,
    transport: workspace.transport,
  });
  let ids = 0;
  const scope = {
    client,
    clock,
    events: new SourceEvents(sourceContext().log),
    listStart: new Date(startMs - 1).toISOString(),
    extraLogStreams: [],
    maxFileBytes: 512 * 1024 * 1024,
    newId: () => `id-${++ids}`,
    notices,
    refreshHours: 24,
    gaps: new RetentionGaps(new Map(), 'read-1', false),
    requestsPerMinute,
    runId: 'read-1',
    startDate: new Date(startMs - 1).toISOString(),
    tally,
    workspaceId: 'ws-1',
  };
  let last = state;
  for await (const output of readSelected(scope, new Map([['files', state]]))) {
    if (output.kind === 'state') last = JSON.parse(JSON.stringify(output.state));
    if (output.kind === 'failed') throw output.error;
    if (output.kind !== 'record') continue;
    const row = output.data as {file_id: string; outcome: string};
    // A file that was captured is so, though it may be asked for again when an overload leaves more than it can note.
    if (captured.outcomes.get(row.file_id) !== 'captured') captured.outcomes.set(row.file_id, row.outcome);
  }
  expect(JSON.stringify(last).length).toBeLessThan(65_536);
  captured.atRisk = tally.filesAtRisk;
  captured.waiting = tally.filesWaiting;
  return last;
}

/** Most uploads come in the working day: more than an hour's pace allows, less than a day's. */
function officeHours(endMs: number): number {
  const hour = new Date(endMs - 1).getUTCHours();
  return hour >= 8 && hour < 18 ? 280 : 38;
}

interface Hourly {
  readonly captured: Captured;
  readonly workspace: BusyWorkspace;
  /** After each read. */
  readonly atRisk: number[];
  readonly waiting: number[];
  /** How many references each read settled. */
  readonly settled: number[];
  readonly endMs: number;
}

/** @param untilHour when the uploads end; with the last read unless told otherwise */
async function readHourly(
  hours: readonly number[],
  {perMinute = 50, untilHour = hours.at(-1)!, uploadsAt = officeHours} = {}
): Promise<Hourly> {
  const clock = new VirtualClock(startMs);
  const workspace = new BusyWorkspace(clock, startMs, startMs + untilHour * hourMs, uploadsAt);
  const captured: Captured = {outcomes: new Map(), atRisk: 0, waiting: 0};
  const [atRisk, waiting, settled]: [number[], number[], number[]] = [[], [], []];
  let state: unknown;
  for (const hour of hours) {
    const waitMs = startMs + hour * hourMs - clock.nowMs();
    if (waitMs > 0) await clock.sleep(waitMs);
    const before = captured.outcomes.size;
    state = await read(clock, workspace, state, captured, perMinute);
    atRisk.push(captured.atRisk);
    waiting.push(captured.waiting);
    settled.push(captured.outcomes.size - before);
  }
  return {captured, workspace, atRisk, waiting, settled, endMs: clock.nowMs()};
}

test('no upload of the week is lost, the pace holds, and nothing is ever at risk', async () => {
  const hours = Array.from({length: 7 * 24 + 12}, (_, index) => index + 1);
  const {atRisk, captured, endMs, workspace} = await readHourly(hours);
  const due = workspace.uploads.filter(({atMs}) => atMs < endMs - 12 * hourMs);
  expect(due.length).toBeGreaterThan(7 * 19_000);
  expect(due.filter(({id}) => captured.outcomes.get(id) !== 'captured')).toEqual([]);
  expect(Math.max(...atRisk)).toBe(0);
  expect(busiestMinute(workspace.starts, filesRoute)).toBeLessThanOrEqual(50);
  expect(busiestMinute(workspace.starts, 'logs/{id}')).toBeLessThanOrEqual(50);
  // One link a file: nothing is asked for twice.
  const links = workspace.starts.filter(({route}) => route === filesRoute).length;
  expect(links).toBe(captured.outcomes.size);
}, 1_200_000);

test('after sixty hours without a read only what was gone is lost, at 95% of the pace or more', async () => {
  const hours = [1, ...Array.from({length: 40}, (_, index) => 61 + index)];
  const {captured, workspace} = await readHourly(hours);
  const resumedMs = startMs + 61 * hourMs;
  const obtainable = workspace.uploads.filter(
    ({atMs}) => atMs > resumedMs - 47 * hourMs && atMs < resumedMs + dayMs / 2
  );
  const lost = obtainable.filter(({id}) => captured.outcomes.get(id) !== 'captured');
  expect(lost).toEqual([]);
  const links = workspace.starts.filter(({route}) => route === filesRoute).map(({atMs}) => atMs);
  for (const hour of [61, 62, 63]) {
    const fromMs = startMs + hour * hourMs;
    const used = links.filter((atMs) => atMs >= fromMs && atMs < fromMs + 45 * 60_000).length;
    expect(used).toBeGreaterThanOrEqual(0.95 * 50 * 45);
    expect(used).toBeLessThanOrEqual(50 * 45);
  }
}, 1_200_000);

test('a queue that cannot drain in time is told before it is lost: how many wait, and how many of them are at risk', async () => {
  // 47 hours of 360 uploads each, then none; 45 minutes of an hour for files, at 5 requests a minute: 225 an hour.
  const hours = Array.from({length: 120}, (_, index) => 47 + index);
  const overload = {perMinute: 5, untilHour: 47, uploadsAt: () => 60};
  const {atRisk, captured, settled, waiting, workspace} = await readHourly(hours, overload);
  expect(captured.outcomes.size).toBe(workspace.uploads.length);
  const listed = workspace.uploads.length - 2 * 60; // those of the last twenty minutes come later
  expect(waiting[0]! / (listed - settled[0]!)).toBeCloseTo(1, 1);
  const lost = [...captured.outcomes.values()].filter((outcome) => outcome === 'expired').length;
  expect(lost).toBeGreaterThan(5_000);
  expect(atRisk[0]! / lost).toBeGreaterThan(0.9);
  expect(atRisk[0]! / lost).toBeLessThan(1.1);
  expect([waiting.at(-1), atRisk.at(-1)]).toEqual([0, 0]);
}, 1_200_000);
