// What the source tells in its log: one function for each thing that happens.
import type {Log} from '../airbyte/log';
import type {LogPosition, RetentionGap} from './cursor/log-cursor';
import type {StreamLag} from './cursor/stream-lag';

export class SourceEvents {
  constructor(private readonly log: Log) {}

  workspaceIdUnusual(): void {
    this.log.warn(
      'workspace_id_unusual: The workspace ID is not a UUID, which those of ChatGPT workspaces are; it is used as it stands.'
    );
  }

  logFileUnverified(fileId: string): void {
    this.log.warn(
      `log_file_unverified: Log file ${fileId} never matched its SHA-256; its lines are captured as unverified.`
    );
  }

  logFileAhead({endTime, id}: LogPosition): void {
    this.log.warn(
      `log_file_ahead: Log file ${id} says that it ends at ${endTime}, which is yet to come; it is captured, and the cursor stays in the present.`
    );
  }

  overlapShrunk(stream: string): void {
    this.log.warn(
      `overlap_shrunk: Stream ${stream} cannot remember all log files of the last day; one that is listed late may be missed.`
    );
  }

  retentionGapFound(stream: string, gap: RetentionGap): void {
    this.log.warn(
      `retention_gap: Stream ${stream} was last read up to ${gap.from}; what ended before ${gap.to} has left retention. OpenAI support can replay CONVERSATION_MESSAGE for a period.`
    );
  }

  startDateEarlier(stream: string, before: string): void {
    this.log.info(
      `start_date_earlier: Stream ${stream} had left out what happened before ${before}; it is read anew, and what the archive has already counts as duplicate.`
    );
  }

  startDateAhead(startDate: string): void {
    this.log.warn(`start_date_ahead: start_date ${startDate} lies in the future; what happens before it is left out.`);
  }

  /** @param hoursAhead negative where ours is behind */
  clockDiffers(hoursAhead: number): void {
    const direction = hoursAhead > 0 ? 'ahead of' : 'behind';
    this.log.warn(
      `clock_differs: The clock is ${Math.abs(hoursAhead)} hours ${direction} that of the API; where a first read begins, deadlines of uploads, and what has left retention are told by clocks. Set the clock of the host.`
    );
  }

  unreadableLinesKept(count: number): void {
    this.log.warn(`unreadable_line: ${count} log lines could not be read as events; they are emitted as they came.`);
  }

  unreadableTimesKept(count: number): void {
    this.log.warn(
      `time_unreadable: ${count} events have no time that can be read; they are emitted as they came, whatever start_date says.`
    );
  }

  ownersSkipped(stream: string, count: number): void {
    this.log.warn(
      `owners_skipped: Stream ${stream} passed over ${count} owners whose objects the API does not know (HTTP 404) or withholds (HTTP 403), whose id it refuses (HTTP 400), or who have no id to ask with.`
    );
  }

  partsGone(stream: string, count: number): void {
    this.log.warn(`parts_gone: Of the objects of stream ${stream}, ${count} parts were gone when they were asked for.`);
  }

  /** @param path of the request, which names the object */
  partRefused(stream: string, path: string): void {
    this.log.warn(`part_refused: Of stream ${stream} the API refused ${JSON.stringify(path)}; the row says so.`);
  }

  /** @param path of the listing, which names the object */
  partsLeftOut(stream: string, path: string): void {
    this.log.warn(
      `parts_left_out: Of stream ${stream} the API tells more at ${JSON.stringify(path)} than a record may hold; the row says so.`
    );
  }

  passBegunAnew(stream: string): void {
    this.log.warn(`pass_begun_anew: The API no longer takes the position at which stream ${stream} stopped.`);
  }

  positionTooLong(stream: string): void {
    this.log.warn(
      `position_too_long: The API's positions in stream ${stream} are too long for a state; a read that ends early is gone on with from before.`
    );
  }

  passGoesOn(stream: string, asked: number, begunAt: string): void {
    this.log.info(
      `pass_goes_on: Stream ${stream} has asked for ${asked} members since its pass began at ${begunAt}; the next read goes on from there.`
    );
  }

  passGivenUp(stream: string, begunAt: string): void {
    this.log.warn(
      `pass_given_up: The pass of stream ${stream} that began at ${begunAt} is too old to go on; the next one begins with the first member.`
    );
  }

  logTypeBuiltIn(eventType: string, stream: string): void {
    this.log.warn(`log_type_built_in: extra_log_types names ${eventType}, which stream ${stream} has already.`);
  }

  filesLeftWaiting(waiting: number, atRisk: number): void {
    this.log.warn(
      `files_waiting: ${waiting} file references are left for the next read; ${atRisk} may pass 48 hours before it.`
    );
  }

  filesForgotten(count: number): void {
    this.log.warn(
      `files_forgotten: ${count} file references of older log files waited to be tried again, and the states of files and file_chunks differ too much for one to hold them; they stay without an outcome.`
    );
  }

  objectFilesLeftWaiting(stream: string): void {
    this.log.warn(`object_files_waiting: Files of stream ${stream} are left for the next read.`);
  }

  objectFilesRefused(stream: string, count: number): void {
    this.log.warn(
      `object_files_refused: Of ${count} objects of stream ${stream} the API refused to tell all files; the next pass asks again for those given lately, and one that asks for every file for the others.`
    );
  }

  rateLimited(untilMs: number): void {
    this.log.info(`Rate limited by the API until ${new Date(untilMs).toISOString()}.`);
  }

  /** One line for all streams. */
  lagKnown(lagByStream: Readonly<Record<string, StreamLag>>): void {
    const parts = Object.entries(lagByStream).map(([stream, lag]) => {
      if (lag.newest_end_time === null) return `${stream} none`;
      const behind = lag.behind_seconds === null ? '' : `, ${lag.behind_seconds} s behind the newest event`;
      return `${stream} up to ${lag.newest_end_time} (${String(lag.lag_seconds)} s ago${behind})`;
    });
    if (parts.length > 0) this.log.info(`Log files are read: ${parts.join('; ')}.`);
  }

  readEnded(counts: {readonly logFiles: number; readonly events: number}): void {
    this.log.info(`Read ${counts.events} events from ${counts.logFiles} log files.`);
  }
}
