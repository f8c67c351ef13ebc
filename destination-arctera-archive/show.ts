// The verb `show`: tells what became of one record in every workspace of the archive, and why.
import type {Config} from './config';
import type {Events} from './events';
import {explainRecord} from './ledger/explain';
import {hasLedger, listWorkspaceFolders} from './ledger/workspace-folder';

/** @returns the exit code: 0 when a ledger knows the record */
export function showEvent({target}: Config, recordId: string, events: Events): number {
  let isKnown = false;
  for (const folder of listWorkspaceFolders(target.path).filter(hasLedger)) {
    const explanation = explainRecord(folder.ledger, folder.name, recordId);
    if (explanation === undefined) continue;
    isKnown = true;
    events.explained(explanation);
  }
  if (!isKnown) events.notInLedger();
  return isKnown ? 0 : 1;
}
