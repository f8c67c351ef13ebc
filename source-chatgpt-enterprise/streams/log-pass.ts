// The pass over the log files of messages: it feeds `messages` and `conversations`, each beyond its own cursor.
import type {SourceOutput} from '../../airbyte/source';
import {conversations} from '../../contract/conversations';
import {messages} from '../../contract/messages';
import {IntegrityError, toConnectorError} from '../../core/errors';
import {orderedAhead} from '../../core/ordered-ahead';
import {type DownloadedLog, downloadLog} from '../api/log-download';
import type {LogFile} from '../api/log-file';
import {listLogFiles} from '../api/log-listing';
import {
  advance,
  isPending,
  listAfter,
  type LogCursor,
  microsOf,
  parseLogCursor,
  retentionGap,
} from '../cursor/log-cursor';
import {microsOfMs} from '../../core/micros';
import {type FileReference, toFileReferences} from '../normalize/file-references';
import {ConversationFacts} from '../normalize/to-conversation-rows';
import {requireUsable, toCountedRows} from './log-file-rows';
import {awaiting, type ReadScope, type SelectedStates, type StreamOutputs} from './read-scope';
import type {ReferenceCache} from './reference-cache';

export const messageEventType = 'CONVERSATION_MESSAGE';

const downloadsAhead = {maxAtOnce: 4, maxBytes: 40 * 1024 * 1024} as const;

interface LogStream {
  readonly name: string;
  /** Where the read began; what is pending is decided by it alone. */
  readonly from: LogCursor;
  cursor: LogCursor;
  hasState: boolean;
  hasShrunk: boolean;
}

/** Where `messages` stands after the pass: `not_selected`, or undefined when its state could not even be read. */
export type MessagesReached = LogCursor | 'not_selected' | undefined;

export async function* readLogPass(
  scope: ReadScope,
  selected: SelectedStates,
  references: ReferenceCache | undefined
): StreamOutputs<MessagesReached> {
  const streams: LogStream[] = [];
  for (const name of [messages.name, conversations.name].filter((candidate) => selected.has(candidate))) {
    yield {kind: 'started', stream: name};
    try {
      const cursor = parseLogCursor(selected.get(name), name);
      streams.push({name, from: cursor, cursor, hasState: false, hasShrunk: false});
    } catch (error) {
      yield {kind: 'failed', stream: name, error: toConnectorError(error)};
    }
  }
  if (streams.length > 0) {
    reportGaps(scope, streams);
    try {
      yield* readLogFiles(scope, streams, references);
      yield* conclude(scope, streams);
    } catch (error) {
      for (const {name} of streams) yield {kind: 'failed', stream: name, error: toConnectorError(error)};
    }
  }
  if (!selected.has(messages.name)) return 'not_selected';
  return streams.find(({name}) => name === messages.name)?.cursor;
}

function reportGaps(scope: ReadScope, streams: readonly LogStream[]): void {
  const ends = streams.flatMap(({from}) => (from.last_end_time === null ? [] : [from.last_end_time]));
  scope.tally.windowStart = ends.length < streams.length ? null : (ends.sort().at(0) ?? null);
  for (const {name, from} of streams) {
    const gap = retentionGap(from, microsOfMs(scope.clock.nowMs()));
    if (gap === undefined) continue;
    scope.events.retentionGapFound(name, gap);
    const known = scope.tally.retentionGap;
    if (known === null || microsOf(gap.from) < microsOf(known.from)) scope.tally.retentionGap = gap;
  }
}

async function* readLogFiles(
  scope: ReadScope,
  streams: readonly LogStream[],
  references: ReferenceCache | undefined
): StreamOutputs {
  const names = streams.map(({name}) => name);
  const downloads = orderedAhead(pendingLogFiles(scope, streams), {
    ...downloadsAhead,
    sizeOf: (file) => file.size,
    produce: (file) => downloadLog(scope.client, file),
  });
  try {
    for (;;) {
      const next = yield* awaiting(scope, names, downloads.next());
      if (next.done === true) return;
      yield* readLogFile(scope, streams, next.value, references);
    }
  } finally {
    await downloads.return();
  }
}

async function* pendingLogFiles(scope: ReadScope, streams: readonly LogStream[]): AsyncGenerator<LogFile> {
  const after = streams
    .map(({from}) => listAfter(from, scope.listStart))
    .reduce((oldest, other) => (microsOf(other) < microsOf(oldest) ? other : oldest));
  for await (const file of listLogFiles(scope.client, {eventType: messageEventType, after})) {
    if (streams.some(({from}) => isPending(from, file, scope.listStart))) yield file;
  }
}

function* readLogFile(
  scope: ReadScope,
  streams: readonly LogStream[],
  log: DownloadedLog,
  references: ReferenceCache | undefined
): Generator<SourceOutput, void, undefined> {
  requireUsable(scope, log);
  if (!log.verified) noteUnverified(scope, log);
  const pending = streams.filter(({from}) => isPending(from, log.file, scope.listStart));
  const feedsMessages = pending.some(({name}) => name === messages.name);
  const facts = pending.some(({name}) => name === conversations.name) ? new ConversationFacts() : undefined;
  const found: FileReference[] = [];
  for (const row of toCountedRows(scope, log)) {
    if (feedsMessages) yield {kind: 'record', stream: messages.name, data: row};
    facts?.add(row);
    if (references !== undefined && !row.unreadable) found.push(...toFileReferences(row));
  }
  for (const row of facts?.rows() ?? []) yield {kind: 'record', stream: conversations.name, data: row};
  references?.add(log.file.id, found);
  scope.tally.logFiles++;
  scope.tally.logBytes += log.bytes.length;
  scope.tally.windowEnd = laterOf(scope.tally.windowEnd, log.file.endTime);
  for (const stream of pending) {
    const {cursor, shrunk} = advance(stream.cursor, log.file, scope.listStart);
    if (shrunk && !stream.hasShrunk) scope.events.overlapShrunk(stream.name);
    Object.assign(stream, {cursor, hasState: true, hasShrunk: stream.hasShrunk || shrunk});
    yield {kind: 'state', stream: stream.name, state: cursor};
  }
}

function noteUnverified(scope: ReadScope, {file, sha256}: DownloadedLog): void {
  scope.events.logFileUnverified(file.id);
  scope.tally.unverifiedLogFiles.push({id: file.id, expected_sha256: file.sha256, actual_sha256: sha256});
}

/** Streams that met an unverified log file have it captured and passed, yet end loudly. */
function* conclude(scope: ReadScope, streams: readonly LogStream[]): Generator<SourceOutput, void, undefined> {
  const ids = scope.tally.unverifiedLogFiles.map(({id}) => id);
  for (const {cursor, hasState, name} of streams) {
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

function laterOf(known: string | null, time: string): string {
  return known !== null && microsOf(known) >= microsOf(time) ? known : time;
}
