// Each additional target that can keep it carries the archive's id: one that was lost is not begun anew, nor another's taken.
import {ConfigError, type ConnectorError, TransientError} from '../../core/errors';
import type {EvidenceLedger, ReadEntries} from '../ledger/evidence';
import {noteFailure} from '../ledger/settle';
import {defaultTarget} from '../policy/routing';
import type {Target} from '../targets/target';

/**
 * To be done before anything is delivered there. Throws for a target that is empty though the ledger has items in it, or that belongs to another archive.
 * @param failures takes the targets that cannot be asked for the moment
 */
export async function claimAdditionalTargets(
  {ledger, directory}: {readonly ledger: EvidenceLedger; readonly directory: string},
  targets: ReadonlyMap<string, Target>,
  failures: Map<string, ConnectorError>
): Promise<void> {
  for (const [name, {mark}] of targets) {
    if (name === defaultTarget || mark === undefined) continue;
    try {
      const found = await mark.read();
      if (found === ledger.archiveId) continue;
      if (found !== undefined) {
        const detail = `The additional target ${JSON.stringify(name)} carries the id of another archive than the ledger.`;
        throw new ConfigError('additional_target_of_another', detail);
      }
      // Earlier releases left no id there.
      if (!(await mark.hasItems()) && (await hasItemsIn(name, ledger.entries))) {
        const lacking = `${directory}/archive-id, which says ${ledger.archiveId}`;
        const detail = `The ledger has items in the additional target ${JSON.stringify(name)}, and nothing lies there`;
        throw new ConfigError('additional_target_empty', `${detail}, not even ${lacking}.`);
      }
      await mark.create(ledger.archiveId);
    } catch (error) {
      noteFailure(name, error, {failures});
    }
  }
}

/**
 * To be asked where there is no ledger: one is begun before a target gets the id of its archive. What cannot be asked
 * for the moment is claimed later.
 */
export async function assertNoneIsClaimed(
  targets: ReadonlyMap<string, Target>,
  hasLedger: () => boolean
): Promise<void> {
  for (const [name, {mark}] of targets) {
    if (name === defaultTarget || mark === undefined) continue;
    const found = await mark.read().catch((error: unknown) => {
      if (error instanceof TransientError) return undefined;
      throw error;
    });
    if (found === undefined || hasLedger()) continue; // another first run may have begun one meanwhile
    const detail = `The additional target ${JSON.stringify(name)} carries the id of an archive, and there is no ledger.`;
    throw new ConfigError('additional_target_of_another', detail);
  }
}

/** Whether the target ever took an item that it did not refuse. */
async function hasItemsIn(name: string, entries: ReadEntries): Promise<boolean> {
  const open = new Set<string>();
  for await (const {kind, body} of entries(['intent', 'delivered', 'taken', 'voided'])) {
    if (kind === 'intent') {
      if (body.targets?.includes(name) === true) open.add(body.item_id);
    } else if (kind === 'taken') {
      if (body.items.some(({target}) => target === name)) return true;
    } else if (kind === 'delivered' || kind === 'voided') {
      const refusals = kind === 'delivered' ? (body.refusals ?? []) : [];
      for (const {item_id: itemId, target} of refusals) if (target === name) open.delete(itemId);
      if (kind === 'delivered' && body.item_ids.some((itemId) => open.has(itemId))) return true;
      for (const itemId of body.item_ids) open.delete(itemId);
    }
  }
  return false;
}
