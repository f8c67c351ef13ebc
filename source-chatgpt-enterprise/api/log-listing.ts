// The listing of log files of one event type, in order of end time, across ties at page edges.
import {IntegrityError} from '../../core/errors';
import {formatMicros, parseMicros} from '../../core/micros';
import type {ComplianceClient} from './client';
import type {LogFile} from './log-file';
import {type WireLogFile, wireLogPage} from './wire-log-page';

export interface LogWindow {
  readonly eventType: string;
  /** Log files that end strictly later. */
  readonly after: string;
  /** Log files that end strictly earlier; open when absent. */
  readonly before?: string | undefined;
  /** Told of the log files of each page as soon as it is there, before the first of them is taken. */
  readonly onPage?: ((files: readonly LogFile[]) => void) | undefined;
}

const pageSize = 100;

export async function* listLogFiles(
  client: ComplianceClient,
  window: LogWindow
): AsyncGenerator<LogFile, void, undefined> {
  const seen = new Set<string>();
  let after = window.after;
  for (;;) {
    const page = await client.getJson(
      {
        route: 'logs',
        path: ['logs'],
        query: {
          event_type: window.eventType,
          after,
          ...(window.before === undefined ? {} : {before: window.before}),
          limit: pageSize,
        },
        purpose: 'log_listing',
        isShared: true, // the file lane lists what the messages did
        doing: `listing ${window.eventType} log files`,
      },
      wireLogPage
    );
    const fresh = page.data.filter((file) => !seen.has(file.id));
    window.onPage?.(fresh.map(toLogFile));
    for (const file of fresh) {
      if (seen.has(file.id)) continue;
      seen.add(file.id);
      yield toLogFile(file);
    }
    if (!(page.has_more ?? page.data.length >= pageSize)) return;
    // The page's own word on where it ends counts only where it brought nothing new: what lies in between would be lost.
    const lastFresh = fresh.length > 0 ? page.data.at(-1)?.end_time : undefined;
    const lastEndTime = lastFresh ?? page.last_end_time ?? page.data.at(-1)?.end_time ?? after;
    // `after` is exclusive and several files may share an end time: ask for the last one's time again.
    const next = (parseMicros(lastEndTime) ?? 0n) - 1n;
    if (fresh.length === 0 && next <= (parseMicros(after) ?? 0n)) {
      throw new IntegrityError('log_listing_stuck', `Listing log files does not get past end time ${lastEndTime}.`);
    }
    after = formatMicros(next);
  }
}

function toLogFile(wire: WireLogFile): LogFile {
  return {id: wire.id, endTime: wire.end_time, size: wire.file_size ?? 0, sha256: wire.file_sha256.toLowerCase()};
}
