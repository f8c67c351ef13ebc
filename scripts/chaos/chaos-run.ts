// One seeded run through everything that can go wrong, with restarts from random states, and what it left undone.
import {createHash} from 'node:crypto';
import {setMaxListeners} from 'node:events';
import {type JsonText, toText} from '../../airbyte/json-text';
import type {SourceOutput} from '../../airbyte/source';
import {formatMicros, microsOfMs, microsPerDay} from '../../core/micros';
import {RateLimit} from '../../core/rate-limit';
import {syncRetryPolicy} from '../../core/retry';
import type {PartialOptions} from '../../simulator/options';
import {Random} from '../../simulator/random';
import {type Simulator, startSimulator} from '../../simulator/server';
import {ComplianceClient} from '../../source-chatgpt-enterprise/api/client';
import {RateLimitNotices} from '../../source-chatgpt-enterprise/api/rate-limit-notices';
import {SourceEvents} from '../../source-chatgpt-enterprise/events';
import {readSelected} from '../../source-chatgpt-enterprise/streams';
import {RetentionGaps} from '../../source-chatgpt-enterprise/streams/retention-gaps';
import {RunTally} from '../../source-chatgpt-enterprise/streams/run-tally';
import {Committed, extraLogStreams, type Row, streams} from './committed';
import {judgeRead, judgeWhole, type Origins, type Stretch} from './judge-requests';
import {steadyTransport} from './steady-transport';
import {VirtualClock} from './virtual-clock';

const requestsPerMinute = 50;
const maxReads = 60;
const hourMs = 3_600_000;
const mostOutputsBeforeRestart = 1_200;

export interface ChaosVerdict {
  readonly reads: number;
  readonly interrupted: number;
  readonly requests: number;
  readonly events: number;
  readonly files: number;
  readonly stretches: readonly Stretch[];
  /** Hash of all requests and all that was emitted: the same seed gives the same. */
  readonly fingerprint: string;
  /** What is wrong; empty when all is well. */
  readonly faults: readonly string[];
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
      faultyTypes: ['CONVERSATION_MESSAGE', 'AUDIT_LOG', 'CODEX_LOG', 'CODEX_TURN'],
      ...size,
      faults: {
        duplicates: 0.05,
        lateFiles: 2,
        ties: 3,
        unreadableLines: 3,
        tamperedSha256: random.int(0, 1),
        memberLeavesAfter: random.int(20, 300),
        chaos: 0.08,
        ...size.faults,
      },
    },
    () => clock.nowMs()
  );
  try {
    return await new ChaosRun(simulator, clock, random).untilComplete();
  } finally {
    await simulator.close();
  }
}

interface ReadEnd {
  readonly isInterrupted: boolean;
  readonly hasFailed: boolean;
}

class ChaosRun {
  private readonly committed = new Committed();
  private readonly faults: string[] = [];
  private readonly stretches: Stretch[] = [];
  private readonly emitted = createHash('sha256');
  private readonly transport;
  private states = new Map<string, unknown>();

  constructor(
    private readonly simulator: Simulator,
    private readonly clock: VirtualClock,
    private readonly random: Random
  ) {
    this.transport = steadyTransport(clock, random.fork('network'));
  }

  async untilComplete(): Promise<ChaosVerdict> {
    const {clock, committed, faults, random, simulator} = this;
    const atFirst = simulator.truth();
    let interrupted = 0;
    let complete = 0;
    let reads = 0;
    for (; complete < 2 && reads < maxReads; reads++) {
      const from = simulator.requests.length;
      const end = await this.readOnce(random.chance(0.6));
      const judgement = judgeRead(simulator.requests.slice(from), this.origins());
      faults.push(...judgement.faults.map((text) => `read ${reads + 1}: ${text}`), ...this.tooLargeStates());
      this.stretches.push(...judgement.stretches);
      if (end.isInterrupted) interrupted++;
      else if (!end.hasFailed && !this.hasRetries()) {
        complete++;
        if (complete === 1) simulator.produce(20);
      }
      // Also until a log file whose hash never fits is old enough to be taken as it is.
      await clock.sleep(hourMs);
    }
    if (complete < 2) faults.push(`not complete after ${reads} reads`);
    faults.push(...committed.missing(simulator.truth(), atFirst));
    faults.push(...judgeWhole(simulator.requests, this.origins()));
    const asked = simulator.requests.map(({path, startedAtMs, status}) => [path, startedAtMs, status]);
    return {
      reads,
      interrupted,
      requests: simulator.requests.length,
      events: simulator.truth().events.length,
      files: committed.of('files').filter(({outcome}) => outcome === 'captured').length,
      stretches: this.stretches,
      fingerprint: this.emitted.update(JSON.stringify(asked)).digest('hex'),
      faults,
    };
  }

  private origins(): Origins {
    const {signedOrigin} = this.simulator;
    const tampered = new Set(this.simulator.tamperedLogFiles().map((id) => `/log/${id}`));
    return {signedOrigin, requestsPerMinute, tampered, logTypes: this.simulator.logFileTypes()};
  }

  private tooLargeStates(): string[] {
    const large = [...this.states].filter(([, state]) => JSON.stringify(state).length >= 65_536);
    return large.map(([stream]) => `the state of ${stream} is too large`);
  }

  /** Whether file references wait for a later read by design. */
  private hasRetries(): boolean {
    const cursor = this.states.get('files') as {readonly retry?: readonly unknown[]} | undefined;
    return (cursor?.retry ?? []).length > 0;
  }

  /** @param mayRestart breaks the read off at a random output and goes back to a random state of each stream */
  private async readOnce(mayRestart: boolean): Promise<ReadEnd> {
    const {clock, random} = this;
    const seen = new Map(streams.map((name) => [name, {rows: [] as Row[], states: [] as [number, unknown][]}]));
    let [hasFailed, isInterrupted] = [false, false];
    let left = mayRestart ? random.int(0, mostOutputsBeforeRestart) : Number.POSITIVE_INFINITY;
    const reading = this.startRead();
    for await (const output of oneByOne(reading.outputs)) {
      const one = seen.get(output.stream);
      const text = JSON.stringify(output);
      this.emitted.update(text);
      const copy = JSON.parse(text) as {readonly data: Row; readonly state: unknown};
      if (output.kind === 'record') one?.rows.push(copy.data);
      if (output.kind === 'state') one?.states.push([one.rows.length, copy.state]);
      // Loud by design, though complete: its lines are out and its cursor is past it.
      if (output.kind === 'failed') hasFailed ||= output.error.code !== 'log_file_unverified';
      if (left-- > 0) continue;
      isInterrupted = true;
      break;
    }
    reading.stop();
    await clock.released();
    for (const [name, {rows, states}] of seen) {
      const state = states[isInterrupted ? random.int(-1, states.length - 1) : states.length - 1];
      if (state === undefined) continue;
      this.states.set(name, state[1]);
      for (const row of rows.slice(0, state[0])) this.committed.add(name, row);
    }
    return {hasFailed, isInterrupted};
  }

  private startRead(): {readonly outputs: ReturnType<typeof readSelected>; stop(): void} {
    const {clock, random, simulator} = this;
    const stopping = new AbortController();
    setMaxListeners(0, stopping.signal);
    const notices = new RateLimitNotices();
    const client = new ComplianceClient({
      apiKey: simulator.apiKey,
      baseUrl: simulator.baseUrl,
      workspaceId: simulator.workspaceId,
      clock,
      onRateLimit: (untilMs) => notices.announce(untilMs),
      random: () => random.next(),
      rateLimit: new RateLimit(requestsPerMinute, clock),
      retryPolicy: syncRetryPolicy,
      signal: stopping.signal,
      transport: this.transport,
    });
    const ignore = (): void => undefined;
    const selected = new Map(streams.map((name) => [name, this.states.get(name)]));
    const runId = random.uuid();
    const scope = {
      client,
      clock,
      events: new SourceEvents({debug: ignore, info: ignore, warn: ignore, error: ignore}),
      listStart: formatMicros(microsOfMs(clock.nowMs()) - 29n * microsPerDay),
      extraLogStreams,
      gaps: new RetentionGaps(selected, runId, false),
      maxFileBytes: 512 * 1024 * 1024,
      newId: () => random.uuid(),
      notices,
      refreshHours: 24,
      requestsPerMinute,
      runId,
      startDate: undefined,
      tally: new RunTally(),
      workspaceId: simulator.workspaceId,
    };
    return {outputs: readSelected(scope, selected), stop: () => stopping.abort()};
  }
}

/** Each row on its own, so that a read can break off between two of them. */
async function* oneByOne(outputs: AsyncIterable<SourceOutput>): AsyncGenerator<SourceOutput, void, undefined> {
  for await (const output of outputs) {
    if (output.kind !== 'rows') yield output;
    else for (const row of output.rows) yield toRecord(output.stream, row);
  }
}

function toRecord(stream: string, row: JsonText): SourceOutput {
  return {kind: 'record', stream, data: JSON.parse(toText(row)) as object};
}
