// Whether the ledger has what the states of a read go on from: one put back from a backup lacks the last of it.
import type {InputState} from '../../airbyte/destination-input';
import {type StateLineage, stateLineage} from '../../contract/state-lineage';
import {IntegrityError} from '../../core/errors';
import type {EvidenceLedger} from '../ledger/evidence';
import type {Brings, Following} from './state-gate';
import type {Workspaces, WorkspaceStores} from './workspace';

export class StateLineages {
  /** How far the ledgers know those of this run. */
  private readonly reached = new Map<string, number>();

  /** Workspaces of which it was told. */
  private readonly unknown = new Set<string>();

  /** @param onUnknown told once for each workspace, of a state that goes on from others which the ledger never saw */
  constructor(
    private readonly workspaces: Workspaces,
    private readonly onUnknown: (workspaceId: string, stream: string) => void
  ) {}

  /**
   * Undefined for a state before the first record of its stream, and for one that does not tell.
   * @param brings what came of the stream: a cache has the records of earlier reads too
   * @throws IntegrityError when the state goes on from states whose records the ledger lacks
   */
  async follow({content, stream}: InputState, brings: Brings): Promise<Following | undefined> {
    const lineage = stateLineage.safeParse(content?.['lineage']).data;
    const workspaceId = content?.['workspace_id'];
    if (stream === undefined || lineage === undefined || brings === 'nothing') return undefined;
    if (typeof workspaceId !== 'string' || workspaceId === '') return undefined;
    const {stores} = this.workspaces.find(workspaceId) ?? (await this.workspaces.of(workspaceId));
    if (!this.reached.has(lineage.id)) {
      const reached = stores.ledger.findReached(lineage.id);
      if (brings === 'records') this.assertReached(stores, lineage, {reached, stream: stream.name});
      this.reached.set(lineage.id, reached ?? 0);
    }
    return {ledger: stores.ledger, lineage};
  }

  /** Resolves when the ledgers have what the platform may be told now. */
  async release(states: readonly (Following | undefined)[]): Promise<void> {
    const reached = new Map<EvidenceLedger, Map<string, number>>();
    for (const following of states) {
      if (following === undefined) continue;
      const {ledger, lineage} = following;
      if (lineage.to <= (this.reached.get(lineage.id) ?? 0)) continue;
      this.reached.set(lineage.id, lineage.to);
      const ofLedger = reached.get(ledger) ?? new Map<string, number>();
      reached.set(ledger, ofLedger);
      ofLedger.set(lineage.id, lineage.to);
    }
    for (const [ledger, ofLedger] of reached) {
      const body = {reached: [...ofLedger].map(([lineage, states]) => ({lineage, states}))};
      await ledger.durably(() => void ledger.note({kind: 'states_released', body}));
    }
  }

  private assertReached(
    {workspaceId}: WorkspaceStores,
    {from}: StateLineage,
    {reached, stream}: {readonly reached: number | undefined; readonly stream: string}
  ): void {
    if (reached === undefined && from > 0) this.tellUnknown(workspaceId, stream);
    if (reached === undefined || reached >= from) return;
    throw new IntegrityError(
      'states_ahead',
      `The connection goes on from records of stream ${stream} that the ledger of workspace ${workspaceId} does not have: it knows ${reached} of ${from} states.`
    );
  }

  private tellUnknown(workspaceId: string, stream: string): void {
    if (this.unknown.has(workspaceId)) return;
    this.unknown.add(workspaceId);
    this.onUnknown(workspaceId, stream);
  }
}
