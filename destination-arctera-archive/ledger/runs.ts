// The runs that a ledger tells of: which have begun, how they ended, and which of them have their manifest.
import type {EvidenceLedger, LedgerEntry, ReadEntries} from './evidence';

export type RunEnd = Extract<LedgerEntry, {kind: 'run_ended'}>['body']['end'];

export interface RunStart {
  readonly runId: string;
  readonly startedAt: string;
  readonly policyVersion: string;
  /** Of the connectors, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** The archive target in words; undefined where it is not told. */
  readonly target?: string | undefined;
}

/** A run as its ledger tells it. What was settled before it began, behind the run before it, is its own too. */
export interface Run extends RunStart {
  /** Entries behind this one belong to the run. */
  readonly after: number;
  /** Undefined while it has not ended. */
  readonly ended: {readonly seq: number; readonly hash: string; readonly at: string; readonly end: RunEnd} | undefined;
  /** Where its manifest lies; undefined as long as there is none. */
  readonly manifest: Extract<LedgerEntry, {kind: 'manifest'}>['body']['places'] | undefined;
}

export async function readRuns(entries: ReadEntries): Promise<readonly Run[]> {
  const runs = new Map<string, Run>();
  let after = 0;
  for await (const {seq, hash, kind, body} of entries(['run_started', 'run_ended', 'manifest'])) {
    if (kind === 'run_started') {
      const {run_id: runId, started_at: startedAt, policy_version: policyVersion, versions, target} = body;
      runs.set(runId, {
        runId,
        startedAt,
        policyVersion,
        versions,
        target,
        after,
        ended: undefined,
        manifest: undefined,
      });
      continue;
    }
    if (kind !== 'run_ended' && kind !== 'manifest') continue;
    const run = runs.get(body.run_id);
    if (run === undefined) continue;
    if (kind === 'manifest') {
      runs.set(run.runId, {...run, manifest: body.places});
      continue;
    }
    const {ended_at: at, end, versions} = body;
    runs.set(run.runId, {...run, versions, ended: {seq, hash, at, end}});
    after = seq;
  }
  return [...runs.values()];
}

/**
 * Says how a run that died ended, and that this one begins.
 * @param earlier the runs that the ledger tells of
 */
export async function beginRun(ledger: EvidenceLedger, start: RunStart, earlier: readonly Run[]): Promise<void> {
  const last = earlier.at(-1);
  if (last !== undefined && last.ended === undefined) await endRun(ledger, last, 'cut_off', start.startedAt);
  const {runId, startedAt, policyVersion, versions, target} = start;
  const body = {run_id: runId, started_at: startedAt, policy_version: policyVersion, versions};
  await ledger.note({kind: 'run_started', body: target === undefined ? body : {...body, target}});
}

export async function endRun(
  ledger: EvidenceLedger,
  {runId, versions}: Pick<RunStart, 'runId' | 'versions'>,
  end: RunEnd,
  endedAt: string
): Promise<void> {
  await ledger.note({kind: 'run_ended', body: {run_id: runId, ended_at: endedAt, end, versions}});
}
