// The listing of log files of one event type, in order of end time, across ties at page edges.
import {IntegrityError} from '../../core/errors';
import {compareMicros, formatMicros, microsOf} from '../../core/micros';
import type {ComplianceClient} from './client';
import {type LogFile, maxLogBytes} from './log-file';
import {type WireLogFile, type WireLogPage, wireLogPage} from './wire-log-page';

export interface LogWindow {
  readonly eventType: string;
  /** Log files that end strictly later. */
  readonly after: string;
  /** Log files that end strictly earlier; open when absent. */
  readonly before?: string | undefined;
  /**
   * Told of the log files of each page as soon as it is there, before the first of them is taken; and up to which end
   * time the pages before it came, undefined for the first.
   */
  readonly onPage?: ((files: readonly LogFile[], reached: string | undefined) => void) | undefined;
}

const pageSize = 100;

export async function* listLogFiles(
  client: ComplianceClient,
  window: LogWindow
): AsyncGenerator<LogFile, void, undefined> {
  const seen = new Set<string>();
  let reached: string | undefined;
  const takeFresh = (page: WireLogPage): LogFile[] => {
    const fresh: LogFile[] = [];
    for (const file of page.data) {
      const key = keyOf(file);
      if (!seen.has(key)) fresh.push(toLogFile(file));
      seen.add(key);
    }
    // A state says that everything long before it is done: whatever the page, what ends earlier comes earlier.
    fresh.sort((one, other) => compareMicros(microsOf(one.endTime), microsOf(other.endTime)));
    window.onPage?.(fresh, reached);
    return fresh;
  };
  let after = window.after;
  for (;;) {
    const page = await fetchPage(client, {...window, after});
    const fresh = takeFresh(page);
    yield* fresh;
    if (!hasMore(page)) return;
    // The page's own word on where it ends counts only where it brought nothing new: what lies in between would be lost.
    const lastFresh = fresh.length > 0 ? page.data.at(-1)?.end_time : undefined;
    const lastEndTime = lastFresh ?? page.last_end_time ?? page.data.at(-1)?.end_time ?? after;
    const last = microsOf(lastEndTime);
    reached = lastEndTime;
    // `after` is exclusive and several files may share an end time: ask for the last one's time again.
    if (fresh.length > 0 || last - 1n > microsOf(after)) {
      after = formatMicros(last - 1n);
      continue;
    }
    // A page full of such files hides whatever lies behind it. Listed alone, their time tells whether there are more.
    const ties = await fetchPage(client, {...window, after: formatMicros(last - 1n), before: formatMicros(last + 1n)});
    const tied = new Set(ties.data.map(keyOf));
    if (last <= microsOf(after) || hasMore(ties) || page.data.some((file) => !tied.has(keyOf(file)))) {
      throw new IntegrityError('log_listing_stuck', `Listing log files does not get past end time ${lastEndTime}.`);
    }
    yield* takeFresh(ties);
    after = formatMicros(last);
  }
}

function fetchPage(client: ComplianceClient, {after, before, eventType}: LogWindow): Promise<WireLogPage> {
  return client.getJson(
    {
      route: 'logs',
      path: ['logs'],
      query: {event_type: eventType, after, ...(before === undefined ? {} : {before}), limit: pageSize},
      purpose: 'log_listing',
      isShared: true, // the file lane lists what the messages did
      doing: `listing ${eventType} log files`,
    },
    wireLogPage
  );
}

/** A log file that is listed with another end time is not the one that was listed before. */
function keyOf({end_time, id}: WireLogFile): string {
  return JSON.stringify([id, String(microsOf(end_time))]);
}

function hasMore(page: WireLogPage): boolean {
  return page.has_more ?? page.data.length >= pageSize;
}

function toLogFile(wire: WireLogFile): LogFile {
  return {id: wire.id, endTime: wire.end_time, size: toSize(wire.file_size), sha256: wire.file_sha256.toLowerCase()};
}

/** What no log file can have says nothing of its size. */
function toSize(bytes: number | null | undefined): number {
  return Number.isInteger(bytes) && Number(bytes) >= 0 && Number(bytes) <= maxLogBytes ? Number(bytes) : 0;
}
