// The file lane: `files` and `file_chunks` follow the messages at their own pace, the newest uploads first.
import {fileChunks, files} from '../../contract/files';
import {messages} from '../../contract/messages';
import {IntegrityError, toConnectorError} from '../../core/errors';
import type {LogFile} from '../api/log-file';
import {listLogFiles} from '../api/log-listing';
import {
  afterBacklogWindow,
  afterOlder,
  backlogGap,
  beginFilesAnew,
  type FileCursor,
  fileDoneLimits,
  hasRoomForLibraries,
  hasRoomToRetry,
  commonFileCursor,
  doneWithin,
  fromTheStart,
  openFileCursor,
  parseFileCursor,
  toCounted,
  toFileState,
  withoutReference,
} from '../cursor/file-cursor';
import {advance, isPending, isStart, listAfter, type LogCursor, type RetentionGap} from '../cursor/log-cursor';
import {formatMicros, microsOf, microsOfMs} from '../../core/micros';
import {asObject} from '../normalize/json-object';
import type {FileReference} from '../normalize/file-references';
import {FileCapture} from './file-capture';
import {countWaiting} from './files-waiting';
import {type MessagesReached, messageEventType} from './message-pass';
import {awaiting, nowIso, type ReadScope, type SelectedStates, type StreamOutputs} from './read-scope';
import type {ReferenceCache} from './reference-cache';
import {ReferencesAhead} from './references-ahead';
import {toReference, toRetryReference} from './retry-references';
import {latestNowMs, requirePast, requireTrueClock, trueMs} from './true-clock';

/** Of one read, for all files together. */
export const fileBudgetMs = 45 * 60_000;
/** From one read to the next, as recommended. */
const hourMs = 3_600_000;
/** References between two states, so that a log file full of them is not begun again. */
export const referencesPerState = 50;
/** How many references or log files are looked at for what can be fetched ahead. */
export const lookAhead = 32;

/** Where the files of messages stand after their part of the lane; those of objects follow. */
export interface FilesReached {
  readonly capture: FileCapture;
  readonly cursor: FileCursor;
  /** What their part took of the time that files get. */
  readonly tookMs: number;
}

/** The streams stay open: the files of objects come in them too. Undefined when they have failed or are not selected. */
export async function* readFileLane(
  scope: ReadScope,
  selected: SelectedStates,
  references: ReferenceCache,
  messagesReached: MessagesReached
): StreamOutputs<FilesReached | undefined> {
  const streams = [fileChunks.name, files.name].filter((name) => selected.has(name));
  for (const stream of streams) yield {kind: 'started', stream};
  if (streams.length === 0) return undefined;
  const startMs = scope.clock.nowMs();
  try {
    const cursors = streams.map((name) => parseFileCursor(selected.get(name), name));
    const isAnew = streams.some((name) => scope.beginAnew?.has(name) === true);
    const common = isAnew ? undefined : commonFileCursor(cursors);
    const anew = beginFilesAnew(
      common === undefined ? cursors : [],
      scope.listStart,
      microsOfMs(trueMs(scope, startMs))
    );
    if (anew.forgotten > 0) scope.events.filesForgotten(anew.forgotten);
    const known = common ?? anew.cursor;
    const saved = known !== undefined && messagesBegin(selected) ? fromTheStart(known) : known;
    const capture = new FileCapture(scope, selected);
    const reached = yield* new FileLane(scope, capture, references, messagesReached, saved).read();
    return {capture, cursor: reached, tookMs: scope.clock.nowMs() - startMs};
  } catch (error) {
    for (const stream of streams) yield {kind: 'failed', stream, error: toConnectorError(error)};
    return undefined;
  }
}

/** Whether nothing was read of the messages before this read. */
function messagesBegin(selected: SelectedStates): boolean {
  const state = selected.get(messages.name);
  return selected.has(messages.name) && (isStart(state) || asObject(state)?.['last_end_time'] === null);
}

/** How long files may take of this read. One that the user has begin anew each time would never come further. */
export function fileBudgetOf({readWhole}: ReadScope, {streams}: FileCapture): number {
  return streams.some((name) => readWhole?.has(name) === true) ? Infinity : fileBudgetMs;
}

/** A listing may hold what ends at its very bounds, and that is done. */
function isBetween({endTime}: LogFile, after: string, before: string): boolean {
  return microsOf(endTime) > microsOf(after) && microsOf(endTime) < microsOf(before);
}

type Progress = 'done' | 'stopped';

class FileLane {
  private readonly startMs: number;
  private readonly deadlineMs: number;
  private readonly beganMicros: bigint;
  private cursor: FileCursor;
  private readonly referencesAhead: ReferencesAhead;
  /** What may be fetched next, from where the lane stands. */
  private upcoming: () => Iterable<FileReference> = () => [];
  /** Log files that are not done, in their order, as far as they have been listed. */
  private left: readonly LogFile[] = [];
  /** What the log files that were read refer to, and how large they are. */
  private readonly seen = {references: 0, bytes: 0};
  private hasShrunk = false;
  private readonly isFirst: boolean;
  private readonly unverified: string[] = [];

  constructor(
    private readonly scope: ReadScope,
    private readonly capture: FileCapture,
    private readonly references: ReferenceCache,
    private readonly messagesReached: MessagesReached,
    saved: FileCursor | undefined
  ) {
    this.beganMicros = microsOfMs(trueMs(scope));
    this.isFirst = saved === undefined || (saved.recent.last_end_time ?? saved.recent.not_before) === undefined;
    this.cursor = saved ?? this.opened(undefined);
    this.startMs = scope.clock.nowMs();
    this.deadlineMs = this.startMs + fileBudgetOf(scope, capture);
    this.referencesAhead = new ReferencesAhead(scope, references, () => this.prefetch());
  }

  async *read(): StreamOutputs<FileCursor> {
    let progress: Progress;
    try {
      progress = yield* this.readInOrder();
    } finally {
      this.referencesAhead.close();
      this.capture.close();
    }
    yield* this.states();
    this.countWaiting(progress);
    if (this.unverified.length > 0) {
      throw new IntegrityError(
        'log_file_unverified',
        `Files were taken from an unverified log file: ${this.unverified.join(', ')}.`
      );
    }
    if (this.capture.librariesClosed !== undefined) throw this.capture.librariesClosed; // the next read says so too
    return this.cursor;
  }

  private async *readInOrder(): StreamOutputs<Progress> {
    const opened = this.opened(this.cursor);
    const recent = yield* this.listRecent(opened);
    if (this.isFirst) requireTrueClock(this.scope);
    requirePast(this.scope, this.capture.streams[0] ?? files.name, this.cursor.recent);
    this.left = recent;
    if ((yield* this.retryEarlier()) === 'stopped') return 'stopped';
    if (opened.recent !== this.cursor.recent && (yield* this.readLate(recent)) === 'stopped') return 'stopped';
    const before = this.cursor.recent;
    this.cursor = this.opened(this.cursor);
    const left = before === this.cursor.recent ? undefined : before;
    if ((yield* this.readRecent(recent)) === 'stopped') return 'stopped';
    return yield* this.readBacklog(left);
  }

  private opened(cursor: FileCursor | undefined): FileCursor {
    return openFileCursor(cursor, this.scope.listStart, this.beganMicros);
  }

  /** Log files that were listed late in a part that is left behind: once it is, nobody looks for them there. */
  private async *readLate(recent: readonly LogFile[]): StreamOutputs<Progress> {
    const cursor = this.cursor.recent;
    const {last_end_time: last} = cursor;
    if (last === null) return 'done';
    const listed = yield* this.list({after: listAfter(cursor, last), before: formatMicros(microsOf(last) + 1n)});
    const progress = yield* this.readRecent(listed.filter((file) => isPending(cursor, file, last)));
    if (progress === 'stopped') this.left = [...this.left, ...recent];
    return progress;
  }

  private countWaiting(progress: Progress): void {
    const {cursor, left, references, scope} = this;
    const logFiles = progress === 'done' ? [] : left.map((file) => ({file, references: this.knownOf(file)}));
    const others = progress === 'done' ? [] : references.remaining(new Set(left.map(({id}) => id)));
    for (const file of left) this.noteRead(file, references.get(file.id));
    const {bytes, references: count} = this.seen;
    const waiting = {retry: cursor.retry, logFiles, others, referencesPerByte: bytes === 0 ? 0 : count / bytes};
    countWaiting(scope, waiting, {beginMs: this.startMs + hourMs, budgetMs: fileBudgetMs});
  }

  /** What is left of it; undefined when it would have to be downloaded. */
  private knownOf(file: LogFile): readonly FileReference[] | undefined {
    return this.references.get(file.id)?.slice(this.doneOf(file));
  }

  private noteRead({size}: LogFile, references: readonly FileReference[] | undefined): void {
    if (references === undefined) return;
    this.seen.bytes += size;
    this.seen.references += references.length;
  }

  private async *retryEarlier(): StreamOutputs<Progress> {
    const entries = this.cursor.retry.map((entry) => ({entry, reference: toReference(entry)}));
    const references = entries.map(({reference}) => reference);
    for (const [index, {entry, reference}] of entries.entries()) {
      if (!this.mayCapture(reference)) return 'stopped';
      this.upcoming = () => references.slice(index, index + lookAhead);
      this.prefetch();
      const result = yield* this.capture.capture(reference, entry.first_attempt_at);
      if (result === 'retry_later') continue;
      // Trouble counts from when the library is open: nobody tried in earnest before.
      const waiting = result === 'settled' ? [] : [{...entry, first_attempt_at: nowIso(this.scope)}];
      const retry = this.cursor.retry.flatMap((other) => (other === entry ? waiting : other));
      this.cursor = {...this.cursor, retry};
    }
    return 'done';
  }

  /** By deadline: the oldest of the young uploads is gone first. */
  private async *readRecent(pending: readonly LogFile[]): StreamOutputs<Progress> {
    for (const [index, file] of pending.entries()) {
      this.left = pending.slice(index);
      if (!this.isBehindMessages(file)) return 'stopped';
      if ((yield* this.readLogFile(file, pending.slice(index + 1, index + 1 + lookAhead))) === 'stopped')
        return 'stopped';
      const {cursor, shrunk} = advance(this.cursor.recent, file, {
        start: this.recentStart(),
        nowMicros: microsOfMs(latestNowMs(this.scope)),
        limits: fileDoneLimits,
      });
      if (shrunk && !this.hasShrunk) this.scope.events.overlapShrunk(files.name);
      this.hasShrunk ||= shrunk;
      this.cursor = {...this.cursor, recent: cursor};
      yield* this.states();
    }
    return 'done';
  }

  private async *listRecent({recent}: FileCursor): StreamOutputs<readonly LogFile[]> {
    const start = recent.not_before ?? this.scope.listStart;
    const listed = yield* this.list({after: listAfter(recent, start)});
    return listed.filter((file) => isPending(recent, file, start));
  }

  private async *list(window: {readonly after: string; readonly before?: string}): StreamOutputs<LogFile[]> {
    const listed: LogFile[] = [];
    const listing = listLogFiles(this.scope.client, {eventType: messageEventType, ...window});
    for (;;) {
      const next = yield* awaiting(this.scope, this.capture.streams, listing.next());
      if (next.done === true) return listed;
      listed.push(next.value);
    }
  }

  /**
   * Newest first: what is older is less likely to be still there.
   * @param left the recent part as it was before this read left it behind
   */
  private async *readBacklog(left: LogCursor | undefined): StreamOutputs<Progress> {
    for (let window = this.cursor.backlog[0]; window !== undefined; window = this.cursor.backlog[0]) {
      const {after, before} = window;
      const newestFirst = (yield* this.list(window)).filter((file) => isBetween(file, after, before)).reverse();
      const gap = backlogGap(window, microsOfMs(latestNowMs(this.scope)));
      let done: LogFile[] = [];
      for (const [index, file] of newestFirst.entries()) {
        this.left = newestFirst.slice(index);
        if (!this.isBehindMessages(file)) return 'stopped';
        const behind = newestFirst.slice(index + 1, index + 1 + lookAhead);
        if ((yield* this.readLogFile(file, behind)) === 'stopped') return 'stopped';
        done.push(file);
        // `before` is exclusive: it moves only when all that end at the same time are done.
        const next = newestFirst[index + 1];
        if (next !== undefined && microsOf(next.endTime) === microsOf(file.endTime)) continue;
        this.cursor = afterOlder(this.cursor, file.endTime, done);
        done = [];
        yield* this.states();
      }
      // Told once, when all is done that is still there: until then the period stays in the state.
      if (gap !== undefined) this.noteGap(gap);
      this.cursor = afterBacklogWindow(this.cursor, left, this.beganMicros);
    }
    return 'done';
  }

  private noteGap(gap: RetentionGap): void {
    const {events, gaps} = this.scope;
    for (const stream of this.capture.streams) {
      gaps.add(stream, gap);
      events.retentionGapFound(stream, gap);
    }
  }

  /** @param next the log files after it, whose files may be fetched ahead */
  private async *readLogFile(file: LogFile, next: readonly LogFile[]): StreamOutputs<Progress> {
    const behind = next.filter((other) => this.isBehindMessages(other));
    if (!this.isOverBudget()) this.referencesAhead.prefetch([file, ...behind]);
    this.upcoming = () => this.cachedOf([file, ...behind]);
    const references = yield* this.referencesOf(file);
    const done = this.doneOf(file);
    let index = done > references.length ? 0 : done; // more than there are were of something else
    this.upcoming = () => this.upcomingFrom(references, index, behind);
    for (; index < references.length; index++) {
      const reference = references[index];
      if (reference === undefined) break;
      if (!this.mayCapture(reference) || !hasRoomToRetry(this.cursor.retry)) return 'stopped';
      this.prefetch();
      const attemptAt = nowIso(this.scope);
      const result = yield* this.capture.capture(reference, attemptAt, hasRoomForLibraries(this.cursor.retry));
      const waiting = toRetryReference(reference, attemptAt);
      const others = withoutReference(this.cursor.retry, waiting); // of a log file that is read again
      this.cursor = {
        ...this.cursor,
        retry: result === 'settled' ? others : [...others, waiting],
        within: {
          log_file_id: file.id,
          references_done: index + 1,
          counted: toCounted(file, this.scope.startDate),
        },
      };
      if ((index + 1) % referencesPerState === 0) yield* this.states();
    }
    this.noteRead(file, references);
    this.references.delete(file.id);
    if (this.cursor.within?.log_file_id === file.id) this.cursor = {...this.cursor, within: undefined};
    return 'done';
  }

  private async *referencesOf(file: LogFile): StreamOutputs<readonly FileReference[]> {
    const {references, unverifiedSha256} = yield* awaiting(
      this.scope,
      this.capture.streams,
      this.referencesAhead.take(file)
    );
    // The messages may have told it of the same bytes, or have had others.
    const isTold = this.scope.tally.unverifiedLogFiles.some(({id}) => id === file.id);
    if (unverifiedSha256 !== undefined && !isTold) this.noteUnverified(file, unverifiedSha256);
    return references;
  }

  private noteUnverified(file: LogFile, sha256: string): void {
    this.unverified.push(file.id);
    this.scope.events.logFileUnverified(file.id);
    this.scope.tally.unverifiedLogFiles.push({id: file.id, expected_sha256: file.sha256, actual_sha256: sha256});
  }

  /** A file never precedes its message: the log file must be done for `messages`, if that is selected. */
  private isBehindMessages(file: LogFile): boolean {
    if (this.messagesReached === 'not_selected') return true;
    return this.messagesReached !== undefined && !isPending(this.messagesReached, file, this.scope.listStart);
  }

  /** After the budget only what has cost its requests already. */
  private mayCapture(reference: FileReference): boolean {
    return !this.isOverBudget() || this.capture.isBegun(reference);
  }

  private prefetch(): void {
    if (!this.isOverBudget()) this.capture.prefetch(this.upcoming());
  }

  private *upcomingFrom(
    references: readonly FileReference[],
    from: number,
    next: readonly LogFile[]
  ): Generator<FileReference> {
    yield* references.slice(from, from + lookAhead);
    yield* this.cachedOf(next);
  }

  /** Up to the first log file that is still on its way: it may name the same files, and those are fetched once. */
  private *cachedOf(logFiles: readonly LogFile[]): Generator<FileReference> {
    for (const file of logFiles) {
      const references = this.references.get(file.id);
      if (references === undefined) return;
      const done = this.doneOf(file);
      yield* done === 0 ? references : references.slice(done);
    }
  }

  /** How many references of the log file are done. */
  private doneOf(file: LogFile): number {
    return doneWithin(this.cursor, file, this.scope.startDate);
  }

  private isOverBudget(): boolean {
    return this.scope.clock.nowMs() >= this.deadlineMs;
  }

  private recentStart(): string {
    return this.cursor.recent.not_before ?? this.scope.listStart;
  }

  private *states(): Generator<{readonly kind: 'state'; readonly stream: string; readonly state: object}> {
    for (const stream of this.capture.streams) yield {kind: 'state', stream, state: toFileState(this.cursor)};
  }
}
