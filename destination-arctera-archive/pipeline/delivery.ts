// Takes items through intent, target and outcome, many at a time: the only place where something becomes "delivered".
import type {Intent, RecordRef, SettledFile} from '../ledger/ledger';
import {emlEnding, renderEml} from '../render/eml';
import type {Item, RenderSettings} from '../render/item';
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

const batchItems = 256;
const batchBytes = 32 * 1024 * 1024;

export class Delivery {
  private batch: {readonly prepared: PreparedItem; readonly rendered: RenderedItem}[] = [];
  private bytes = 0;

  constructor(
    private readonly stores: WorkspaceStores,
    private readonly settings: RenderSettings
  ) {}

  async add(prepared: PreparedItem): Promise<void> {
    const {target, temporaryFolder} = this.stores;
    const {item} = prepared;
    const address = target.address(item.itemId, emlEnding);
    const rendered = await composeItem(item.itemId, address, renderEml(item, this.settings), temporaryFolder);
    this.batch.push({prepared, rendered});
    this.bytes += rendered.body.kind === 'memory' ? rendered.size : 0;
    if (this.batch.length >= batchItems || this.bytes >= batchBytes) await this.commit();
  }

  /** Resolves when every item that was added is durable. */
  async commit(): Promise<void> {
    const {ledger, target} = this.stores;
    const batch = this.batch;
    if (batch.length === 0) return;
    this.batch = [];
    this.bytes = 0;
    ledger.intend(batch.map(({prepared, rendered}) => toIntent(prepared, rendered)));
    await target.deliver(batch.map(({rendered}) => rendered));
    ledger.delivered(batch.map(({rendered}) => rendered.itemId));
    for (const {prepared} of batch) prepared.onDelivered();
  }
}

function toIntent({item, stream, records, files}: PreparedItem, rendered: RenderedItem): Intent {
  return {
    itemId: item.itemId,
    kind: item.kind,
    address: rendered.address,
    sha256: rendered.sha256,
    size: rendered.size,
    stream,
    records,
    files,
    conversation: item.kind === 'batch' ? undefined : {id: item.conversation.id, subject: item.subject},
    policyVersion: item.policyVersion,
  };
}
