// Takes items through intent, target and outcome, many at a time: the only place where something becomes "delivered".
import {BugError} from '../../core/errors';
import {type ItemFacts, toItemRecordText} from '../ledger/entry';
import type {Intent, ItemDecision, RecordRef, SettledFile} from '../ledger/ledger';
import {formats} from '../render/formats';
import {conversationIdOf, type Item, type RenderSettings} from '../render/item';
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
const batchBytes = 8 * 1024 * 1024;

interface ComposedItem {
  readonly prepared: PreparedItem;
  /** In the first format: what the ledger settles the item by. */
  readonly rendered: RenderedItem;
  /** In the other formats. */
  readonly copies: readonly RenderedItem[];
}

export class Delivery {
  private batch: ComposedItem[] = [];
  private bytes = 0;
  /** A batch on its way: the next one is rendered while the disk takes it. */
  private underWay: Promise<void> = Promise.resolve();

  constructor(
    private readonly stores: WorkspaceStores,
    private readonly settings: RenderSettings
  ) {}

  async add(prepared: PreparedItem): Promise<void> {
    const [first, ...others] = this.settings.formats;
    const rendered = await this.compose(prepared, first ?? 'eml');
    const copies: RenderedItem[] = [];
    for (const format of others) copies.push(await this.compose(prepared, format));
    this.batch.push({prepared, rendered, copies});
    for (const {body, size} of [rendered, ...copies]) this.bytes += body.kind === 'memory' ? size : 0;
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
    ledger.intend(batch.map(toIntent));
    this.underWay = this.settle(batch);
    this.underWay.catch(() => undefined); // whoever adds or commits next meets the failure
  }

  private async settle(batch: readonly ComposedItem[]): Promise<void> {
    const {ledger} = this.stores;
    await this.deliver(batch);
    ledger.delivered(batch.map(({rendered}) => rendered.itemId));
    for (const {prepared} of batch) prepared.onDelivered();
  }

  /** Each item to all of its targets; it counts as delivered when the last one has it. */
  private async deliver(batch: readonly ComposedItem[]): Promise<void> {
    const byTarget = new Map<string, {readonly copies: RenderedItem[]; readonly items: RenderedItem[]}>();
    for (const {prepared, rendered, copies} of batch) {
      for (const [index, name] of prepared.targets.entries()) {
        const isLast = index === prepared.targets.length - 1;
        const toOwn = async (each: RenderedItem): Promise<RenderedItem> =>
          isLast ? each : duplicate(each, String(index));
        const parcel = byTarget.get(name) ?? {copies: [], items: []};
        byTarget.set(name, parcel);
        for (const copy of copies) parcel.copies.push(await toOwn(copy));
        parcel.items.push(await toOwn(rendered));
      }
    }
    for (const [name, {copies, items}] of byTarget) {
      const target = this.stores.targets.get(name);
      if (target === undefined) throw new BugError('An item is routed to a target that does not exist.');
      // Copies first: an item that is there after a crash has all its copies.
      await target.deliver(copies);
      await target.deliver(items);
    }
  }

  private compose(prepared: PreparedItem, format: RenderSettings['formats'][number]): Promise<RenderedItem> {
    const {target, temporaryFolder} = this.stores;
    const {item} = prepared;
    const record = toItemRecordText({workspaceId: item.workspaceId, facts: toFacts(prepared)});
    const {ending, render} = formats[format];
    const address = target.address(item.itemId, ending);
    return composeItem(item.itemId, address, render(item, this.settings, record), temporaryFolder);
  }
}

function toIntent({prepared, rendered, copies}: ComposedItem): Intent {
  const {itemId, address, sha256, size} = rendered;
  return {
    ...toFacts(prepared),
    itemId,
    address,
    sha256,
    size,
    copies: copies.map((copy) => ({address: copy.address, sha256: copy.sha256, size: copy.size})),
  };
}

function toFacts({item, stream, records, files, targets, decision}: PreparedItem): ItemFacts {
  const conversationId = conversationIdOf(item);
  return {
    kind: item.kind,
    stream,
    records,
    files,
    conversation: conversationId === undefined ? undefined : {id: conversationId, subject: item.subject},
    policyVersion: item.policyVersion,
    targets,
    decision,
  };
}
