// The destination as Airbyte knows it: builds the object graph of a sync and runs it.
import {randomUUID} from 'node:crypto';
import {Destination, type DestinationContext, type ExtraVerb, type WriteRequest} from '../airbyte/destination';
import type {StateMessage} from '../airbyte/protocol';
import {beginTarget, checkTarget, ledgerRoot, openTargets, toPolicy} from './check';
import type {Config} from './config';
import {Events} from './events';
import {published} from './published';
import type {Settlement} from './ledger/settle';
import {openWorkspace} from './pipeline/open-workspace';
import {settleWorkspaces} from './pipeline/settle-workspaces';
import {Write} from './pipeline/write';
import {rebuildLedgers} from './rebuild-ledger';
import {assertAddsUp} from './report/adds-up';
import {writeReport} from './report/report-file';
import {testPolicy} from './policy-test';
import {describeSummary, toSummary} from './report/summary';
import {showEvent} from './show';
import {toFolderError} from './targets/folder-errors';
import {verifyArchive} from './verify';

/** How long a second writer waits for the first. */
const lockWaitMs = 15 * 60_000;

const keptFileBytes = 1024 * 1024 * 1024;

export class ArcteraArchiveDestination extends Destination<Config> {
  override readonly configSchema = published.configSchema;
  override readonly documentationUrl = published.documentationUrl;
  override readonly extraVerbs: readonly ExtraVerb<Config>[] = [
    {
      name: 'verify',
      description: 'prove the ledger and every item of the archive',
      run: async (config, {log}) => ((await verifyArchive(config, new Events(log))) ? 0 : 1),
    },
    {
      name: 'show',
      description: 'tell what became of a record, and why',
      options: {event: 'id of the event or record'},
      run: (config, {log}, {options}) => Promise.resolve(showEvent(config, options['event'] ?? '', new Events(log))),
    },
    {
      name: 'policy-test',
      description: 'tell what the policy would do with the records on stdin, delivering nothing',
      run: async (config, {log}, {input}) => testPolicy(config, input(), new Events(log)),
    },
    {
      name: 'rebuild-ledger',
      description: 'make a ledger that was lost anew from the items of the archive',
      run: async (config, {clock, log}) => ((await rebuildLedgers(config, new Events(log), clock)) ? 0 : 1),
    },
  ];

  override checkConnection(config: Config): Promise<void> {
    return checkTarget(config);
  }

  override async *writeRecords(
    {config, catalog, input}: WriteRequest<Config>,
    {clock, log, signal}: DestinationContext
  ): AsyncGenerator<StateMessage> {
    const events = new Events(log);
    const policy = toPolicy(config);
    const root = ledgerRoot(config);
    await beginTarget(config, {clock, signal});
    const startedMs = clock.nowMs();
    const opening = {
      root,
      openTargets: (directory: string) => openTargets(config, directory, {clock, signal}),
      clock,
      signal,
      onSettled: (settlement: Settlement) => events.settledOpenIntents(settlement),
    };
    await settleWorkspaces({...opening, onFailed: (name, {code}) => events.workspaceNotSettled(name, code)});
    const write = new Write({
      config,
      policy,
      catalog,
      clock,
      signal,
      keptFileBytes,
      openWorkspace: (workspaceId) => openWorkspace({...opening, workspaceId, lockWaitMs}),
      onArchived: (tally) => events.archived(tally),
    });
    let hasEnded = false;
    try {
      yield* write.run(input);
      hasEnded = !signal.aborted;
    } catch (error) {
      throw toFolderError(error, root); // whichever folder of the archive it was: what to do is the same
    } finally {
      await conclude(write, events, {startedMs, endedMs: clock.nowMs(), hasEnded, policyVersion: policy.version});
    }
  }
}

interface RunEnd {
  readonly startedMs: number;
  readonly endedMs: number;
  /** The input came to its end, and nothing failed. */
  readonly hasEnded: boolean;
  readonly policyVersion: string;
}

/** Reports the run and lets go of its workspaces. Throws IntegrityError when a run that ended does not add up. */
async function conclude(write: Write, events: Events, {hasEnded, ...times}: RunEnd): Promise<void> {
  const workspaces = write.workspaces.all();
  const incomplete = workspaces.map(({files}) => files.incomplete);
  const incompleteTransfers = incomplete.reduce((sum, {transfers}) => sum + transfers, 0);
  const incompleteRecords = incomplete.reduce((sum, {records}) => sum + records, 0);
  const summary = toSummary({
    ...times,
    runId: randomUUID(),
    complete: hasEnded && incompleteRecords === 0,
    tally: write.tally,
    incompleteTransfers,
    statesReleased: write.statesReleased,
    statesHeld: write.statesHeld,
    reconciliations: workspaces.map(({reconciliation}) => reconciliation),
    isReconcilable: hasEnded && write.expectsCaptureRuns,
  });
  if (incompleteTransfers > 0) events.transfersIncomplete(incompleteTransfers);
  events.linesIgnored(summary.ignored_lines);
  if (summary.unreconciled !== undefined) events.unreconciled(summary.unreconciled);
  for (const {stores} of workspaces) {
    // A disk that is full must not hide the error that ended the run.
    await writeReport(stores.reportsFolder, summary).catch(() => events.reportNotWritten());
  }
  events.summed(describeSummary(summary));
  await write.workspaces.close();
  if (hasEnded) assertAddsUp(write.tally, incompleteRecords);
}
