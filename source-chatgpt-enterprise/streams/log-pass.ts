// A pass over the log files of one event type: it feeds one stream or several, each beyond its own cursor.
import type {SourceOutput} from '../../airbyte/source';
import {IntegrityError, toConnectorError} from '../../core/errors';
import {orderedAhead} from '../../core/ordered-ahead';
import {LogBuffers} from '../api/log-buffers';
import {type DownloadedLog, downloadLog} from '../api/log-download';
import {expectedBytes, type LogFile} from '../api/log-file';
import {listLogFiles} from '../api/log-listing';
import {
  advance,
  afterListing,
  emptyLogCursor,
  isAhead,
  isPending,
  listAfter,
  type LogCursor,
  parseLogCursor,
  retentionGap,
  type RetentionGap,
} from '../cursor/log-cursor';
import {microsOf, microsOfMs} from '../../core/micros';
import {requireUsable} from './log-file-rows';
import {askMaxEventTime} from './freshness';
import {LogEstimate} from './log-estimate';
import {clocksDiffer, latestNowMs, requirePast, requireTrueClock, trueMs} from './true-clock';
import {awaiting, type ReadScope, type SelectedStates, type StreamOutputs} from './read-scope';

/** So many that one which fails for a while does not hold up the pace; bytes bound them earlier where they are large. */
const downloadsAhead = {maxAtOnce: 32, maxBytes: 40 * 1024 * 1024} as const;

/** Of one page, generously. */
const listingMicros = 60_000_000n;

/** What a pass reads, and what becomes of each log file. */
export interface LogPass {
  readonly eventType: string;
  /** The streams it feeds; the first has a row for each line. */
  readonly streams: readonly string[];
  /** The records of a log file for those of the streams that have not had it. */
  readonly records: (log: DownloadedLog, pending: ReadonlySet<string>) => Iterable<SourceOutput>;
}

interface LogStream {
  readonly name: string;
  /** What an earlier read has reached; the read begins there, or anew. */
  readonly saved: LogCursor;
  /** Where the read began; what is pending is decided by it alone. */
  readonly from: LogCursor;
  cursor: LogCursor;
  hasState: boolean;
  hasShrunk: boolean;
}

/** Returns where each stream stands whose state could be read. */
export async function* readLogPass(
  scope: ReadScope,
  selected: SelectedStates,
  pass: LogPass
): StreamOutputs<ReadonlyMap<string, LogCursor>> {
  const streams: LogStream[] = [];
  for (const name of pass.streams.filter((candidate) => selected.has(candidate))) {
    yield {kind: 'started', stream: name};
    scope.tally.reached.set(name, {newestEndTime: null, maxEventTime: null});
    try {
      const saved = parseLogCursor(selected.get(name), name);
      const from = scope.beginAnew?.has(name) === true ? emptyLogCursor : saved;
      streams.push({name, saved, from, cursor: from, hasState: false, hasShrunk: false});
    } catch (error) {
      yield {kind: 'failed', stream: name, error: toConnectorError(error)};
    }
  }
  if (streams.length > 0) {
    const filesPass = new LogFilesPass(scope, pass, streams);
    try {
      yield* filesPass.read();
    } catch (error) {
      for (const {name} of filesPass.streams) yield {kind: 'failed', stream: name, error: toConnectorError(error)};
    }
    for (const [name, error] of filesPass.refused) yield {kind: 'failed', stream: name, error: toConnectorError(error)};
    for (const {name, cursor} of filesPass.streams) {
      scope.tally.reached.set(name, {newestEndTime: cursor.last_end_time, maxEventTime: filesPass.maxEventTime});
    }
    return new Map(filesPass.streams.map(({name, cursor}) => [name, cursor]));
  }
  return new Map();
}

class LogFilesPass {
  maxEventTime: string | null = null;
  /** Of streams that the pass goes on without: where they say that they stand, they do not. */
  readonly refused = new Map<string, unknown>();
  private readonly unverifiedIds: string[] = [];

  constructor(
    private readonly scope: ReadScope,
    private readonly pass: LogPass,
    public streams: readonly LogStream[]
  ) {}

  /** The stream that has a row for each line, which the sizes of the listing tell how many are to come. */
  private get estimated(): LogStream | undefined {
    return this.streams.find(({name}) => name === this.pass.streams[0]);
  }

  async *read(): StreamOutputs {
    const beganMs = this.scope.clock.nowMs();
    for (const {from} of this.streams) this.scope.tally.beginAt(from.last_end_time);
    yield* this.readLogFiles();
    const beganMicros = microsOfMs(trueMs(this.scope, beganMs));
    for (const stream of this.streams) this.noteListing(stream, beganMicros);
    const names = this.streams.map(({name}) => name);
    this.maxEventTime = yield* askMaxEventTime(this.scope, this.pass.eventType, names);
    yield* this.conclude();
  }

  /** Log files leave retention also while a read waits for its rate limit, or for whoever takes its records. */
  private noteGaps(reached: string | undefined, next: LogFile | undefined): void {
    const {events, gaps} = this.scope;
    const nowMicros = microsOfMs(latestNowMs(this.scope));
    for (const {name, saved} of this.streams) {
      const gap = retentionGap(saved, nowMicros, reached);
      if (gap === undefined) continue;
      if (next !== undefined && this.isKept(next, gap, reached === undefined)) continue;
      gaps.add(name, gap);
      events.retentionGapFound(name, gap);
    }
  }

  /** Whether what comes next shows that log files are kept for longer than the gap says. */
  private isKept({endTime}: LogFile, gap: RetentionGap, isFirst: boolean): boolean {
    // The listing takes a moment.
    if (!isFirst) return microsOf(endTime) + listingMicros < microsOf(gap.to);
    // What was read before and is still listed has not left retention, whatever our clock says.
    return clocksDiffer(this.scope) && microsOf(endTime) <= microsOf(gap.from);
  }

  private async *readLogFiles(): StreamOutputs {
    const {client, tally} = this.scope;
    const names = this.streams.map(({name}) => name);
    const estimate = new LogEstimate();
    const buffers = new LogBuffers();
    const eventsBefore = tally.events;
    const downloads = orderedAhead(this.pendingLogFiles(estimate), {
      ...downloadsAhead,
      sizeOf: expectedBytes,
      produce: (file) => downloadLog(client, file, {buffers}),
    });
    try {
      for (;;) {
        const next = yield* awaiting(this.scope, names, downloads.next());
        if (next.done === true) return;
        if (this.estimated !== undefined) yield* estimate.announce(this.estimated.name);
        yield* this.readLogFile(next.value);
        estimate.read(next.value.bytes.length, tally.events - eventsBefore);
        next.value.release();
      }
    } finally {
      await downloads.return();
    }
  }

  private async *pendingLogFiles(estimate: LogEstimate): AsyncGenerator<LogFile> {
    const {client, listStart} = this.scope;
    const after = this.streams
      .map(({from}) => listAfter(from, listStart))
      .reduce((oldest, other) => (microsOf(other) < microsOf(oldest) ? other : oldest));
    const estimatedFrom = this.estimated?.from;
    const onPage = (files: readonly LogFile[], reached: string | undefined): void => {
      const isFirst = this.streams.some(({from}) => from.last_end_time === null && from.listed_at === undefined);
      if (isFirst) requireTrueClock(this.scope);
      this.requirePast();
      this.noteGaps(reached, files[0]);
      if (estimatedFrom !== undefined) estimate.list(files.filter((file) => isPending(estimatedFrom, file, listStart)));
    };
    for await (const file of listLogFiles(client, {eventType: this.pass.eventType, after, onPage})) {
      if (this.streams.some(({from}) => isPending(from, file, listStart))) yield file;
    }
  }

  private requirePast(): void {
    for (const {from, name} of this.streams) {
      try {
        requirePast(this.scope, name, from);
      } catch (error) {
        this.refused.set(name, error);
      }
    }
    this.streams = this.streams.filter(({name}) => !this.refused.has(name));
    const [error] = this.refused.values();
    if (this.streams.length === 0) throw error;
  }

  private *readLogFile(log: DownloadedLog): Generator<SourceOutput, void, undefined> {
    const {events, listStart, tally} = this.scope;
    const nowMicros = microsOfMs(latestNowMs(this.scope));
    requireUsable(this.scope, log);
    if (isAhead(log.file, nowMicros)) events.logFileAhead(log.file);
    if (!log.verified) this.noteUnverified(log);
    const pending = this.streams.filter(({from}) => isPending(from, log.file, listStart));
    yield* this.pass.records(log, new Set(pending.map(({name}) => name)));
    tally.countLogFile(log.file.endTime, log.bytes.length);
    for (const stream of pending) {
      const {cursor, shrunk} = advance(stream.cursor, log.file, {start: listStart, nowMicros});
      if (shrunk && !stream.hasShrunk) events.overlapShrunk(stream.name);
      Object.assign(stream, {cursor, hasState: true, hasShrunk: stream.hasShrunk || shrunk});
      yield {kind: 'state', stream: stream.name, state: cursor};
    }
  }

  private noteUnverified({file, sha256}: DownloadedLog): void {
    this.scope.events.logFileUnverified(file.id);
    this.scope.tally.unverifiedLogFiles.push({id: file.id, expected_sha256: file.sha256, actual_sha256: sha256});
    this.unverifiedIds.push(file.id);
  }

  private noteListing(stream: LogStream, beganMicros: bigint): void {
    const cursor = afterListing(stream.cursor, beganMicros);
    if (cursor !== stream.cursor) Object.assign(stream, {cursor, hasState: false});
  }

  /** Streams that met an unverified log file have it captured and passed, yet end loudly. */
  private *conclude(): Generator<SourceOutput, void, undefined> {
    const ids = this.unverifiedIds;
    for (const {cursor, hasState, name} of this.streams) {
      if (!hasState) yield {kind: 'state', stream: name, state: cursor};
      if (ids.length === 0) {
        yield {kind: 'completed', stream: name};
      } else {
        const error = new IntegrityError(
          'log_file_unverified',
          `Captured without verification: log file ${ids.join(', ')}.`
        );
        yield {kind: 'failed', stream: name, error};
      }
    }
  }
}
