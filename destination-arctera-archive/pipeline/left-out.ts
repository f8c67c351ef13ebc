// Gives what the policy leaves out its outcome: excluded in the ledger, or set aside with a durable copy.
import type {ErrorCode} from '../../core/error-codes';
import {sha256Hex, sha256OfParts} from '../../core/digest';
import type {RecordError} from '../../core/errors';
import type {PolicyReason, RecordRef} from '../ledger/ledger';
import type {LeftOut} from '../policy/decision';
import type {Original} from '../render/item';
import type {Tally} from '../report/tally';
import type {HeldRow, HeldTransfer} from './held-files';
import {keepContext} from './keep-context';
import type {Receipt, Receipts} from './receipt';
import type {LeftOutObject, Workspace} from './workspace';

/** A record on its way out of the pipeline. */
export interface LeavingRecord {
  readonly original: Original;
  readonly receipt: Receipt;
  readonly repeats: readonly Receipt[];
}

interface SetAsideReason {
  readonly code: ErrorCode;
  /** Where the policy decided it. */
  readonly why?: PolicyReason;
  readonly words?: string;
}

interface Pending {
  readonly stream: string;
  readonly records: readonly RecordRef[];
  readonly why: PolicyReason;
  readonly receipts: readonly Receipt[];
  /** Of each record; more may come until it has its outcome. */
  readonly repeats: readonly (readonly Receipt[])[];
}

const maxPending = 1000;

export class LeavingRecords {
  private pending: Pending[] = [];

  constructor(
    private readonly workspace: Workspace,
    private readonly receipts: Receipts,
    private readonly tally: Tally,
    private readonly policyVersion: string
  ) {}

  add(
    stream: string,
    {disposition, why}: Pick<LeftOut, 'disposition' | 'why'>,
    records: readonly LeavingRecord[]
  ): void {
    const reason: PolicyReason = {...why, policyVersion: this.policyVersion};
    this.tally.leftOut(why.rule, records.length);
    if (disposition === 'set_aside') return this.setAside(stream, {code: toCode(why.rule), why: reason}, records);
    this.pending.push({
      stream,
      records: records.map(({original: {recordId, sha256}}) => ({recordId, sha256})),
      why: reason,
      receipts: records.map(({receipt}) => receipt),
      repeats: records.map(({repeats}) => repeats),
    });
    if (this.pending.length >= maxPending) this.commit();
  }

  setAside(stream: string, {code, why, words}: SetAsideReason, records: readonly LeavingRecord[]): void {
    for (const {original, receipt, repeats} of records) {
      const {recordId, sha256, text} = original;
      const said = words === undefined ? {} : {words};
      const copy = {stream, recordId, sha256, code, ...said, emittedAt: undefined, record: text};
      this.workspace.setAsides.push({copy, receipt, repeats, ...(why === undefined ? {} : {why})});
    }
  }

  /** No item can be made of these records: whatever it is about them must not keep the others from the archive. */
  setUnmadeAside(stream: string, {code, message: words}: RecordError, records: readonly LeavingRecord[]): void {
    this.setAside(stream, {code, words}, records);
  }

  /** All that was added has a durable outcome when it returns. */
  commit(): void {
    const pending = this.pending;
    this.pending = [];
    this.workspace.stores.ledger.excluded(pending);
    for (const {records, receipts, repeats} of pending) {
      this.receipts.settleAll(receipts, 'excluded');
      for (const each of repeats) this.receipts.settleAll(each, 'duplicate');
      for (const {recordId} of records) this.workspace.groups.forget(recordId);
    }
    keepContext(this.workspace, this.receipts);
  }

  /** Files follow the message or object that names them: what was excluded stays out, what waits for review waits with them. */
  async files(objectsLeftOut: ReadonlyMap<string, LeftOutObject>): Promise<void> {
    const {files, groups, stores} = this.workspace;
    const outcomes = new Map<string, string | undefined>();
    const outcomeOf = (eventId: string): string | undefined => {
      if (!outcomes.has(eventId)) {
        outcomes.set(eventId, stores.ledger.findRecord(eventId)?.outcome ?? objectsLeftOut.get(eventId)?.outcome);
      }
      return outcomes.get(eventId);
    };
    // The rule that excluded the message or object excludes what comes with it.
    const exclude = (eventId: string, receipts: readonly Receipt[]): void => {
      const rule = stores.ledger.findExclusion(eventId)?.rule ?? objectsLeftOut.get(eventId)?.rule;
      if (rule !== undefined) this.tally.leftOut(rule, receipts.length);
      this.receipts.settleAll(receipts, 'excluded');
    };
    // A message that waits is decided afresh, whatever was said of it before.
    const {rows, transfers} = files.takeLeftOut(
      (eventId) => groups.find(eventId) === undefined && ['excluded', 'set_aside'].includes(outcomeOf(eventId) ?? '')
    );
    for (const row of rows) {
      if (outcomeOf(row.eventId) === 'set_aside') this.setAsideRow(row);
      else exclude(row.eventId, row.receipts);
    }
    for (const transfer of transfers) {
      if (outcomeOf(transfer.eventId) === 'set_aside') await this.setAsideWithMessage([transfer]);
      else exclude(transfer.eventId, files.archived([transfer]));
    }
    this.commit();
  }

  /** The bytes of uploads are kept where their message is. */
  async setAsideWithMessage(transfers: Iterable<HeldTransfer>): Promise<void> {
    for (const transfer of transfers) {
      const outcome = await this.setAsideTransfer(transfer, this.withMessage());
      this.receipts.settleAll(this.workspace.files.archived([transfer]), outcome);
    }
  }

  /** Bytes that no row names, or whose row is left out. */
  async addTransfer(transfer: HeldTransfer, {disposition, why}: Pick<LeftOut, 'disposition' | 'why'>): Promise<void> {
    const reason: PolicyReason = {...why, policyVersion: this.policyVersion};
    this.tally.leftOut(why.rule, transfer.receipts.length);
    if (disposition === 'set_aside') {
      const outcome = await this.setAsideTransfer(transfer, reason);
      this.receipts.settleAll(this.workspace.files.archived([transfer]), outcome);
      return;
    }
    const record = toTransferRecord(transfer, undefined);
    const receipts = this.workspace.files.archived([transfer]);
    this.pending.push({stream: 'file_chunks', records: [record], why: reason, receipts, repeats: []});
  }

  private setAsideRow(row: HeldRow): void {
    const [receipt, ...repeats] = row.receipts;
    if (receipt === undefined) return;
    const original = {recordId: sha256OfParts(['files', row.text]), sha256: sha256Hex(row.text), text: row.text};
    this.setAside('files', {code: 'policy_review', why: this.withMessage()}, [{original, receipt, repeats}]);
  }

  /** @returns the outcome of its chunks: they are a repeat where the very bytes are set aside already */
  private async setAsideTransfer(transfer: HeldTransfer, why: PolicyReason): Promise<'set_aside' | 'duplicate'> {
    const {content} = transfer;
    if (content === undefined) return 'set_aside';
    const {ledger, setAside} = this.workspace.stores;
    const bytes = await setAside.keepBytes(content.sha256, content.open() as AsyncIterable<Buffer>);
    const {recordId, sha256, text} = toTransferRecord(transfer, bytes);
    if (ledger.findRecord(recordId) !== undefined) return 'duplicate';
    const copy = {stream: 'file_chunks', recordId, sha256, code: toCode(why.rule), emittedAt: undefined, record: text};
    const [path = ''] = setAside.write([copy]);
    ledger.setAside([{record: {recordId, sha256}, stream: copy.stream, code: copy.code, path, why}]);
    return 'set_aside';
  }

  private withMessage(): PolicyReason {
    return {rule: 'with_message', reason: 'its message is set aside', policyVersion: this.policyVersion};
  }
}

function toCode(rule: string): ErrorCode {
  if (rule === 'routing_no_match') return 'policy_not_routed';
  return rule === 'attachment_mode' ? 'attachment_missing' : 'policy_review';
}

/** @param bytes path of the bytes where they are kept */
function toTransferRecord({content, fileId, eventId, name}: HeldTransfer, bytes: string | undefined): Original {
  const {size = null, sha256 = null} = content ?? {};
  const text = JSON.stringify({
    file_id: fileId,
    event_id: eventId,
    name: name ?? null,
    size,
    sha256,
    bytes: bytes ?? null,
  });
  return {recordId: sha256OfParts(['file_chunks', text]), sha256: sha256Hex(text), text};
}
