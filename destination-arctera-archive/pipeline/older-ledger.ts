// A ledger that is older than its archive, as one put back from a backup: what it does not know would be archived again.
import {IntegrityError, TransientError} from '../../core/errors';
import type {ReadEntries} from '../ledger/evidence';
import type {Run} from '../ledger/runs';
import {manifestAddress, manifestDirectory} from '../report/manifest';
import {newestReport} from '../report/report-file';
import type {Target} from '../targets/target';
import {goesOnFrom, type OpenEnd, parseOpenEnd} from './open-end';

const manifestName = /^manifests\/(\d{4}-\d\d-\d\dT)(\d\d)(\d\d)(\d\d\.\d{3}Z)-([0-9a-f-]{36})\.jsonl$/;

/**
 * One that was made anew begins with a run later than all reports, and runs of the first release left nothing but those.
 */
export function assertKnowsNewestRun(runs: readonly Run[], reportsFolder: string): void {
  const newest = newestReport(reportsFolder);
  if (newest === undefined) return;
  const [first] = runs;
  if (first === undefined || newest.endedAt < first.startedAt) return;
  if (runs.some(({runId}) => runId === newest.runId)) return;
  throw isOlder(newest.runId, 'report', newest.endedAt);
}

/** The reports may have been put back with the ledger; the manifests lie among the items. */
export async function assertKnowsManifests(
  runs: readonly Run[],
  entries: ReadEntries,
  target: Pick<Target, 'listBeside'>
): Promise<void> {
  const [first] = runs;
  if (first === undefined || target.listBeside === undefined) return;
  // Of a run that died behind its manifest the next one enters it.
  const known = new Set(runs.filter(({ended}) => ended !== undefined).map(manifestAddress));
  for await (const {kind, body} of entries(['manifest'])) {
    if (kind === 'manifest') for (const {address} of body.places) known.add(address);
  }
  const begin = `${manifestDirectory}/${first.startedAt.replaceAll(':', '')}`;
  const newest = [...known].reduce((one, other) => (other > one ? other : one), begin);
  try {
    for await (const address of target.listBeside(manifestDirectory, newest)) {
      if (known.has(address) || address < newest) continue;
      const openEnd = parseOpenEnd(address);
      if (openEnd !== undefined && !(await goesOnFrom(entries, openEnd))) throw lacksEntry(openEnd);
      const [, day, hour, minute, rest, runId] = manifestName.exec(address) ?? [];
      if (runId !== undefined) throw isOlder(runId, 'manifest', `${day}${hour}:${minute}:${rest}`);
    }
  } catch (error) {
    // Nothing can be delivered there now, and other targets need not wait for it.
    if (!(error instanceof TransientError)) throw error;
  }
}

function lacksEntry({runId, at, seq}: OpenEnd): IntegrityError {
  const what = `The ledger does not have entry ${seq} as run ${runId} had committed it by ${at}`;
  return new IntegrityError('ledger_damaged', `${what}: it is older than the archive.`);
}

function isOlder(runId: string, left: string, at: string): IntegrityError {
  const what = `The ledger does not know run ${runId}, which left a ${left} at ${at}`;
  return new IntegrityError('ledger_damaged', `${what}: it is older than the archive.`);
}
