// What is done when a run ends, however it ends: counts, report, ledger, manifest; then its workspaces are let go.
import type {Clock} from '../core/clock';
import {type ConnectorError, toConnectorError} from '../core/errors';
import type {Alarm} from './alarm';
import type {Config} from './config';
import type {Events} from './events';
import {endRun, readRuns, type RunEnd, type RunStart} from './ledger/runs';
import {writeManifests} from './pipeline/write-manifests';
import type {WorkspaceStores} from './pipeline/workspace';
import type {Write} from './pipeline/write';
import {assertAddsUp} from './report/adds-up';
import {namesOfReports, writeReport} from './report/report-file';
import {judgeSetAsideShare, type SetAsideLimit} from './report/set-aside-share';
import {Signer} from './report/signature';
import {describeSummary, type Summary, toSummary} from './report/summary';

export interface ConclusionOptions {
  readonly write: Write;
  readonly events: Events;
  readonly run: RunStart;
  readonly startedMs: number;
  readonly clock: Clock;
  /** Undefined: manifests are not signed. */
  readonly signer: Signer | undefined;
  readonly alarm: Alarm;
  readonly setAsideLimit: SetAsideLimit;
}

export function toSigner({manifest_signing: signing}: Config): Signer | undefined {
  return signing === undefined ? undefined : new Signer(signing.private_key);
}

export class Conclusion {
  /** The input came to its end, and nothing failed. */
  hasEnded = false;
  failure: ConnectorError | undefined;

  constructor(private readonly options: ConclusionOptions) {}

  /** Throws IntegrityError when a run that ended does not add up. */
  async draw(): Promise<void> {
    const {write, events} = this.options;
    const workspaces = write.workspaces.all();
    const incomplete = workspaces.map(({files}) => files.incomplete);
    const incompleteTransfers = incomplete.reduce((sum, {transfers}) => sum + transfers, 0);
    const incompleteRecords = incomplete.reduce((sum, {records}) => sum + records, 0);
    const setAsideByCode = await this.countSetAside();
    const facts = [incompleteTransfers, incompleteRecords, setAsideByCode] as const;
    const tooMuch = this.hasEnded
      ? judgeSetAsideShare(this.toSummary(...facts), this.options.setAsideLimit)
      : undefined;
    this.failure ??= tooMuch;
    const summary = this.toSummary(...facts);
    if (incompleteTransfers > 0) events.transfersIncomplete(incompleteTransfers);
    events.linesIgnored(summary.ignored_lines);
    if (summary.unreconciled !== undefined) events.unreconciled(summary.unreconciled);
    for (const {stores} of workspaces) await this.leaveEvidence(stores, summary);
    events.summed(describeSummary(summary));
    await write.workspaces.close();
    await this.options.alarm.summed(summary);
    if (!this.hasEnded) return;
    assertAddsUp(write.tally, incompleteRecords);
    if (tooMuch !== undefined) throw tooMuch;
  }

  private toSummary(
    incompleteTransfers: number,
    incompleteRecords: number,
    setAsideByCode: Summary['set_aside_by_code']
  ): Summary {
    const {write, run, startedMs, clock} = this.options;
    return toSummary({
      runId: run.runId,
      startedMs,
      endedMs: clock.nowMs(),
      policyVersion: run.policyVersion,
      failure: this.failure?.code,
      setAsideByCode,
      versions: run.versions,
      complete: this.hasEnded && incompleteRecords === 0,
      tally: write.tally,
      incompleteTransfers,
      statesReleased: write.statesReleased,
      statesHeld: write.statesHeld,
      reconciliations: write.workspaces.all().map(({reconciliation}) => reconciliation),
      isReconcilable: this.hasEnded && write.expectsCaptureRuns,
    });
  }

  /** What this run set aside, in all its workspaces; of a ledger that cannot be read any more nothing is known. */
  private async countSetAside(): Promise<Summary['set_aside_by_code']> {
    const counts: Record<string, number> = {};
    try {
      for (const {stores} of this.options.write.workspaces.all()) {
        const {after = 0} = (await readRuns(stores.ledger.entries)).at(-1) ?? {};
        for await (const {kind, body} of stores.ledger.entries(['set_aside'], after)) {
          if (kind === 'set_aside') counts[body.code] = (counts[body.code] ?? 0) + 1;
        }
      }
    } catch (error) {
      this.options.events.manifestNotWritten(toConnectorError(error).code);
    }
    return counts;
  }

  /** A disk that is full or a target that is down must not hide the error that ended the run. */
  private async leaveEvidence(stores: WorkspaceStores, summary: Summary): Promise<void> {
    const {events, run, signer} = this.options;
    await writeReport(stores.reportsFolder, summary)
      .then(() => stores.mirror?.put(namesOfReports(stores.reportsFolder)))
      .catch(() => events.reportNotWritten());
    try {
      await stores.ledger.note({kind: 'run_report', body: {run_id: run.runId, summary: {...summary}}});
      await endRun(stores.ledger, {...run, versions: summary.versions}, this.toEnd(summary), summary.ended_at);
      await writeManifests(stores, signer);
    } catch (error) {
      events.manifestNotWritten(toConnectorError(error).code);
    }
  }

  private toEnd({complete}: Summary): RunEnd {
    if (this.failure !== undefined) return 'failed';
    return complete ? 'complete' : 'incomplete';
  }
}
