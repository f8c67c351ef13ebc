// Makes durable what is not archived as an item: set-aside records, and what is known of people.
import type {Receipts} from './receipt';
import type {PendingSetAside, Workspace} from './workspace';

export function keepContext(workspace: Workspace, receipts: Receipts): void {
  setAsidePending(workspace, receipts);
  if (workspace.contextReceipts.length === 0) return;
  if (workspace.people.length > 0) workspace.stores.ledger.remember(workspace.people.splice(0));
  receipts.settleAll(workspace.contextReceipts.splice(0), 'context');
}

function setAsidePending(workspace: Workspace, receipts: Receipts): void {
  if (workspace.setAsides.length === 0) return;
  const {ledger, setAside} = workspace.stores;
  const first = new Map<string, PendingSetAside>();
  const repeats: PendingSetAside[] = [];
  for (const pending of workspace.setAsides.splice(0)) {
    const {recordId, sha256} = pending.copy;
    const key = JSON.stringify([recordId, sha256]);
    const known = ledger.findRecord(recordId);
    // What an earlier policy excluded is kept now that this one wants it looked at.
    const isKept = known?.sha256 === sha256 && known.outcome !== 'excluded';
    if (first.has(key) || isKept) repeats.push(pending);
    else first.set(key, pending);
  }
  const fresh = [...first.values()];
  const paths = setAside.write(fresh.map((pending) => pending.copy));
  ledger.setAside(
    fresh.map(({copy, why}, index) => ({
      record: {recordId: copy.recordId, sha256: copy.sha256},
      stream: copy.stream,
      code: copy.code,
      path: paths[index] ?? '',
      ...(why === undefined ? {} : {why}),
    }))
  );
  for (const {receipt} of fresh) receipts.settle(receipt, 'set_aside');
  for (const {receipt} of repeats) receipts.settle(receipt, 'duplicate');
  for (const {copy, repeats: later = []} of [...fresh, ...repeats]) {
    receipts.settleAll(later, 'duplicate');
    workspace.groups.forget(copy.recordId);
  }
}
