// Takes items through intent, target and outcome, many at a time: the only place where something becomes "delivered".
import {type ItemFacts, toItemRecordText} from '../ledger/entry';
import type {Intent, RecordRef, SettledFile} from '../ledger/ledger';
import {emlEnding, renderEml} from '../render/eml';
import type {Addressing, Item} from '../render/item';
import type {RenderedItem} from '../targets/target';
import {composeItem} from './compose';
import type {WorkspaceStores} from './workspace';

/** An item with what the ledger is to know of it. */
export interface PreparedItem {
  readonly item: Item;
  readonly stream: string;
  readonly records: readonly RecordRef[];
  readonly files: readonly SettledFile[];
  /** Called when the item is durable and the ledger knows it. */
  readonly onDelivered: () => void;
}

interface RenderedBatchItem {
  readonly prepared: PreparedItem;
  readonly rendered: RenderedItem;
}

const batchItems = 256;
const batchBytes = 8 * 1024 * 1024;

export class Delivery {
  private batch: RenderedBatchItem[] = [];
  private bytes = 0;
  /** A batch on its way: the next one is rendered while the disk takes it. */
  private underWay: Promise<void> = Promise.resolve();

  constructor(
    private readonly stores: WorkspaceStores,
    private readonly addressing: Addressing
  ) {}

  async add(prepared: PreparedItem): Promise<void> {
    const {target, temporaryFolder} = this.stores;
    const {item} = prepared;
    const address = target.address(item.itemId, emlEnding);
    const bytes = renderEml(
      item,
      this.addressing,
      toItemRecordText({workspaceId: item.workspaceId, facts: toFacts(prepared)})
    );
    const rendered = await composeItem(item.itemId, address, bytes, temporaryFolder);
    this.batch.push({prepared, rendered});
    this.bytes += rendered.body.kind === 'memory' ? rendered.size : 0;
    if (this.batch.length >= batchItems || this.bytes >= batchBytes) await this.startBatch();
  }

  /** Resolves when every item that was added is durable. */
  async commit(): Promise<void> {
    await this.startBatch();
    await this.underWay;
  }

  /** One batch at a time: resolves when the one before is durable and this one is announced. */
  private async startBatch(): Promise<void> {
    await this.underWay;
    const {ledger} = this.stores;
    const batch = this.batch;
    if (batch.length === 0) return;
    this.batch = [];
    this.bytes = 0;
    ledger.intend(batch.map(({prepared, rendered}) => toIntent(prepared, rendered)));
    this.underWay = this.deliver(batch);
    this.underWay.catch(() => undefined); // whoever adds or commits next meets the failure
  }

  private async deliver(batch: readonly RenderedBatchItem[]): Promise<void> {
    const {ledger, target} = this.stores;
    await target.deliver(batch.map(({rendered}) => rendered));
    ledger.delivered(batch.map(({rendered}) => rendered.itemId));
    for (const {prepared} of batch) prepared.onDelivered();
  }
}

function toIntent(prepared: PreparedItem, {itemId, address, sha256, size}: RenderedItem): Intent {
  return {...toFacts(prepared), itemId, address, sha256, size};
}

function toFacts({item, stream, records, files}: PreparedItem): ItemFacts {
  return {
    kind: item.kind,
    stream,
    records,
    files,
    conversation: item.kind === 'batch' ? undefined : {id: item.conversation.id, subject: item.subject},
    policyVersion: item.policyVersion,
  };
}
