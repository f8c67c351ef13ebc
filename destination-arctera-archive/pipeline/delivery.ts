// Takes items through intent, target and outcome, many at a time: the only place where something becomes "delivered".
import {setImmediate as nextTurn} from 'node:timers/promises';
import {BugError, RecordError} from '../../core/errors';
import {toItemRecordText} from '../ledger/entry';
import {holdsOn} from '../ledger/holds';
import type {Intent, TargetReceipt, TargetRefusal} from '../ledger/ledger';
import {isTargetDown} from '../ledger/ledger-lock';
import {toPossiblySent, toReceipts} from '../ledger/settle';
import {formats} from '../render/formats';
import type {Item, RenderSettings} from '../render/item';
import type {DeliveryResult, RenderedItem, Target} from '../targets/target';
import type {Tally} from '../report/tally';
import {discardComposed, duplicate, readBody} from './compose';
import type {Composer} from './compose-order';
import {toContentError} from './content-error';
import {type ItemHead, type PreparedItem, toItemHead, toMemoryBytes} from './prepared-item';
import type {WorkspaceStores} from './workspace';

const batchItems = 256;
const batchBytes = 2 * 1024 * 1024;

interface ComposedItem {
  readonly head: ItemHead;
  /** In the first format: what the ledger settles the item by. */
  readonly rendered: RenderedItem;
  /** In the other formats. */
  readonly copies: readonly RenderedItem[];
  /** As each target was given it. */
  readonly given: Map<string, RenderedItem>;
  /** What each target said; of one that failed there is none. */
  readonly results: Map<string, DeliveryResult>;
}

interface ComposingItem {
  readonly head: ItemHead;
  readonly composing: Promise<ComposedItem | RecordError>;
}

export class Delivery {
  private batch: ComposingItem[] = [];
  private bytes = 0;
  /** Whether nothing was added since there was room. */
  private hasRoom = false;
  /** A batch that waits for the one before it to be announced. */
  private starting: Promise<void> = Promise.resolve();
  /** A batch that is being composed; the next one is collected meanwhile. */
  private announced: Promise<void> = Promise.resolve();
  /** A batch on its way: the next one is rendered while the disk takes it. */
  private underWay: Promise<void> = Promise.resolve();

  constructor(
    private readonly stores: WorkspaceStores,
    private readonly settings: RenderSettings,
    private readonly composer: Composer,
    private readonly tally: Tally
  ) {}

  /**
   * Resolves when another item may be added. What it is made of is better read after that: while it waits for the
   * batches before it, it would grow old in memory, and what is old is collected at a price.
   */
  async room(): Promise<void> {
    if (this.hasRoom) return;
    await this.starting;
    // Each step of the batch that is under way comes back through the event loop: items made in a row would hold it up.
    await nextTurn();
    this.hasRoom = true;
  }

  async add(prepared: PreparedItem): Promise<void> {
    await this.room();
    this.hasRoom = false;
    const head = toItemHead(prepared);
    const composing = this.toComposed(head, this.compose(prepared.item, head));
    composing.catch(() => undefined); // met when its batch is announced
    this.batch.push({head, composing});
    this.bytes += toMemoryBytes(prepared.item, this.staysOnDisk(head.facts.targets));
    if (this.batch.length < batchItems && this.bytes < batchBytes) return;
    this.starting = this.startBatch();
    this.starting.catch(() => undefined); // whoever adds or commits next meets the failure
  }

  /**
   * Resolves when every item that was added has its outcome. Items of a target that has failed are left open: the next
   * run settles them, and the states behind them wait.
   */
  async commit(): Promise<void> {
    await this.starting;
    await this.startBatch();
    await this.announced;
    await this.underWay;
  }

  /** Resolves when the batch before is announced. */
  private async startBatch(): Promise<void> {
    await this.announced;
    const batch = this.batch;
    this.batch = [];
    this.bytes = 0;
    this.announced = this.announce(batch);
    this.announced.catch(() => undefined); // whoever adds or commits next meets the failure
  }

  /** One batch at a time: resolves when the one before has its outcomes and this one is announced. */
  private async announce(items: readonly ComposingItem[]): Promise<void> {
    const composed: ComposedItem[] = [];
    for (const {head, composing} of items) {
      const result = await composing;
      if (result instanceof RecordError) await this.setUnrenderedAside(head, result);
      else composed.push(result);
    }
    await this.underWay;
    const {ledger, outbox, failures} = this.stores;
    // An open intent of an earlier run holds its records until the target that is down has answered for it.
    const isLeftOpen = ({head}: ComposedItem): boolean =>
      failures.size > 0 &&
      (head.facts.targets.some((name) => failures.has(name)) ||
        head.facts.records.some(({recordId}) => ledger.isIntended(recordId)));
    for (const each of composed.filter(isLeftOpen)) {
      await dropFiles(bodiesOf(each));
      each.head.onLeftOpen();
    }
    const batch = composed.filter((each) => !isLeftOpen(each));
    if (batch.length === 0) return;
    const kept = batch.filter(({head}) => head.facts.targets.some((name) => !this.target(name).isReadable));
    await outbox.keep(kept.flatMap(bodiesOf));
    await ledger.durably(() => ledger.intend(batch.map((each) => this.toIntent(each))));
    this.underWay = this.settle(batch, kept);
    this.underWay.catch(() => undefined); // whoever adds or commits next meets the failure
  }

  private async settle(batch: readonly ComposedItem[], kept: readonly ComposedItem[]): Promise<void> {
    const {ledger, outbox} = this.stores;
    const parcels = await this.toParcels(batch);
    const failure = await this.deliver(parcels);
    const ended = batch.filter((each) => each.results.size === each.head.facts.targets.length);
    const taken = ended.filter(({results}) => [...results.values()].some(({kind}) => kind === 'delivered'));
    const refused = ended.filter((each) => !taken.includes(each));
    const receipts = (of: readonly ComposedItem[]): TargetReceipt[] =>
      of.flatMap(({results}) => [...results].flatMap(([target, result]) => toReceipts(target, [result])));
    const open = batch.filter((each) => !ended.includes(each));
    const heard = open.flatMap(({rendered: {itemId}, results}) =>
      [...results]
        .filter(([name, {kind}]) => kind === 'delivered' && !this.target(name).isReadable)
        .map(([target]) => ({itemId, target}))
    );
    // Of those that stay open, what no target could be asked again.
    ledger.taken(
      heard,
      receipts(open).filter((each) =>
        heard.some(({itemId, target}) => itemId === each.itemId && target === each.target)
      )
    );
    const refusals: TargetRefusal[] = [];
    for (const each of taken) refusals.push(...(await this.setItemAside(each)));
    await ledger.durably(() => {
      ledger.delivered(
        taken.map(({rendered}) => rendered.itemId),
        {receipts: receipts(taken), refusals}
      );
    });
    for (const each of refused) await this.setRecordsAside(each);
    outbox.release(
      kept.filter((each) => ended.includes(each)).flatMap((each) => bodiesOf(each).map(({sha256}) => sha256))
    );
    const moved = new Set<string>();
    for (const {head, rendered, results} of taken) {
      const isEverywhere = [...results.values()].every(({kind}) => kind === 'delivered');
      if (isEverywhere && this.staysOnDisk(head.facts.targets)) moved.add(rendered.itemId);
    }
    const left = [
      ...batch.flatMap(bodiesOf),
      ...[...parcels.values()].flatMap(({copies, items}) => [...copies, ...items]),
    ];
    await dropFiles(left.filter(({itemId}) => !moved.has(itemId)));
    for (const {results} of ended) for (const [name, {kind}] of results) this.tally.target(name, kind === 'delivered');
    for (const {head} of taken) head.onDelivered();
    for (const {head} of refused) await head.onRefused(true);
    for (const {head} of open) head.onLeftOpen();
    if (failure !== undefined) throw failure.reason;
  }

  /**
   * Each item to all of its targets, side by side; what they said is in the results. A target that is down holds only
   * what is routed to it, unless it is the only one.
   * @returns what ends the run
   */
  private async deliver(parcels: ReadonlyMap<string, Parcel>): Promise<Failure | undefined> {
    const {failures, targets} = this.stores;
    const failed = await Promise.all(
      [...parcels].map(async ([name, parcel]) => {
        try {
          return await this.deliverParcel(name, parcel);
        } catch (reason) {
          return {reason};
        }
      })
    );
    let fatal: Failure | undefined;
    for (const [index, name] of [...parcels.keys()].entries()) {
      const failure = failed[index];
      if (failure === undefined) continue;
      const {reason} = failure;
      if (isTargetDown(reason) && targets.size > 1) failures.set(name, reason);
      else fatal ??= failure;
    }
    return fatal;
  }

  /** @returns why items are not known to be in the target */
  private async deliverParcel(name: string, {composed, copies, items}: Parcel): Promise<Failure | undefined> {
    const target = this.target(name);
    const ends = new Map<string, DeliveryResult>();
    const note = (results: readonly DeliveryResult[]): void => {
      for (const result of results) if (ends.get(result.itemId)?.kind !== 'refused') ends.set(result.itemId, result);
    };
    // Copies first: an item that is there after a crash has all its copies.
    note(await target.deliver(copies));
    const isWhole = ({itemId}: RenderedItem): boolean => (ends.get(itemId)?.kind ?? 'delivered') === 'delivered';
    note(await target.deliver(items.filter(isWhole)));
    let failure: Failure | undefined;
    for (const each of composed) {
      const end = ends.get(each.rendered.itemId);
      if (end?.kind === 'failed') failure ??= {reason: end.error};
      else if (end !== undefined) each.results.set(name, end);
    }
    return failure;
  }

  private async toParcels(batch: readonly ComposedItem[]): Promise<ReadonlyMap<string, Parcel>> {
    const byTarget = new Map<string, Parcel>();
    const {ledger} = this.stores;
    for (const composed of batch) {
      const {head, rendered, copies} = composed;
      const {place} = head;
      const {targets, records} = head.facts;
      for (const [index, name] of targets.entries()) {
        const isLast = index === targets.length - 1;
        const isMute = !this.target(name).isReadable;
        const mayBeThere = isMute && records.some(({recordId}) => ledger.isPossiblySent(recordId, name));
        const toOwn = async (each: RenderedItem): Promise<RenderedItem> => {
          const own = isLast ? each : await duplicate(each, String(index));
          return {...own, mayBeThere, address: this.target(name).address({...place, ending: endingOf(each)})};
        };
        const parcel = byTarget.get(name) ?? {composed: [], copies: [], items: []};
        byTarget.set(name, parcel);
        parcel.composed.push(composed);
        for (const copy of copies) parcel.copies.push(await toOwn(copy));
        const own = await toOwn(rendered);
        parcel.items.push(own);
        composed.given.set(name, own);
      }
    }
    return byTarget;
  }

  /** For the targets that refuse an item which others have taken: its bytes, uploads and all. */
  private async setItemAside({head, rendered, given, results}: ComposedItem): Promise<TargetRefusal[]> {
    const {itemId, sha256} = rendered;
    const refusals: TargetRefusal[] = [];
    for (const [target, result] of results) {
      if (result.kind !== 'refused') continue;
      const {code, words} = result;
      const item = given.get(target) ?? rendered;
      const path = await this.keepItem(item);
      const {address} = item;
      const recordIds = head.facts.records.map(({recordId}) => recordId);
      this.stores.setAside.writeRefusals([{itemId, target, address, sha256, code, words, recordIds, path}]);
      refusals.push({itemId, target, code, words, path, sha256});
    }
    return refusals;
  }

  /** Where no target takes an item: its records with the server's words, and its bytes for the uploads in them. */
  private async setRecordsAside({head, rendered, given, results}: ComposedItem): Promise<void> {
    const {ledger, setAside} = this.stores;
    const [[target, refusal] = ['', undefined]] = results;
    const {code = 'item_refused', words = ''} = refusal?.kind === 'refused' ? refusal : {};
    const {originals} = head;
    const {stream, records} = head.facts;
    const path = await this.keepItem(given.get(target) ?? rendered);
    const paths = setAside.write(
      originals().map(({recordId, sha256, text}) => {
        return {stream, recordId, sha256, code, words, emittedAt: undefined, item: path, record: text};
      })
    );
    ledger.voided([rendered.itemId], toPossiblySent(results));
    ledger.setAside(records.map((record, index) => ({record, stream, code, path: paths[index] ?? ''})));
  }

  /** One item that a format cannot hold must not keep the others from the archive. */
  private async setUnrenderedAside(
    {originals, facts: {stream, records}, onRefused}: ItemHead,
    reason: RecordError
  ): Promise<void> {
    const {ledger, setAside} = this.stores;
    const {code, message: words} = reason;
    const paths = setAside.write(
      originals().map(({recordId, sha256, text}) => {
        return {stream, recordId, sha256, code, words, emittedAt: undefined, record: text};
      })
    );
    ledger.setAside(records.map((record, index) => ({record, stream, code, path: paths[index] ?? ''})));
    await onRefused(false);
  }

  private keepItem({sha256, body}: RenderedItem): Promise<string> {
    return this.stores.setAside.keepBytes(sha256, readBody(body));
  }

  /** Whether what is composed is the very file that stays: every target moves it away from where it is made. */
  private staysOnDisk(targets: readonly string[]): boolean {
    return targets.every((name) => this.target(name).movesFilesFrom === this.stores.temporaryFolder);
  }

  private target(name: string): Target {
    const target = this.stores.targets.get(name);
    if (target === undefined) throw new BugError('An item is routed to a target that does not exist.');
    return target;
  }

  /** Orders the item in every format. Nothing here holds it any more when they are given. */
  private compose(item: Item, head: ItemHead): readonly Promise<RenderedItem>[] {
    const {target, temporaryFolder: directory} = this.stores;
    const {facts, place} = head;
    const {targets} = facts;
    const record = toItemRecordText({workspaceId: item.workspaceId, facts});
    const [first] = targets;
    const staysOnDisk = this.staysOnDisk(targets);
    return this.settings.formats.map((format) => {
      const address = (first === undefined ? target : this.target(first)).address({
        ...place,
        ending: formats[format].ending,
      });
      return this.composer.compose({item, format, settings: this.settings, record, address, directory, staysOnDisk});
    });
  }

  /** The item in every format, or why one of them cannot hold it. */
  private async toComposed(
    head: ItemHead,
    ordered: readonly Promise<RenderedItem>[]
  ): Promise<ComposedItem | RecordError> {
    const {facts, retention, legalHold} = head;
    const ends = await Promise.allSettled(ordered);
    const heldFor = holdsOn(facts, this.stores.ledger.holds());
    const bodies = ends.flatMap((end, index): RenderedItem[] => {
      const format = this.settings.formats[index];
      if (end.status === 'rejected' || format === undefined) return [];
      return [{...end.value, ending: formats[format].ending, retention, legalHold, heldFor}];
    });
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed !== undefined) {
      await dropFiles(bodies);
      const reason = toContentError(failed.reason, 'Rendering it');
      if (reason === undefined) throw failed.reason;
      return reason;
    }
    const [rendered, ...copies] = bodies;
    if (rendered === undefined) throw new BugError('There is no format.');
    return {head, rendered, copies, given: new Map(), results: new Map()};
  }

  private toIntent({head, rendered, copies}: ComposedItem): Intent {
    const {itemId, address, sha256, size} = rendered;
    const places = head.facts.targets.flatMap((name) => {
      const target = this.target(name);
      const addresses = [rendered, ...copies].map((each) => target.address({...head.place, ending: endingOf(each)}));
      const [own = '', ...others] = addresses;
      return own === address ? [] : [[name, {address: own, copies: others}] as const];
    });
    return {
      ...head.facts,
      itemId,
      address,
      sha256,
      size,
      copies: copies.map((copy) => ({address: copy.address, sha256: copy.sha256, size: copy.size})),
      ...(places.length === 0 ? {} : {places: Object.fromEntries(places)}),
    };
  }
}

/** Why a target did not take everything. */
interface Failure {
  readonly reason: unknown;
}

interface Parcel {
  readonly composed: ComposedItem[];
  readonly copies: RenderedItem[];
  readonly items: RenderedItem[];
}

function endingOf({ending}: RenderedItem): string {
  if (ending === undefined) throw new BugError('An item has no format.');
  return ending;
}

function bodiesOf({rendered, copies}: ComposedItem): readonly RenderedItem[] {
  return [rendered, ...copies];
}

/** What no target has moved away. */
async function dropFiles(items: readonly RenderedItem[]): Promise<void> {
  for (const {body} of items) if (body.kind === 'file') await discardComposed(body.path);
}
