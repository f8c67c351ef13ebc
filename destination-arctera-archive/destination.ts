// The destination as Airbyte knows it: builds the object graph of a sync and runs it.
import {randomUUID} from 'node:crypto';
import {resolve} from 'node:path';
import {Destination, type DestinationContext, type ExtraVerb, type WriteRequest} from '../airbyte/destination';
import type {StateMessage} from '../airbyte/protocol';
import {IntegrityError} from '../core/errors';
import {beginTarget, checkTarget} from './check';
import {type Config, configSchema} from './config';
import {Events} from './events';
import type {Settlement} from './ledger/settle';
import {openFolderWorkspace} from './pipeline/open-workspace';
import {settleWorkspaces} from './pipeline/settle-workspaces';
import {Write} from './pipeline/write';
import {writeReport} from './report/report-file';
import {describeSummary, type Summary, toSummary} from './report/summary';
import {verifyArchive} from './verify';

/** How long a second writer waits for the first. */
const lockWaitMs = 15 * 60_000;

const keptFileBytes = 1024 * 1024 * 1024;

export class ArcteraArchiveDestination extends Destination<Config> {
  override readonly configSchema = configSchema;
  override readonly documentationUrl = 'https://docs.airbyte.com/integrations/destinations/arctera-archive';
  override readonly extraVerbs: readonly ExtraVerb<Config>[] = [
    {
      name: 'verify',
      description: 'prove the ledger and every item of the archive',
      run: async (config, {log}) => ((await verifyArchive(config, new Events(log))) ? 0 : 1),
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
    const root = resolve(config.target.path);
    await beginTarget(config);
    const startedMs = clock.nowMs();
    const opening = {root, clock, signal, onSettled: (settlement: Settlement) => events.settledOpenIntents(settlement)};
    await settleWorkspaces({...opening, onFailed: (name, {code}) => events.workspaceNotSettled(name, code)});
    const write = new Write({
      config,
      catalog,
      clock,
      signal,
      keptFileBytes,
      openWorkspace: (workspaceId) => openFolderWorkspace({...opening, workspaceId, lockWaitMs}),
      onArchived: (tally) => events.archived(tally),
    });
    let complete = false;
    try {
      yield* write.run(input);
      complete = !signal.aborted;
    } finally {
      const incompleteFiles = write.workspaces.all().map(({files}) => files.incomplete);
      const incompleteTransfers = incompleteFiles.reduce((sum, {transfers}) => sum + transfers, 0);
      const summary = toSummary({
        runId: randomUUID(),
        startedMs,
        endedMs: clock.nowMs(),
        complete,
        tally: write.tally,
        incompleteTransfers,
        statesReleased: write.statesReleased,
        statesHeld: write.statesHeld,
      });
      if (incompleteTransfers > 0) events.transfersIncomplete(incompleteTransfers);
      events.linesIgnored(summary.ignored_lines);
      for (const {stores} of write.workspaces.all()) {
        // A disk that is full must not hide the error that ended the run.
        await writeReport(stores.reportsFolder, summary).catch(() => events.reportNotWritten());
      }
      events.summed(describeSummary(summary));
      await write.workspaces.close();
      if (complete) assertAddsUp(summary);
    }
  }
}

/** In a complete run only records of incomplete transfers may be left without an outcome. */
function assertAddsUp(summary: Summary): void {
  const left = Object.values(summary.streams).reduce((sum, counts) => sum + (counts['without_outcome'] ?? 0), 0);
  if (left === 0 || (left > 0 && summary.incomplete_transfers > 0)) return;
  throw new IntegrityError('counts_do_not_add_up', `${left} records of a complete run have no outcome.`);
}
