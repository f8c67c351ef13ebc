// The verb `status`: how far the archive has captured, for a monitor that is to notice a capture which silently stopped.
import {type Clock, maxClockSkewMs} from '../../core/clock';
import {ConfigError} from '../../core/errors';
import {toLedgerPlace} from '../check';
import type {Config} from '../config';
import type {LedgerPlace} from '../ledger/ledger-place';
import {isArchived} from '../report/summary';
import {findLostLedgers} from './lost-ledgers';

interface Status {
  readonly workspace: string;
  /** End of the newest log file of which all was archived, or the newest such event; null when nothing was captured yet. */
  captured_until: string | null;
  last_run: string | null;
  last_complete_run: string | null;
  /** No run can go on before there is one again. */
  readonly ledger_missing: boolean;
}

/** Runs looked back at: one of them captured something, or the capture stopped long ago. */
const recentRuns = 500;

/** @returns the exit code: 1 when any workspace was captured longer ago than allowed, or none ever was */
export async function showStatus(
  config: Config,
  {clock, maxAge, asJson}: {readonly clock: Clock; readonly maxAge: string | undefined; readonly asJson: boolean},
  print: (text: string) => Promise<void>
): Promise<number> {
  const maxMs = maxAge === undefined ? Infinity : parseAge(maxAge);
  const statuses: Status[] = [];
  const place = toLedgerPlace(config);
  try {
    const lost = new Set(await findLostLedgers(config, place));
    for (const name of new Set([...place.names(), ...lost])) statuses.push(await statusOf(place, name, lost.has(name)));
  } finally {
    place.close();
  }
  const begun = statuses.filter(({last_run: last, ledger_missing: isMissing}) => last !== null || isMissing);
  // Records without a workspace come now and then, and nobody captures them: beside others, theirs tells nothing.
  const known = begun.filter(({workspace}) => workspace !== 'default' || begun.length === 1);
  const ageOf = ({captured_until: until}: Status): number =>
    until === null ? Infinity : clock.nowMs() - Date.parse(until);
  const isAlive = (status: Status): boolean =>
    status.captured_until !== null && !status.ledger_missing && ageOf(status) <= maxMs;
  const isFresh = known.length > 0 && known.every(isAlive);
  if (asJson) await print(JSON.stringify({fresh: isFresh, workspaces: known}, undefined, 2));
  else {
    for (const status of known) {
      const {workspace, captured_until: until, last_complete_run: complete} = status;
      const unknown = status.ledger_missing ? 'how far it captured is not known' : 'nothing was captured yet';
      const age = until === null ? unknown : `captured until ${until}, ${describeAge(ageOf(status))} ago`;
      const late = ageOf(status) > maxMs ? ' TOO OLD' : '';
      const lost = status.ledger_missing ? ' ITS LEDGER IS MISSING' : '';
      await print(`Workspace ${workspace}: ${age}; last complete run ${complete ?? 'never'}.${late}${lost}`);
    }
    // A ledger that was made anew from the items knows them, and not when they were captured.
    const isBegun = statuses.length > 0;
    if (known.length === 0)
      await print(isBegun ? 'No run has said yet how far it captured.' : 'Nothing has been archived yet.');
  }
  return isFresh ? 0 : 1;
}

async function statusOf(place: LedgerPlace, name: string, isLost: boolean): Promise<Status> {
  const none = {captured_until: null, last_run: null, last_complete_run: null};
  const status: Status = {workspace: name, ...none, ledger_missing: isLost};
  for await (const summary of place.summaries(name, recentRuns)) {
    const endedAt = summary['ended_at'];
    if (typeof endedAt !== 'string') continue;
    status.last_run = endedAt;
    if (summary['complete'] === true) status.last_complete_run = endedAt;
    if (!isArchived(summary)) continue;
    const runs = Array.isArray(summary['capture_runs']) ? (summary['capture_runs'] as Record<string, unknown>[]) : [];
    for (const until of [...runs.map(({window_end: end}) => end), summary['last_captured_at']]) {
      // What was yet to come when the run ended says nothing of how far it came.
      if (typeof until !== 'string' || Date.parse(until) > Date.parse(endedAt) + maxClockSkewMs) continue;
      if (status.captured_until === null || Date.parse(until) > Date.parse(status.captured_until))
        status.captured_until = until;
    }
  }
  return status;
}

function parseAge(text: string): number {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const unitMs = {m: 60_000, h: 3_600_000, d: 86_400_000}[unit ?? ''];
  if (unitMs === undefined)
    throw new ConfigError('command_invalid', '--max-age must be a number with m, h or d, such as 3h.');
  return Number(count) * unitMs;
}

function describeAge(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  return minutes < 120
    ? `${minutes} min`
    : minutes < 2880
      ? `${(minutes / 60).toFixed(1)} h`
      : `${(minutes / 1440).toFixed(1)} d`;
}
