// Compares what the source says it sent for a workspace with what came: the two counts of one sync must be equal.
import {type LagByStream, toLagByStream} from './stream-lag';

export interface CountDifference {
  readonly workspace_id: string;
  /** What was counted, for example `records of messages`, or `capture_runs` when the source's own count is missing. */
  readonly count: string;
  readonly source: number | null;
  readonly destination: number;
}

/** What the source reports of its own read, for whoever answers for the archive. */
export interface CaptureFacts {
  readonly workspace_id: string;
  readonly run_ids: readonly string[];
  /** Records that the source says it sent, by stream. */
  readonly records: Readonly<Record<string, number>>;
  /** End of the newest log file that was read; null where there was none. */
  readonly window_end: string | null;
  /** Age of that log file when the read ended. */
  readonly lag_seconds: number | null;
  /** How far each log stream is behind. */
  readonly lag_by_stream: LagByStream;
  readonly unreadable_lines: number;
  readonly files_waiting: number;
  readonly files_at_risk: number;
  readonly retention_gaps: readonly unknown[];
  readonly unverified_log_files: readonly unknown[];
}

type Data = Readonly<Record<string, unknown>>;

/** One read has one row; a replay of many is not a run of ours, and its lists must not fill the memory. */
const maxListed = 100;
const maxNameLength = 100;

export class Reconciliation {
  private readonly received = new Map<string, number>();
  private readonly receivedOutcomes = new Map<string, number>();
  private receivedUnreadable = 0;
  private readonly sent = new Map<string, number>();
  private readonly sentOutcomes = new Map<string, number>();
  private readonly sums = {events: 0, early: 0, unreadable: 0, waiting: 0, atRisk: 0};
  private readonly runIds: string[] = [];
  private readonly gaps: unknown[] = [];
  private readonly unverified: unknown[] = [];
  /** What the platform put before the names of streams. */
  private prefix = '';
  private runs = 0;
  private isReplayed = false;
  private windowEnd: string | null = null;
  private lagSeconds: number | null = null;
  private lagByStream: LagByStream = {};
  /** Version of the connector that read; undefined where it does not say. */
  sourceVersion: string | undefined;

  constructor(private readonly workspaceId: string) {}

  /** Counts a record that came. @param role what its stream is to the archive */
  take(stream: string, role: string, data: Data): void {
    if (role === 'capture_runs') return this.takeRun(stream, data);
    add(this.received, stream, 1);
    if (role === 'messages' && data['unreadable'] === true) this.receivedUnreadable += 1;
    if (role === 'files') add(this.receivedOutcomes, String(data['outcome']), 1);
  }

  /** @returns undefined when the records are a replay of earlier runs, whose counts say nothing of this one */
  differences(): readonly CountDifference[] | undefined {
    if (this.isReplayed) return undefined;
    const received = new Map([...this.received].map(([name, count]) => [this.withoutPrefix(name), count]));
    if (this.runs === 0) {
      const came = [...received.values()].reduce((sum, count) => sum + count, 0);
      return [this.difference('capture_runs', null, came)];
    }
    const hasFiles = received.has('files') || this.sent.has('files');
    return [
      ...this.compare('records of ', this.sent, received),
      ...(hasFiles ? this.compare('files ', this.sentOutcomes, this.receivedOutcomes) : []),
      ...this.compareUnreadable(received),
    ];
  }

  facts(): CaptureFacts | undefined {
    if (this.runs === 0) return undefined;
    return {
      workspace_id: this.workspaceId,
      run_ids: this.runIds,
      records: Object.fromEntries(this.sent),
      window_end: this.windowEnd,
      lag_seconds: this.lagSeconds,
      lag_by_stream: this.lagByStream,
      unreadable_lines: this.sums.unreadable,
      files_waiting: this.sums.waiting,
      files_at_risk: this.sums.atRisk,
      retention_gaps: this.gaps,
      unverified_log_files: this.unverified,
    };
  }

  private takeRun(stream: string, data: Data): void {
    this.runs += 1;
    if (typeof data['connector_version'] === 'string') {
      this.sourceVersion = data['connector_version'].slice(0, maxNameLength);
    }
    this.prefix = stream.slice(0, -'capture_runs'.length);
    this.isReplayed ||= Object.keys(data).some((key) => key.startsWith('_airbyte_'));
    const {window_end: until, lag_seconds: lag} = data;
    if (typeof until === 'string') this.windowEnd = until.slice(0, maxNameLength);
    if (typeof lag === 'number') this.lagSeconds = lag;
    this.lagByStream = {...this.lagByStream, ...toLagByStream(data['lag_by_stream'])};
    addAll(this.sent, data['records']);
    addAll(this.sentOutcomes, data['files_by_outcome']);
    this.sums.events += toCount(data['events']);
    this.sums.early += toCount(data['events_before_start_date']);
    this.sums.unreadable += toCount(data['unreadable_lines']);
    this.sums.waiting += toCount(data['files_waiting']);
    this.sums.atRisk += toCount(data['files_at_risk']);
    if (typeof data['run_id'] === 'string') list(this.runIds, [data['run_id'].slice(0, maxNameLength)]);
    if (data['retention_gap'] !== null) list(this.gaps, [data['retention_gap']]);
    if (Array.isArray(data['unverified_log_files'])) list(this.unverified, data['unverified_log_files']);
  }

  private compare(
    what: string,
    sent: ReadonlyMap<string, number>,
    received: ReadonlyMap<string, number>
  ): CountDifference[] {
    const names = [...new Set([...sent.keys(), ...received.keys()])].sort();
    return names.flatMap((name) => {
      const [source, destination] = [sent.get(name) ?? 0, received.get(name) ?? 0];
      if (source === destination || name === 'capture_runs') return [];
      return [this.difference(`${what}${name.slice(0, maxNameLength)}`, source, destination)];
    });
  }

  /** Only where every line that the source read became a record: another stream may have read lines again. */
  private compareUnreadable(received: ReadonlyMap<string, number>): CountDifference[] {
    const {early, events, unreadable} = this.sums;
    if (events + unreadable - early !== received.get('messages') || unreadable === this.receivedUnreadable) return [];
    return [this.difference('unreadable lines', unreadable, this.receivedUnreadable)];
  }

  private difference(count: string, source: number | null, destination: number): CountDifference {
    return {workspace_id: this.workspaceId, count, source, destination};
  }

  private withoutPrefix(stream: string): string {
    return stream.startsWith(this.prefix) ? stream.slice(this.prefix.length) : stream;
  }
}

function add(counts: Map<string, number>, name: string, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}

function addAll(counts: Map<string, number>, value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, count] of Object.entries(value).slice(0, maxListed)) add(counts, name, toCount(count));
}

function toCount(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

function list(known: unknown[], more: readonly unknown[]): void {
  known.push(...more.slice(0, maxListed - known.length));
}
