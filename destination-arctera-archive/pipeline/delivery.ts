// Takes items through intent, target and outcome, many at a time: the only place where something becomes "delivered".
import {BugError, TransientError} from '../../core/errors';
import {type ItemFacts, toItemRecordText} from '../ledger/entry';
import type {Intent, ItemDecision, RecordRef, SettledFile, TargetReceipt} from '../ledger/ledger';
import {toReceipts} from '../ledger/settle';
import {formats} from '../render/formats';
import {conversationIdOf, ownerOf, type Item, type RenderSettings} from '../render/item';
import type {DeliveryResult, ItemPlace, RenderedItem, Target} from '../targets/target';
import {composeItem, discardComposed, duplicate} from './compose';
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
  /** Called when its records are set aside, because a target will never take it. */
  readonly onRefused: () => void;
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

  /**
   * Resolves when every item that was added has its outcome. Items of a target that has failed are left open: the next
   * run settles them, and the states behind them wait.
   */
  async commit(): Promise<void> {
    await this.startBatch();
    await this.underWay;
  }

  /** One batch at a time: resolves when the one before has its outcomes and this one is announced. */
  private async startBatch(): Promise<void> {
    await this.underWay;
    const {ledger, outbox, failures} = this.stores;
    const isLeftOpen = ({prepared}: ComposedItem): boolean => prepared.targets.some((name) => failures.has(name));
    for (const each of this.batch.filter(isLeftOpen)) await dropFiles(each);
    const batch = this.batch.filter((each) => !isLeftOpen(each));
    this.batch = [];
    this.bytes = 0;
    if (batch.length === 0) return;
    const kept = batch.filter(({prepared}) => prepared.targets.some((name) => !this.target(name).isReadable));
    await outbox.keep(kept.map(({rendered}) => rendered));
    ledger.intend(batch.map((each) => this.toIntent(each)));
    this.underWay = this.settle(batch, kept);
    this.underWay.catch(() => undefined); // whoever adds or commits next meets the failure
  }

  private async settle(batch: readonly ComposedItem[], kept: readonly ComposedItem[]): Promise<void> {
    const {ledger, outbox, failures} = this.stores;
    const {receipts, refusals} = await this.deliver(batch);
    const ended = batch.filter(({prepared}) => !prepared.targets.some((name) => failures.has(name)));
    const taken = ended.filter(({rendered}) => !refusals.has(rendered.itemId));
    const refused = ended.filter(({rendered}) => refusals.has(rendered.itemId));
    const takenIds = new Set(taken.map(({rendered}) => rendered.itemId));
    ledger.delivered(
      [...takenIds],
      receipts.filter(({itemId}) => takenIds.has(itemId))
    );
    this.setAside(refused, refusals);
    outbox.release(kept.filter((each) => ended.includes(each)).map(({rendered}) => rendered.itemId));
    for (const {prepared} of taken) prepared.onDelivered();
    for (const {prepared} of refused) prepared.onRefused();
  }

  /** Each item to all of its targets; it counts as delivered when the last one has it. */
  private async deliver(batch: readonly ComposedItem[]): Promise<Delivered> {
    const {failures, targets} = this.stores;
    const receipts: TargetReceipt[] = [];
    const refusals = new Map<string, Refusal>();
    for (const [name, {copies, items}] of await this.toParcels(batch)) {
      try {
        // Copies first: an item that is there after a crash has all its copies.
        const results = [...(await this.target(name).deliver(copies)), ...(await this.target(name).deliver(items))];
        receipts.push(...toReceipts(name, results));
        for (const result of results) if (result.kind === 'refused') refusals.set(result.itemId, result);
      } catch (error) {
        if (!(error instanceof TransientError) || targets.size === 1) throw error;
        failures.set(name, error);
      }
    }
    for (const each of batch) await dropFiles(each);
    return {receipts, refusals};
  }

  private async toParcels(batch: readonly ComposedItem[]): Promise<ReadonlyMap<string, Parcel>> {
    const byTarget = new Map<string, Parcel>();
    for (const {prepared, rendered, copies} of batch) {
      const {item, targets} = prepared;
      for (const [index, name] of targets.entries()) {
        const isLast = index === targets.length - 1;
        const toOwn = async (each: RenderedItem): Promise<RenderedItem> => {
          const own = isLast ? each : await duplicate(each, String(index));
          return {...own, address: this.target(name).address(toPlace(item, endingOf(each)))};
        };
        const parcel = byTarget.get(name) ?? {copies: [], items: []};
        byTarget.set(name, parcel);
        for (const copy of copies) parcel.copies.push(await toOwn(copy));
        parcel.items.push(await toOwn(rendered));
      }
    }
    return byTarget;
  }

  /** The server's words are kept with the records. */
  private setAside(refused: readonly ComposedItem[], refusals: ReadonlyMap<string, Refusal>): void {
    const {ledger, setAside} = this.stores;
    for (const {prepared, rendered} of refused) {
      const {code = 'item_refused', words = ''} = refusals.get(rendered.itemId) ?? {};
      const {item, stream, records} = prepared;
      const paths = setAside.write(
        item.originals.map(({recordId, sha256, text}) => {
          return {stream, recordId, sha256, code, words, emittedAt: undefined, record: text};
        })
      );
      ledger.voided([rendered.itemId]);
      ledger.setAside(records.map((record, index) => ({record, stream, code, path: paths[index] ?? ''})));
    }
  }

  private target(name: string): Target {
    const target = this.stores.targets.get(name);
    if (target === undefined) throw new BugError('An item is routed to a target that does not exist.');
    return target;
  }

  private async compose(prepared: PreparedItem, format: RenderSettings['formats'][number]): Promise<RenderedItem> {
    const {target, temporaryFolder} = this.stores;
    const {item, targets} = prepared;
    const record = toItemRecordText({workspaceId: item.workspaceId, facts: toFacts(prepared)});
    const {ending, render} = formats[format];
    const [first] = targets;
    const place = toPlace(item, ending);
    const address = (first === undefined ? target : this.target(first)).address(place);
    const rendered = await composeItem(item.itemId, address, render(item, this.settings, record), temporaryFolder);
    return {...rendered, ending, retentionDays: item.retention?.days, legalHold: item.legalHold};
  }

  private toIntent({prepared, rendered, copies}: ComposedItem): Intent {
    const {itemId, address, sha256, size} = rendered;
    const places = prepared.targets.flatMap((name) => {
      const target = this.target(name);
      const addresses = [rendered, ...copies].map((each) => target.address(toPlace(prepared.item, endingOf(each))));
      const [own = '', ...others] = addresses;
      return own === address ? [] : [[name, {address: own, copies: others}] as const];
    });
    return {
      ...toFacts(prepared),
      itemId,
      address,
      sha256,
      size,
      copies: copies.map((copy) => ({address: copy.address, sha256: copy.sha256, size: copy.size})),
      ...(places.length === 0 ? {} : {places: Object.fromEntries(places)}),
    };
  }
}

type Refusal = Extract<DeliveryResult, {kind: 'refused'}>;

interface Delivered {
  readonly receipts: readonly TargetReceipt[];
  /** By item id. */
  readonly refusals: ReadonlyMap<string, Refusal>;
}

interface Parcel {
  readonly copies: RenderedItem[];
  readonly items: RenderedItem[];
}

function endingOf({ending}: RenderedItem): string {
  if (ending === undefined) throw new BugError('An item has no format.');
  return ending;
}

function toPlace(item: Item, ending: string): ItemPlace {
  const {itemId, dateMs} = item;
  return {itemId, ending, dateMs, userId: ownerOf(item)?.id, conversationId: conversationIdOf(item)};
}

/** What the target has not moved away. */
async function dropFiles({rendered, copies}: ComposedItem): Promise<void> {
  for (const {body} of [rendered, ...copies]) if (body.kind === 'file') await discardComposed(body.path);
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
