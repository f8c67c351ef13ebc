// What is done when a run ends, however it ends: counts, report, ledger, manifest; then its workspaces are let go.
import type {Clock} from '../core/clock';
import {type ConnectorError, toConnectorError} from '../core/errors';
import type {Alarm} from './alarm';
import type {Config} from './config';
import type {Events} from './events';
import {concernsLedger} from './ledger/ledger-lock';
import {endRun, readRuns, type RunEnd, type RunStart} from './ledger/runs';
import {findIntents} from './ledger/still-set-aside';
import {leaveOpenEnd} from './pipeline/open-end';
import {writeManifests} from './pipeline/write-manifests';
import type {WorkspaceStores} from './pipeline/workspace';
import type {Write} from './pipeline/write';
import {findMiscount} from './report/adds-up';
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
  private miscount: ConnectorError | undefined;

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
    // Before anything is left or told: nobody may read that a run is complete whose counts are wrong.
    if (this.hasEnded) this.miscount = findMiscount(write.tally, incompleteRecords);
    const tooMuch = this.hasEnded
      ? judgeSetAsideShare(this.toSummary(...facts), this.options.setAsideLimit)
      : undefined;
    const verdict = this.miscount ?? tooMuch;
    this.failure ??= verdict;
    const summary = this.toSummary(...facts);
    if (incompleteTransfers > 0) events.transfersIncomplete(incompleteTransfers);
    events.linesIgnored(summary.ignored_lines);
    if (summary.unreconciled !== undefined) events.unreconciled(summary.unreconciled);
    for (const {stores} of workspaces) await this.leaveEvidence(stores, summary);
    events.summed(describeSummary(summary));
    // A disk that is gone hides neither what ended the run nor that somebody is to be told.
    const closed = await Promise.allSettled([write.workspaces.close()]);
    await this.options.alarm.summed(summary);
    if (verdict !== undefined) throw verdict;
    const [close] = closed;
    if (close.status === 'rejected' && this.failure === undefined) throw close.reason;
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
      complete: this.hasEnded && this.miscount === undefined && incompleteRecords === 0,
      tally: write.tally,
      incompleteTransfers,
      statesReleased: write.statesReleased,
      statesHeld: write.statesHeld,
      reconciliations: write.workspaces.all().map(({reconciliation}) => reconciliation),
      isReconcilable: this.hasEnded && write.expectsCaptureRuns,
    });
  }

  /**
   * What this run set aside, in all its workspaces, also for one target alone; of a ledger that cannot be read any more
   * nothing is known.
   */
  private async countSetAside(): Promise<Summary['set_aside_by_code']> {
    const counts: Record<string, number> = {};
    const add = (code: string, count: number): void => void (counts[code] = (counts[code] ?? 0) + count);
    try {
      for (const {stores} of this.options.write.workspaces.all()) {
        const {after = 0} = (await readRuns(stores.ledger.entries)).at(-1) ?? {};
        const refused: {readonly itemId: string; readonly code: string}[] = [];
        for await (const {kind, body} of stores.ledger.entries(['set_aside', 'delivered'], after)) {
          if (kind === 'set_aside') add(body.code, 1);
          if (kind !== 'delivered') continue;
          for (const {item_id: itemId, code} of body.refusals ?? []) refused.push({itemId, code});
        }
        const wanted = new Set(refused.map(({itemId}) => itemId));
        const intents = await findIntents(stores.ledger, ({itemId}) => itemId, wanted);
        for (const {itemId, code} of refused) add(code, intents.get(itemId)?.records.length ?? 0);
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
      const failure = toConnectorError(error);
      events.manifestNotWritten(failure.code);
      if (concernsLedger(failure)) await leaveOpenEnd(stores, run, summary.ended_at).catch(() => undefined);
    }
  }

  private toEnd({complete}: Summary): RunEnd {
    if (this.failure !== undefined) return 'failed';
    return complete ? 'complete' : 'incomplete';
  }
}
