// What one read counts, for its row in `capture_runs`.
import type {FileOutcome} from '../../contract/files';
import {SeenIds} from '../../core/seen-ids';
import {microsOf} from '../../core/micros';
import type {Reached} from '../cursor/stream-lag';

/** Ids remembered to count repeats; of twice as many the older half is forgotten. */
const maxRememberedIds = 250_000;

export class RunTally {
  /** The oldest end time a log stream began at; null when one began without. */
  windowStart: string | null = null;
  windowEnd: string | null = null;
  logFiles = 0;
  logBytes = 0;
  events = 0;
  repeatedEvents = 0;
  unreadableLines = 0;
  /** Events without a time, or with one that is none, as far as anybody looked. */
  unreadableTimes = 0;
  eventsBeforeStartDate = 0;
  filesWaiting = 0;
  filesAtRisk = 0;
  readonly unverifiedLogFiles: {id: string; expected_sha256: string; actual_sha256: string}[] = [];
  readonly filesByOutcome: Partial<Record<FileOutcome, number>> = {};
  /** By log stream. */
  readonly reached = new Map<string, Reached>();
  /** Whether the service tells the time of its newest events, as far as is known. */
  tellsMaxEventTime = true;
  readonly records: Record<string, number> = {};
  private hasBegun = false;
  private readonly seenIds = new SeenIds(maxRememberedIds);

  /** Takes in where one more log stream begins. */
  beginAt(endTime: string | null): void {
    const isOlder = endTime !== null && this.windowStart !== null && microsOf(endTime) < microsOf(this.windowStart);
    if (!this.hasBegun || endTime === null || isOlder) this.windowStart = endTime;
    this.hasBegun = true;
  }

  countLogFile(endTime: string, bytes: number): void {
    this.logFiles++;
    this.logBytes += bytes;
    if (this.windowEnd === null || microsOf(endTime) > microsOf(this.windowEnd)) this.windowEnd = endTime;
  }

  countRecords(stream: string, count: number): void {
    this.records[stream] = (this.records[stream] ?? 0) + count;
  }

  countEvent(eventId: string): void {
    this.events++;
    if (this.seenIds.see(eventId)) this.repeatedEvents++;
  }

  countFile(outcome: FileOutcome): void {
    this.filesByOutcome[outcome] = (this.filesByOutcome[outcome] ?? 0) + 1;
  }
}
