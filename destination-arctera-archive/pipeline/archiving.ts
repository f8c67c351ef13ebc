// What making items of one workspace shares: people, subjects, what becomes of files, and the outcomes of records.
import {
  type AttachedFile,
  type Item,
  type ItemKind,
  type Original,
  type Participant,
  type RenderSettings,
  threadIdOf,
} from '../render/item';
import type {Actor} from '../policy/actors';
import type {Policy} from '../policy/policy';
import type {Redactor} from '../policy/redaction';
import {toAttachmentBytes} from '../render/base64-lines';
import {toSubject} from '../render/subject';
import type {Tally} from '../report/tally';
import type {Composer} from './compose-order';
import {Delivery} from './delivery';
import type {HeldRecord} from './held-batches';
import type {TakenFiles} from './held-files';
import {LeavingRecords} from './left-out';
import type {PreparedItem} from './prepared-item';
import type {Receipts} from './receipt';
import type {Workspace} from './workspace';

export interface ArchiveTools {
  readonly composer: Composer;
  readonly settings: RenderSettings;
  readonly receipts: Receipts;
  readonly tally: Tally;
  readonly policy: Policy;
  /** Size above which a conversation is split and a file becomes an item of its own. */
  readonly maxItemBytes: number | undefined;
}

/** A record whose item has its outcome: what it says is not asked for any more. */
type EndedRecord = Pick<HeldRecord, 'receipt' | 'repeats'> & {readonly original: Pick<Original, 'recordId'>};

/** What is still asked of an item when it has its outcome. */
interface EndedItem {
  readonly kind: ItemKind;
  /** Empty where it belongs to no thread. */
  readonly threadId: string;
  readonly records: readonly EndedRecord[];
  readonly taken: TakenFiles;
}

export class Archiving {
  readonly delivery: Delivery;
  readonly leaving: LeavingRecords;
  /** Of items on their way: once their intent is written, the ledger knows them. */
  private readonly subjects = new Map<string, string>();

  constructor(
    readonly workspace: Workspace,
    readonly tools: ArchiveTools
  ) {
    const {composer, policy, receipts, settings, tally} = tools;
    this.delivery = new Delivery(workspace.stores, settings, composer, tally);
    this.leaving = new LeavingRecords(workspace, receipts, tally, policy.version);
  }

  /** What an item's end means for its records, its files, and what is kept of its thread until then. */
  outcomesOf(
    item: Item,
    records: readonly EndedRecord[],
    taken: TakenFiles
  ): Pick<PreparedItem, 'onDelivered' | 'onRefused' | 'onLeftOpen'> {
    const ended = {kind: item.kind, threadId: threadIdOf(item) ?? '', records, taken}; // the item's texts are not kept
    return {
      onDelivered: () => this.settle(ended),
      onRefused: (areUploadsKept) => this.refuse(ended, areUploadsKept),
      onLeftOpen: () => this.forget(ended),
    };
  }

  /** A file that its item has no room for: an addendum brings it. */
  apart(file: Omit<AttachedFile, 'state'>, size: number): AttachedFile {
    this.workspace.filesApart.add(toReference(file));
    return {...file, state: {kind: 'apart', size}};
  }

  /**
   * The note of the policy in place of the bytes, where the policy asks for one: also of bytes that came before, because
   * the item that they came for has a note in their place too.
   */
  private replaced(file: AttachedFile): AttachedFile {
    const {state} = file;
    if (state.kind !== 'attached' && state.kind !== 'elsewhere') return file;
    const reason = this.tools.policy.attachments.replacement(file.name, state.size);
    return reason === undefined ? file : {...file, state: {kind: 'replaced', reason, sha256: state.sha256}};
  }

  /** The file as the item shows it. */
  shown(file: AttachedFile, redactor: Redactor | undefined): AttachedFile {
    const shown = this.replaced(file);
    const {name} = shown;
    return redactor === undefined || name === undefined ? shown : {...shown, name: redactor.text(name)};
  }

  /** By its size too, should the run that archived its message have ended in between. */
  isOversize(attached: AttachedFile): boolean {
    const file = this.replaced(attached);
    if (file.state.kind !== 'attached') return false;
    const bytes = toAttachmentBytes(file.state.size);
    return this.workspace.filesApart.has(toReference(file)) || bytes > (this.tools.maxItemBytes ?? Infinity);
  }

  /**
   * Frozen by the first item of the conversation or object, so that a new title does not split the thread. A title is
   * masked before it is shortened: half a number is not found any more.
   * @param titles the oldest first
   */
  subjectOf(threadId: string, titles: readonly (string | undefined)[], redactor: Redactor | undefined): string {
    const known = this.subjects.get(threadId) ?? this.workspace.stores.ledger.findSubject(threadId);
    if (known !== undefined) return redactor?.text(known) ?? known;
    const shown = redactor === undefined ? titles : titles.map((title) => redactor.text(title ?? ''));
    const subject = toSubject(shown, threadId);
    this.subjects.set(threadId, subject);
    return subject;
  }

  resolve(userId: string, email: string | undefined): Participant {
    const actor = this.actorOf(userId, email);
    return {id: userId, name: actor.name, email: actor.email};
  }

  actorOf(userId: string, email: string | undefined): Actor {
    const person = this.workspace.stores.ledger.findPerson(userId);
    const actor = this.tools.policy.resolve({id: userId, name: person?.name, email: email ?? person?.email});
    if (actor.isUnmapped) this.tools.tally.unmapped(userId);
    return actor;
  }

  private settle(ended: EndedItem): void {
    const {receipts, tally} = this.tools;
    const {kind, taken} = ended;
    tally.delivered(kind);
    this.end('delivered', ended);
    for (const {outcome} of taken.settled) tally.file(outcome);
    receipts.settleAll(this.workspace.files.archived(taken.transfers), 'context');
  }

  private async refuse(ended: EndedItem, areUploadsKept: boolean): Promise<void> {
    const {taken} = ended;
    this.end('set_aside', ended);
    if (!areUploadsKept) return this.leaving.setAsideWithMessage(taken.transfers);
    this.tools.receipts.settleAll(this.workspace.files.archived(taken.transfers), 'set_aside');
  }

  /** Of everything in an item but the bytes of its uploads. */
  private end(outcome: 'delivered' | 'set_aside', ended: EndedItem): void {
    const {receipts} = this.tools;
    const {records, taken} = ended;
    this.workspace.files.release(taken);
    for (const {receipt, repeats} of records) {
      receipts.settle(receipt, outcome);
      receipts.settleAll(repeats, 'duplicate');
    }
    this.forget(ended);
    for (const row of taken.rows) receipts.settleAll(row.receipts, 'context');
  }

  private forget({records, threadId}: EndedItem): void {
    this.subjects.delete(threadId);
    for (const {original} of records) this.workspace.groups.forget(original.recordId);
  }
}

export function toReference({fileId, eventId}: Pick<AttachedFile, 'fileId' | 'eventId'>): string {
  return JSON.stringify([fileId, eventId]);
}
