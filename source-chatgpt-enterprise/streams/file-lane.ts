// The file lane: `files` and `file_chunks` follow the messages at their own pace, the newest uploads first.
import {fileChunks, files} from '../../contract/files';
import {toConnectorError} from '../../core/errors';
import {downloadLog} from '../api/log-download';
import type {LogFile} from '../api/log-file';
import {listLogFiles} from '../api/log-listing';
import {
  type FileCursor,
  fileDoneLimits,
  hasRoomToRetry,
  lesserFileCursor,
  openFileCursor,
  parseFileCursor,
  type RetryReference,
} from '../cursor/file-cursor';
import {advance, isPending, listAfter} from '../cursor/log-cursor';
import {microsOfMs} from '../../core/micros';
import {type FileReference, toFileReferences} from '../normalize/file-references';
import {FileCapture} from './file-capture';
import {countWaiting} from './files-waiting';
import {requireUsable, toRows} from './log-file-rows';
import {type MessagesReached, messageEventType} from './message-pass';
import {awaiting, nowIso, type ReadScope, type SelectedStates, type StreamOutputs} from './read-scope';
import type {ReferenceCache} from './reference-cache';

const budgetMs = 45 * 60_000;
/** References between two states, so that a log file full of them is not begun again. */
const referencesPerState = 50;

export async function* readFileLane(
  scope: ReadScope,
  selected: SelectedStates,
  references: ReferenceCache,
  messagesReached: MessagesReached
): StreamOutputs {
  const streams = [fileChunks.name, files.name].filter((name) => selected.has(name));
  for (const stream of streams) yield {kind: 'started', stream};
  if (streams.length === 0) return;
  try {
    const saved = lesserFileCursor(streams.map((name) => parseFileCursor(selected.get(name), name)));
    const cursor = openFileCursor(saved, scope.listStart, microsOfMs(scope.clock.nowMs()));
    const lane = new FileLane(scope, new FileCapture(scope, selected), references, messagesReached, cursor);
    yield* lane.read();
    for (const stream of streams) yield {kind: 'completed', stream};
  } catch (error) {
    for (const stream of streams) yield {kind: 'failed', stream, error: toConnectorError(error)};
  }
}

type Progress = 'done' | 'stopped';

class FileLane {
  private readonly deadlineMs: number;
  private hasShrunk = false;

  constructor(
    private readonly scope: ReadScope,
    private readonly capture: FileCapture,
    private readonly references: ReferenceCache,
    private readonly messagesReached: MessagesReached,
    private cursor: FileCursor
  ) {
    this.deadlineMs = scope.clock.nowMs() + budgetMs;
  }

  async *read(): StreamOutputs {
    const progress = yield* this.readInOrder();
    yield* this.states();
    countWaiting(this.scope, this.cursor.retry, progress === 'stopped' ? this.references.remaining() : []);
  }

  private async *readInOrder(): StreamOutputs<Progress> {
    if ((yield* this.retryEarlier()) === 'stopped') return 'stopped';
    if ((yield* this.readRecent()) === 'stopped') return 'stopped';
    return yield* this.readBacklog();
  }

  private async *retryEarlier(): StreamOutputs<Progress> {
    for (const entry of this.cursor.retry) {
      if (this.isOverBudget()) return 'stopped';
      const result = yield* this.capture.capture(toReference(entry), entry.first_attempt_at);
      if (result === 'retry_later') continue;
      this.cursor = {...this.cursor, retry: this.cursor.retry.filter((other) => other !== entry)};
    }
    return 'done';
  }

  /** By deadline: the oldest of the young uploads is gone first. */
  private async *readRecent(): StreamOutputs<Progress> {
    const after = listAfter(this.cursor.recent, this.recentStart());
    const listing = listLogFiles(this.scope.client, {eventType: messageEventType, after});
    for (;;) {
      const next = yield* awaiting(this.scope, this.capture.streams, listing.next());
      if (next.done === true) return 'done';
      const file = next.value;
      if (!isPending(this.cursor.recent, file, this.recentStart())) continue;
      if (!this.isBehindMessages(file)) return 'stopped';
      if ((yield* this.readLogFile(file)) === 'stopped') return 'stopped';
      const {cursor, shrunk} = advance(this.cursor.recent, file, this.recentStart(), fileDoneLimits);
      if (shrunk && !this.hasShrunk) this.scope.events.overlapShrunk(files.name);
      this.hasShrunk ||= shrunk;
      this.cursor = {...this.cursor, recent: cursor};
      yield* this.states();
    }
  }

  /** Newest first: what is older is less likely to be still there. */
  private async *readBacklog(): StreamOutputs<Progress> {
    for (let window = this.cursor.backlog[0]; window !== undefined; window = this.cursor.backlog[0]) {
      const listed: LogFile[] = [];
      const listing = listLogFiles(this.scope.client, {eventType: messageEventType, ...window});
      for (;;) {
        const next = yield* awaiting(this.scope, this.capture.streams, listing.next());
        if (next.done === true) break;
        listed.push(next.value);
      }
      const newestFirst = listed.reverse();
      const older = this.cursor.backlog.slice(1);
      for (const [index, file] of newestFirst.entries()) {
        if (!this.isBehindMessages(file)) return 'stopped';
        if ((yield* this.readLogFile(file)) === 'stopped') return 'stopped';
        // `before` is exclusive: it moves only when all that end at the same time are done.
        if (newestFirst[index + 1]?.endTime === file.endTime) continue;
        this.cursor = {...this.cursor, backlog: [{after: window.after, before: file.endTime}, ...older]};
        yield* this.states();
      }
      this.cursor = {...this.cursor, backlog: older};
    }
    return 'done';
  }

  private async *readLogFile(file: LogFile): StreamOutputs<Progress> {
    const references = this.references.get(file.id) ?? (yield* this.referencesOf(file));
    const within = this.cursor.within;
    let index = within?.log_file_id === file.id ? within.references_done : 0;
    for (; index < references.length; index++) {
      const reference = references[index];
      if (reference === undefined) break;
      if (this.isOverBudget() || !hasRoomToRetry(this.cursor.retry)) return 'stopped';
      const attemptAt = nowIso(this.scope);
      const result = yield* this.capture.capture(reference, attemptAt);
      const retry = result === 'settled' ? [] : [toRetryReference(reference, attemptAt)];
      this.cursor = {
        ...this.cursor,
        retry: [...this.cursor.retry, ...retry],
        within: {log_file_id: file.id, references_done: index + 1},
      };
      if ((index + 1) % referencesPerState === 0) yield* this.states();
    }
    this.references.delete(file.id);
    if (this.cursor.within?.log_file_id === file.id) this.cursor = {...this.cursor, within: undefined};
    return 'done';
  }

  private async *referencesOf(file: LogFile): StreamOutputs<readonly FileReference[]> {
    const log = yield* awaiting(this.scope, this.capture.streams, downloadLog(this.scope.client, file));
    requireUsable(this.scope, log);
    const found: FileReference[] = [];
    for (const row of toRows(this.scope, log)) if (!row.unreadable) found.push(...toFileReferences(row));
    return found;
  }

  /** A file never precedes its message: the log file must be done for `messages`, if that is selected. */
  private isBehindMessages(file: LogFile): boolean {
    if (this.messagesReached === 'not_selected') return true;
    return this.messagesReached !== undefined && !isPending(this.messagesReached, file, this.scope.listStart);
  }

  private isOverBudget(): boolean {
    return this.scope.clock.nowMs() >= this.deadlineMs;
  }

  private recentStart(): string {
    return this.cursor.recent.not_before ?? this.scope.listStart;
  }

  private *states(): Generator<{readonly kind: 'state'; readonly stream: string; readonly state: object}> {
    for (const stream of this.capture.streams) yield {kind: 'state', stream, state: this.cursor};
  }
}

function toReference(entry: RetryReference): FileReference {
  return {
    fileId: entry.file_id,
    name: entry.name,
    referredBy: entry.referred_by,
    eventId: entry.event_id,
    eventTimestamp: entry.event_timestamp,
    conversationId: entry.conversation_id,
    messageId: entry.message_id,
    userId: entry.user_id,
  };
}

function toRetryReference(reference: FileReference, firstAttemptAt: string): RetryReference {
  return {
    file_id: reference.fileId,
    event_id: reference.eventId,
    name: reference.name,
    referred_by: reference.referredBy,
    event_timestamp: reference.eventTimestamp,
    conversation_id: reference.conversationId,
    message_id: reference.messageId,
    user_id: reference.userId,
    first_attempt_at: firstAttemptAt,
  };
}
