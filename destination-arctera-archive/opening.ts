// How the workspaces of an archive are opened, whoever opens them: a sync, a retry or a hold.
import type {DestinationContext} from '../airbyte/destination';
import {describeTarget, openTargets} from './check';
import type {Config} from './config';
import type {Events} from './events';
import type {LedgerPlace} from './ledger/ledger-place';
import type {OpenOptions} from './pipeline/open-workspace';

/** All but which workspace, and for which run. */
export type Opening = Omit<OpenOptions, 'workspaceId' | 'lockWaitMs' | 'run'>;

interface Tools extends Pick<DestinationContext, 'clock' | 'signal'> {
  readonly config: Config;
  readonly place: LedgerPlace;
  readonly events: Events;
  /** Set where something is delivered that is new. */
  readonly runId?: string;
}

export function toOpening({config, place, events, clock, signal, runId}: Tools): Opening {
  const run = {clock, signal, ...(runId === undefined ? {} : {runId})};
  return {
    place,
    clock,
    signal,
    openTargets: (directory, assertHeld) => openTargets(config, directory, {...run, assertHeld}),
    onSettled: (settlement) => events.settledOpenIntents(settlement),
    onHoldsOpen: ({code}) => events.holdsNotApplied(code),
    onOtherTarget: (workspaceId, before) => events.otherTarget(workspaceId, before, describeTarget(config.target)),
  };
}
