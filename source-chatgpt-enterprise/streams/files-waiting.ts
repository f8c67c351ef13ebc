// What the file lane leaves for the next read, and which of it may be gone by then.
import {type RetryReference, uploadLifeMicros} from '../cursor/file-cursor';
import {microsOfMs, microsPerHour, parseMicros} from '../../core/micros';
import type {LogFile} from '../api/log-file';
import type {FileReference} from '../normalize/file-references';
import type {ReadScope} from './read-scope';

/** In the order in which the next read takes it. */
export interface LeftWaiting {
  readonly retry: readonly RetryReference[];
  /** Log files that are not done, with what is left of their references where it is known. */
  readonly logFiles: readonly {readonly file: LogFile; readonly references: readonly FileReference[] | undefined}[];
  /** Known references of log files that have not even been listed. */
  readonly others: readonly FileReference[];
  /** References to a byte of the log files that were read, for those of which nothing is known. */
  readonly referencesPerByte: number;
}

/** How the next read is taken to go: when it begins, and how long it has in each hour. */
export interface NextReads {
  readonly beginMs: number;
  readonly budgetMs: number;
}

export function countWaiting(scope: ReadScope, left: LeftWaiting, next: NextReads): void {
  const {clock, events, requestsPerMinute, tally} = scope;
  const now = microsOfMs(clock.nowMs());
  const begin = now > microsOfMs(next.beginMs) ? now : microsOfMs(next.beginMs);
  const perRead = Math.max(1, Math.floor((next.budgetMs / 60_000) * requestsPerMinute));
  let [waiting, turns, atRisk] = [0, 0, 0];
  for (const {count, timestamp} of inTurn(left)) {
    const uploaded = timestamp === null ? undefined : parseMicros(timestamp);
    const gone = uploaded === undefined ? undefined : uploaded + uploadLifeMicros;
    waiting += count;
    for (let rest = count; rest > 0; rest--) {
      if (gone === undefined || gone <= now) {
        turns++; // whoever has no deadline, or has it behind, cannot miss it any more
        continue;
      }
      const read = begin + BigInt(Math.floor(turns / perRead)) * microsPerHour;
      const turn = read + microsOfMs((turns % perRead) * (60_000 / requestsPerMinute));
      if (gone < turn) atRisk++;
      if (gone >= read) turns++; // a read begins with the uploads that it may still find
    }
  }
  tally.filesWaiting = waiting;
  tally.filesAtRisk = atRisk;
  if (waiting > left.retry.length) events.filesLeftWaiting(waiting, atRisk);
}

interface Turns {
  readonly timestamp: string | null;
  readonly count: number;
}

function* inTurn({logFiles, others, referencesPerByte, retry}: LeftWaiting): Generator<Turns, void, undefined> {
  for (const {event_timestamp: timestamp} of retry) yield {timestamp, count: 1};
  for (const {file, references} of logFiles) {
    // When its events were is not known before it is read: a log file ends about ten minutes after its first.
    if (references === undefined) yield {timestamp: file.endTime, count: Math.round(file.size * referencesPerByte)};
    else for (const {eventTimestamp: timestamp} of references) yield {timestamp, count: 1};
  }
  for (const {eventTimestamp: timestamp} of others) yield {timestamp, count: 1};
}
