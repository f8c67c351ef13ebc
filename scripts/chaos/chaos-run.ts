// One seeded run through everything that can go wrong, with restarts from random states, and what it left undone.
import {createHash, randomUUID} from 'node:crypto';
import {setMaxListeners} from 'node:events';
import {formatMicros, microsOfMs, microsPerDay} from '../../core/micros';
import {RateLimit} from '../../core/rate-limit';
import {syncRetryPolicy} from '../../core/retry';
import type {PartialOptions} from '../../simulator/options';
import {Random} from '../../simulator/random';
import {type Simulator, startSimulator} from '../../simulator/server';
import {ComplianceClient} from '../../source-chatgpt-enterprise/api/client';
import {RateLimitNotices} from '../../source-chatgpt-enterprise/api/rate-limit-notices';
import {openTransport} from '../../source-chatgpt-enterprise/api/transport';
import {SourceEvents} from '../../source-chatgpt-enterprise/events';
import {readSelected} from '../../source-chatgpt-enterprise/streams';
import {RunTally} from '../../source-chatgpt-enterprise/streams/run-tally';
import {VirtualClock} from './virtual-clock';

const streams = ['users', 'messages', 'conversations', 'files', 'file_chunks'] as const;
const requestsPerMinute = 50;
const maxReads = 60;
const hourMs = 3_600_000;

export interface ChaosVerdict {
  readonly reads: number;
  readonly interrupted: number;
  readonly requests: number;
  readonly events: number;
  readonly files: number;
  /** What is wrong; empty when all is well. */
  readonly faults: readonly string[];
}

type Row = Readonly<Record<string, unknown>>;

/** What a destination would hold: the records before the states that came back. */
class Committed {
  readonly rows = new Map<string, Map<string, Row>>(streams.map((name) => [name, new Map<string, Row>()]));

  add(stream: string, row: Row): void {
    this.rows.get(stream)?.set(keyOf(stream, row), row);
  }

  of(stream: (typeof streams)[number]): readonly Row[] {
    return [...(this.rows.get(stream)?.values() ?? [])];
  }
}

function keyOf(stream: string, row: Row): string {
  switch (stream) {
    case 'messages':
      return String(row['event_id']);
    case 'file_chunks':
      return `${String(row['transfer_id'])}/${String(row['index'])}`;
    default:
      return String(row['id']);
  }
}

export async function runChaos(seed: string, size: PartialOptions = {}): Promise<ChaosVerdict> {
  const startMs = Date.parse('2026-10-05T09:00:00Z');
  const random = new Random(`${seed}/restarts`);
  const clock = new VirtualClock(startMs);
  const simulator = await startSimulator(
    {
      seed,
      nowMs: startMs,
      events: 150,
      files: 10,
      days: 3,
      requestsPerMinute,
      ...size,
      faults: {
        duplicates: 0.05,
        lateFiles: 2,
        ties: 3,
        unreadableLines: 3,
        tamperedSha256: random.int(0, 1),
        memberLeavesAfter: random.int(20, 80),
        chaos: 0.08,
        ...size.faults,
      },
    },
    () => clock.nowMs()
  );
  try {
    return await readUntilComplete(simulator, clock, random);
  } finally {
    await simulator.close();
  }
}

async function readUntilComplete(simulator: Simulator, clock: VirtualClock, random: Random): Promise<ChaosVerdict> {
  const committed = new Committed();
  const faults: string[] = [];
  let states = new Map<string, unknown>();
  let interrupted = 0;
  let complete = 0;
  let reads = 0;
  const obtainableAtFirst = obtainable(simulator);
  for (; complete < 2 && reads < maxReads; reads++) {
    const from = simulator.requests.length;
    const read = await readOnce(simulator, clock, states, complete < 2 && random.chance(0.6) ? random : undefined);
    for (const [stream, rows] of read.committed) for (const row of rows) committed.add(stream, row);
    states = read.states;
    faults.push(...repeatedRequests(simulator, from).map((text) => `read ${reads + 1}: ${text}`));
    for (const [stream, state] of states) {
      if (JSON.stringify(state).length >= 65_536) faults.push(`the state of ${stream} is too large`);
    }
    if (read.isInterrupted) interrupted++;
    else if (read.failures.length === 0 && !hasRetries(states)) {
      complete++;
      if (complete === 1) simulator.produce(20);
    }
    // Also until a log file whose hash never fits is old enough to be taken as it is.
    await clock.sleep(hourMs);
  }
  if (complete < 2) faults.push(`not complete after ${reads} reads`);
  faults.push(...missing(simulator, committed, obtainableAtFirst), ...pace(simulator), ...strayKeys(simulator));
  return {
    reads,
    interrupted,
    requests: simulator.requests.length,
    events: committed.of('messages').length,
    files: committed.of('files').filter(({outcome}) => outcome === 'captured').length,
    faults,
  };
}

/** Whether file references wait for a later read by design. */
function hasRetries(states: ReadonlyMap<string, unknown>): boolean {
  const cursor = states.get('files') as {readonly retry?: readonly unknown[]} | undefined;
  return (cursor?.retry ?? []).length > 0;
}

interface ReadEnd {
  readonly committed: ReadonlyMap<string, readonly Row[]>;
  readonly states: Map<string, unknown>;
  readonly isInterrupted: boolean;
  readonly failures: readonly string[];
}

/** @param restarts breaks the read off at a random output and goes back to a random state of each stream */
async function readOnce(
  simulator: Simulator,
  clock: VirtualClock,
  from: ReadonlyMap<string, unknown>,
  restarts: Random | undefined
): Promise<ReadEnd> {
  const seen = new Map(streams.map((name) => [name as string, {rows: [] as Row[], states: [] as [number, unknown][]}]));
  const failures: string[] = [];
  let isInterrupted = false;
  let left = restarts?.int(0, 400) ?? Number.POSITIVE_INFINITY;
  const reading = startRead(simulator, clock, from);
  for await (const output of reading.outputs) {
    const one = seen.get(output.stream);
    if (output.kind === 'record') one?.rows.push(JSON.parse(JSON.stringify(output.data)) as Row);
    if (output.kind === 'state') one?.states.push([one.rows.length, JSON.parse(JSON.stringify(output.state))]);
    // Loud by design, though complete: its lines are out and its cursor is past it.
    if (output.kind === 'failed' && output.error.code !== 'log_file_unverified') failures.push(output.error.code);
    if (left-- > 0) continue;
    isInterrupted = true;
    break;
  }
  reading.stop();
  await clock.released();
  const states = new Map(from);
  const committed = new Map<string, readonly Row[]>();
  for (const [name, {rows, states: emitted}] of seen) {
    const chosen = isInterrupted && restarts !== undefined ? restarts.int(-1, emitted.length - 1) : emitted.length - 1;
    const state = emitted[chosen];
    if (state === undefined) continue;
    states.set(name, state[1]);
    committed.set(name, rows.slice(0, state[0]));
  }
  return {committed, states, isInterrupted, failures};
}

function startRead(
  simulator: Simulator,
  clock: VirtualClock,
  states: ReadonlyMap<string, unknown>
): {readonly outputs: ReturnType<typeof readSelected>; stop(): void} {
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  const notices = new RateLimitNotices();
  const send = openTransport(undefined);
  const client = new ComplianceClient({
    apiKey: simulator.apiKey,
    baseUrl: simulator.baseUrl,
    workspaceId: simulator.workspaceId,
    clock,
    onRateLimit: (untilMs) => notices.announce(untilMs),
    random: Math.random,
    rateLimit: new RateLimit(requestsPerMinute, clock),
    retryPolicy: syncRetryPolicy,
    signal: stopping.signal,
    transport: (url, request) => clock.holding(send(url, request)),
  });
  const ignore = (): void => undefined;
  const scope = {
    client,
    clock,
    events: new SourceEvents({debug: ignore, info: ignore, warn: ignore, error: ignore}),
    listStart: formatMicros(microsOfMs(clock.nowMs()) - 29n * microsPerDay),
    extraLogStreams: [],
    maxFileBytes: 512 * 1024 * 1024,
    newId: randomUUID,
    notices,
    refreshHours: 24,
    requestsPerMinute,
    startDate: undefined,
    tally: new RunTally(),
    workspaceId: simulator.workspaceId,
  };
  const selected = new Map(streams.map((name) => [name as string, states.get(name)]));
  return {outputs: readSelected(scope, selected), stop: () => stopping.abort()};
}

/** Files that can be had, as `size:sha256`. */
function obtainable(simulator: Simulator): Set<string> {
  const captured = simulator.truth().files.filter(({outcome}) => outcome === 'captured');
  return new Set(captured.map(({fileId, sha256}) => `${fileId}:${sha256}`));
}

function missing(simulator: Simulator, committed: Committed, atFirst: ReadonlySet<string>): string[] {
  const faults: string[] = [];
  const truth = simulator.truth();
  const events = truth.events.filter(({eventType}) => eventType === 'CONVERSATION_MESSAGE');
  const rows = new Map(committed.of('messages').map((row) => [String(row['event_id']), row]));
  for (const {eventId, sha256} of events) {
    const row = rows.get(eventId);
    if (row === undefined) faults.push(`event ${eventId} is missing`);
    else if (row['event_sha256'] !== sha256) faults.push(`event ${eventId} is altered`);
  }
  const expectedRows = events.length + truth.unreadableLines.length;
  if (rows.size !== expectedRows) faults.push(`${rows.size} messages instead of ${expectedRows}`);
  if (committed.of('users').length !== truth.users) faults.push('not every user is there');
  const whole = wholeFiles(committed);
  // What could be had when the run began and could still be had when it ended.
  for (const file of obtainable(simulator)) {
    if (atFirst.has(file) && !whole.has(file)) faults.push(`file ${file} is missing`);
  }
  const references = new Set(
    committed.of('files').map((row) => `${String(row['file_id'])}/${String(row['event_id'])}`)
  );
  for (const {eventId, fileId} of truth.files) {
    if (!references.has(`${fileId}/${eventId}`)) faults.push(`reference of ${eventId} to ${fileId} is missing`);
  }
  return faults;
}

/** Files of which some transfer is complete and fits its hash. */
function wholeFiles(committed: Committed): Set<string> {
  const transfers = new Map<string, Row[]>();
  for (const row of committed.of('file_chunks')) {
    const id = String(row['transfer_id']);
    transfers.set(id, [...(transfers.get(id) ?? []), row]);
  }
  const whole = new Set<string>();
  for (const rows of transfers.values()) {
    const ordered = rows.sort((a, b) => Number(a['index']) - Number(b['index']));
    const hash = createHash('sha256');
    for (const row of ordered) hash.update(Buffer.from(String(row['data']), 'base64'));
    const sha256 = hash.digest('hex');
    const last = ordered.at(-1);
    if (last?.['last'] === true && last['sha256'] === sha256) whole.add(`${String(last['file_id'])}:${sha256}`);
  }
  return whole;
}

/**
 * A request need not be repeated when its bytes came whole and unspoilt: within one read, no log file and no upload
 * is handed out clean twice. Log files whose listed hash is wrong are fetched four times, as they must be.
 */
function repeatedRequests(simulator: Simulator, from: number): string[] {
  const clean = new Map<string, number>();
  for (const {origin, path, spoiling, status} of simulator.requests.slice(from)) {
    if (origin !== simulator.signedOrigin || status !== 200 || spoiling !== undefined) continue;
    const [name = ''] = path.split('?');
    clean.set(name, (clean.get(name) ?? 0) + 1);
  }
  const tampered = new Set(simulator.tamperedLogFiles().map((id) => `/log/${id}`));
  return [...clean].filter(([path, times]) => times > 1 && !tampered.has(path)).map(([path]) => `${path} came twice`);
}

function pace(simulator: Simulator): string[] {
  const byRoute = new Map<string, number[]>();
  for (const {origin, path, startedAtMs} of simulator.requests) {
    if (origin === simulator.signedOrigin) continue;
    const route = path.replace(/\?.*$/, '').replace(/(workspaces|logs|users|\w*files)\/[^/]+/g, '$1/{id}');
    byRoute.set(route, [...(byRoute.get(route) ?? []), startedAtMs]);
  }
  return [...byRoute].flatMap(([route, times]) => {
    const most = Math.max(...times.map((at) => times.filter((other) => other >= at && other < at + 60_000).length));
    return most > requestsPerMinute ? [`${most} requests in a minute on ${route}`] : [];
  });
}

function strayKeys({requests, signedOrigin}: Simulator): string[] {
  const stray = requests.filter(({hadAuthorization, origin}) => origin === signedOrigin && hadAuthorization);
  return stray.length === 0 ? [] : ['the signed host was sent the key'];
}
