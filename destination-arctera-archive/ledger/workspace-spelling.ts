// One workspace has one ledger, in whatever case its id is written: a second one would archive everything again.
import {fromSafeName, toSafeName} from '../../core/safe-name';
import {isUuid} from '../../core/uuid';

/**
 * The id as the ledgers spell it; as it is given where none of them is that workspace's.
 * @param names of the workspaces that something lies of, as file names
 */
export function toKnownSpelling(workspaceId: string, names: readonly string[]): string {
  // Of other ids nobody knows whether case counts.
  if (!isUuid(workspaceId) || names.includes(toSafeName(workspaceId))) return workspaceId;
  const folded = workspaceId.toLowerCase();
  return names.map(fromSafeName).find((known) => known?.toLowerCase() === folded) ?? workspaceId;
}
