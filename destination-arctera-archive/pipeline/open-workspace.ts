// Opens the stores of one workspace : locks its ledger, and settles what an earlier run left open.
import {randomUUID} from 'node:crypto';
import type {Clock} from '../../core/clock';
import {BugError, ConfigError, type ConnectorError, IntegrityError, toConnectorError} from '../../core/errors';
import {toSafeName} from '../../core/safe-name';
import type {EvidenceLedger} from '../ledger/evidence';
import type {HeldLedger, LedgerPlace, OpenLedgerOptions} from '../ledger/ledger-place';
import {KeptFiles} from '../ledger/kept-files';
import {concernsLedger} from '../ledger/ledger-lock';
import {Outbox} from '../ledger/outbox';
import {beginRun, endRun, readRuns, type RunStart} from '../ledger/runs';
import {settleOpenIntents, type Settlement} from '../ledger/settle';
import {SetAsideFolder} from '../ledger/set-aside';
import {Spool} from '../ledger/spool';
import {toFolderError} from '../targets/folder-errors';
import {defaultTarget} from '../policy/routing';
import type {Target} from '../targets/target';
import {applyHolds, arePending} from './apply-holds';
import {assertNoneIsClaimed, claimAdditionalTargets} from './claim-additional-targets';
import {assertKnowsManifests, assertKnowsNewestRun} from './older-ledger';
import {hashesOf, redelivery} from './redelivery';
import type {WorkspaceStores} from './workspace';

export interface OpenOptions {
  readonly place: LedgerPlace;
  readonly workspaceId: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /**
   * Opens every target for the workspace of this folder name: the archive target is `default`. They ask `assertHeld`
   * before they send something.
   */
  readonly openTargets: (directory: string, assertHeld: () => void) => Promise<ReadonlyMap<string, Target>>;
  /** How long to wait for another writer to end. */
  readonly lockWaitMs: number;
  readonly onSettled: (settlement: Settlement) => void;
  /** Called when a hold could not be carried out on what is there. */
  readonly onHoldsOpen: (error: ConnectorError) => void;
  /** Called when the run before delivered to another archive target than this one does. */
  readonly onOtherTarget?: (workspaceId: string, before: string) => void;
  /** The run that opens it; absent where nothing but settling is to be done. */
  readonly run?: RunStart;
}

export async function openWorkspace(options: OpenOptions): Promise<WorkspaceStores> {
  const {place, workspaceId, clock, lockWaitMs, signal} = options;
  const held: {ledger?: EvidenceLedger} = {}; // nothing is sent before it is open
  const targets = await options.openTargets(toSafeName(workspaceId), () => held.ledger?.assertHeld?.());
  const target = targets.get(defaultTarget);
  if (target === undefined) throw new BugError('There is no archive target.');
  // Before a file is made where a ledger is missing. Items come after their ledger, so it is looked for last.
  if (!place.hasLedger(workspaceId)) {
    const isLost = place.isLost(toSafeName(workspaceId)); // all that a mail server leaves of a ledger
    if (isLost || (await target.mark?.hasItems()) === true) throw archiveWithoutLedger(target, workspaceId);
    await assertNoneIsClaimed(targets, () => place.hasLedger(workspaceId));
  }
  const {ledger, folder, mirror} = await openLedger(place, {
    workspaceId,
    archiveId: (isBegun) => pairedArchiveId(target, isBegun, workspaceId),
    clock,
    lockWaitMs,
    signal,
  });
  held.ledger = ledger;
  try {
    const runs = await readRuns(ledger.entries);
    assertKnowsNewestRun(runs, folder.reports);
    await assertKnowsManifests(runs, ledger.entries, target);
    if (options.run !== undefined) {
      await beginRun(ledger, options.run, runs);
      const before = runs.findLast(({target: told}) => told !== undefined)?.target;
      if (before !== undefined && before !== options.run.target) options.onOtherTarget?.(workspaceId, before);
    }
    const spool = new Spool(folder.spool);
    spool.clear();
    const outbox = new Outbox(folder.outbox, mirror);
    const setAside = new SetAsideFolder(folder.setAside, mirror);
    const failures = new Map<string, ConnectorError>();
    await claimAdditionalTargets({ledger, directory: toSafeName(workspaceId)}, targets, failures);
    for (const [name, each] of targets) {
      if (name !== defaultTarget && !failures.has(name)) await assertKnowsManifests(runs, ledger.entries, each);
    }
    const settlement = await settleOpenIntents(ledger, {
      ...redelivery({targets, outbox, setAside, temporaryFolder: folder.tmp, holds: () => ledger.holds()}),
      targets,
      failures,
      release: (intents) => outbox.release(intents.flatMap(hashesOf)),
    });
    outbox.releaseOthers(ledger.openIntents().flatMap(hashesOf));
    if (settlement.delivered + settlement.voided > 0) options.onSettled(settlement);
    await carryOutHolds(ledger, targets, options);
    const [failure] = failures.values();
    if (failure !== undefined && targets.size === 1) throw failure;
    return {
      workspaceId,
      ledger,
      target,
      targets,
      spool,
      setAside,
      outbox,
      failures,
      temporaryFolder: folder.tmp,
      reportsFolder: folder.reports,
      keptFiles: new KeptFiles(folder.path, mirror),
      mirror,
    };
  } catch (error) {
    await endFailed(ledger, options, error);
    ledger.close();
    // Connections that a settlement has made would keep the process alive for minutes.
    for (const each of targets.values()) await each.close();
    throw error;
  }
}

/** A run that ends before it takes a record has failed: the next one is not to say that its process died. */
async function endFailed(ledger: EvidenceLedger, {run, clock}: OpenOptions, error: unknown): Promise<void> {
  if (run === undefined || concernsLedger(toConnectorError(error))) return; // nobody can write there now
  await endRun(ledger, run, 'failed', new Date(clock.nowMs()).toISOString()).catch(() => undefined);
}

/** Capturing goes on whatever stands in the way of a hold: what comes is held all the same. */
async function carryOutHolds(
  ledger: EvidenceLedger,
  targets: ReadonlyMap<string, Target>,
  {onHoldsOpen}: OpenOptions
): Promise<void> {
  try {
    if (await arePending(ledger)) await applyHolds({ledger, targets});
  } catch (error) {
    const failure = toConnectorError(error);
    if (failure instanceof IntegrityError) throw failure;
    onHoldsOpen(failure);
  }
}

async function openLedger(place: LedgerPlace, options: OpenLedgerOptions): Promise<HeldLedger> {
  try {
    return await place.open(options);
  } catch (error) {
    throw toFolderError(error, place.root);
  }
}

/** Archive and ledger carry one id; either without the other means that something was lost or moved. */
async function pairedArchiveId(
  target: Target,
  ledgerIsBegun: boolean,
  workspaceId: string
): Promise<string | undefined> {
  const {mark} = target;
  if (mark === undefined) return undefined; // such a target keeps nothing but items: the ledger has the only id
  const archiveId = await mark.read();
  if (archiveId === undefined && ledgerIsBegun) {
    throw new ConfigError(
      'ledger_without_archive',
      `The ledger of workspace ${JSON.stringify(workspaceId)} has no archive.`
    );
  }
  // An id without items and without a ledger is a first run that was cut off.
  if (!ledgerIsBegun && (await mark.hasItems())) throw archiveWithoutLedger(target, workspaceId);
  if (archiveId !== undefined) return archiveId;
  const fresh = randomUUID();
  await mark.create(fresh);
  return fresh;
}

function archiveWithoutLedger({name}: Target, workspaceId: string): ConfigError {
  return new ConfigError(
    name === 's3' ? 'bucket_without_ledger' : 'archive_without_ledger',
    `The archive of workspace ${JSON.stringify(workspaceId)} has no ledger.`
  );
}
