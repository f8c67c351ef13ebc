// The rows of one downloaded log file, with lines before the start date left out and everything counted.
import type {LogStreamDefinition} from '../../contract/log-streams';
import type {MessageRow} from '../../contract/messages';
import {IntegrityError} from '../../core/errors';
import type {DownloadedLog} from '../api/log-download';
import {isBefore, microsOf, microsOfMs, microsPerHour} from '../../core/micros';
import {type LogLine, toLogLines} from '../normalize/log-lines';
import type {LogOrigin} from '../normalize/log-origin';
import type {MessageLine, MessageLines} from '../normalize/message-line';
import {type LogEventRow, toLogEventRow} from '../normalize/to-log-event-row';
import {toMessageRow} from '../normalize/to-message-row';
import type {ReadScope} from './read-scope';

/** A file that keeps differing from its hash may yet be repaired; after this it is captured as it is, where it is a log file at all. */
const graceMicros = 6n * microsPerHour;

/** Stops the stream for a fresh log file whose hash differs, and for what came in place of one of any age. */
export function requireUsable(scope: ReadScope, log: DownloadedLog): void {
  if (log.verified) return;
  const age = microsOfMs(scope.clock.nowMs()) - microsOf(log.file.endTime);
  if (age <= graceMicros) {
    throw new IntegrityError(
      'log_file_hash_mismatch',
      `Log file ${log.file.id} does not have the SHA-256 of its listing.`
    );
  }
  if (isAsLongAsListed(log) || holdsEvent(toOrigin(scope, log), log)) return;
  // Passed over, the events of the log file itself would never come again.
  throw new IntegrityError(
    'response_unexpected',
    `What came in place of log file ${log.file.id} has another size and SHA-256 than its listing and holds no event at all.`
  );
}

/** Damage changes bytes and not their number. */
function isAsLongAsListed({bytes, file}: DownloadedLog): boolean {
  return bytes.length > 0 && bytes.length === file.size;
}

function holdsEvent(origin: LogOrigin, {bytes}: DownloadedLog): boolean {
  for (const line of toLogLines(bytes)) if (!toMessageRow(line, origin).unreadable) return true;
  return false;
}

export function* toRows(scope: ReadScope, log: DownloadedLog): Generator<MessageRow, void, undefined> {
  const origin = toOrigin(scope, log);
  for (const line of toLogLines(log.bytes)) {
    const row = toMessageRow(line, origin);
    if (!isTooEarly(scope, row)) yield row;
  }
}

/** As `toRows`, and counts the lines for the report of the read. */
export function toCountedMessages(
  scope: ReadScope,
  log: DownloadedLog,
  lines: MessageLines
): Generator<MessageLine, void, undefined> {
  return countRows(scope, log, (line) => lines.read(line));
}

/** The rows of a log file of another type than messages, counted. */
export function toCountedEventRows(
  scope: ReadScope,
  log: DownloadedLog,
  definition: LogStreamDefinition
): Generator<LogEventRow, void, undefined> {
  const origin = toOrigin(scope, log);
  return countRows(scope, log, (line) => toLogEventRow(definition, line, origin));
}

function* countRows<Row extends Pick<LogEventRow, 'event_id' | 'timestamp' | 'unreadable'>>(
  scope: ReadScope,
  log: DownloadedLog,
  toRow: (line: LogLine) => Row
): Generator<Row, void, undefined> {
  const {tally} = scope;
  for (const line of toLogLines(log.bytes)) {
    const row = toRow(line);
    if (row.unreadable) tally.unreadableLines++;
    else tally.countEvent(row.event_id);
    if (isTooEarly(scope, row)) tally.eventsBeforeStartDate++;
    else yield row;
  }
}

export function toOrigin(scope: ReadScope, log: DownloadedLog): LogOrigin {
  return {workspaceId: scope.workspaceId, logFileId: log.file.id, verified: log.verified};
}

function isTooEarly(scope: ReadScope, {timestamp}: {readonly timestamp: string | null}): boolean {
  return scope.startDate !== undefined && timestamp !== null && isBefore(timestamp, scope.startDate);
}
