// Takes items through intent, target and outcome, many at a time: the only place where something becomes "delivered".
import {BugError} from '../../core/errors';
import {type ItemFacts, toItemRecordText} from '../ledger/entry';
import type {Intent, ItemDecision, RecordRef, SettledFile} from '../ledger/ledger';
import {emlEnding, renderEml} from '../render/eml';
import type {Addressing, Item} from '../render/item';
import type {RenderedItem} from '../targets/target';
import {composeItem, duplicate} from './compose';
import type {WorkspaceStores} from './workspace';

/** An item with what the ledger is to know of it. */
export interface PreparedItem {
  readonly item: Item;
  readonly stream: string;
  readonly records: readonly RecordRef[];
  readonly files: readonly SettledFile[];
  /** Names of the targets that it goes to. */
  readonly targets: readonly string[];
  /** What the rules said of it; undefined when they said nothing. */
  readonly decision: ItemDecision | undefined;
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
    if (this.batch.length >= batchItems || this.bytes >= batchBytes) await this.commit();
  }

  /** Resolves when every item that was added is durable. */
  async commit(): Promise<void> {
    const {ledger} = this.stores;
    const batch = this.batch;
    if (batch.length === 0) return;
    this.batch = [];
    this.bytes = 0;
    ledger.intend(batch.map(({prepared, rendered}) => toIntent(prepared, rendered)));
    await this.deliver(batch);
    ledger.delivered(batch.map(({rendered}) => rendered.itemId));
    for (const {prepared} of batch) prepared.onDelivered();
  }

  /** Each item to all of its targets; it counts as delivered when the last one has it. */
  private async deliver(
    batch: readonly {readonly prepared: PreparedItem; readonly rendered: RenderedItem}[]
  ): Promise<void> {
    const byTarget = new Map<string, RenderedItem[]>();
    for (const {prepared, rendered} of batch) {
      for (const [index, name] of prepared.targets.entries()) {
        const isLast = index === prepared.targets.length - 1;
        const copy = isLast ? rendered : await duplicate(rendered, String(index));
        const items = byTarget.get(name);
        if (items === undefined) byTarget.set(name, [copy]);
        else items.push(copy);
      }
    }
    for (const [name, items] of byTarget) {
      const target = this.stores.targets.get(name);
      if (target === undefined) throw new BugError('An item is routed to a target that does not exist.');
      await target.deliver(items);
    }
  }
}

function toIntent(prepared: PreparedItem, {itemId, address, sha256, size}: RenderedItem): Intent {
  return {...toFacts(prepared), itemId, address, sha256, size};
}

function toFacts({item, stream, records, files, targets, decision}: PreparedItem): ItemFacts {
  return {
    kind: item.kind,
    stream,
    records,
    files,
    conversation: item.kind === 'batch' ? undefined : {id: item.conversation.id, subject: item.subject},
    policyVersion: item.policyVersion,
    targets,
    decision,
  };
}
