// A week of 20,000 uploads a day at 50 requests a minute, read every hour, in virtual time.
import {expect, test} from '@jest/globals';
import {RateLimit} from '../../core/rate-limit';
import {syncRetryPolicy} from '../../core/retry';
import {ComplianceClient} from '../../source-chatgpt-enterprise/api/client';
import {RateLimitNotices} from '../../source-chatgpt-enterprise/api/rate-limit-notices';
import {SourceEvents} from '../../source-chatgpt-enterprise/events';
import {readSelected} from '../../source-chatgpt-enterprise/streams';
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
  captured: Captured
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
    rateLimit: new RateLimit(50, clock),
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
    requestsPerMinute: 50,
    startDate: undefined,
    tally,
    workspaceId: 'ws-1',
  };
  let last = state;
  for await (const output of readSelected(scope, new Map([['files', state]]))) {
    if (output.kind === 'state') last = JSON.parse(JSON.stringify(output.state));
    if (output.kind === 'failed') throw output.error;
    if (output.kind !== 'record') continue;
    const row = output.data as {file_id: string; outcome: string};
    captured.outcomes.set(row.file_id, row.outcome);
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

async function readHourly(hours: readonly number[]): Promise<{
  readonly captured: Captured;
  readonly workspace: BusyWorkspace;
  readonly atRisk: number[];
  readonly endMs: number;
}> {
  const clock = new VirtualClock(startMs);
  const workspace = new BusyWorkspace(clock, startMs, startMs + hours.at(-1)! * hourMs, officeHours);
  const captured: Captured = {outcomes: new Map(), atRisk: 0, waiting: 0};
  const atRisk: number[] = [];
  let state: unknown;
  for (const hour of hours) {
    const waitMs = startMs + hour * hourMs - clock.nowMs();
    if (waitMs > 0) await clock.sleep(waitMs);
    state = await read(clock, workspace, state, captured);
    atRisk.push(captured.atRisk);
  }
  return {captured, workspace, atRisk, endMs: clock.nowMs()};
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
