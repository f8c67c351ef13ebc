// Archives everything a workspace holds: groups become message items, late files addenda, other streams batches.
import {fileOwnerStream, isOwnerReference} from '../../contract/files';
import {sha256Hex, sha256OfParts} from '../../core/digest';
import type {ItemDecision} from '../ledger/ledger';
import type {Actor} from '../policy/actors';
import type {Archived, LeftOut} from '../policy/decision';
import type {Policy} from '../policy/policy';
import type {Redactor, RedactionCounts} from '../policy/redaction';
import {type ConversationEvent, parseConversationEvent} from '../render/conversation-event';
import {objectIdOf} from '../render/documents';
import {
  type AddendumItem,
  type AttachedFile,
  type ItemKind,
  type Participant,
  type RenderSettings,
  toItemId,
} from '../render/item';
import {object, parseJson} from '../render/json-values';
import {toSubject} from '../render/subject';
import {compareTime, toThreadOrder} from '../render/thread-order';
import {toRecordItems} from '../render/to-record-items';
import {type ArchivedEvent, toDateMs, toMessagesItem} from '../render/to-messages-item';
import type {Tally} from '../report/tally';
import type {Composer} from './compose-order';
import {decideConversation, decideRecord, ownerOfEvents, toDecisionKey, toItemDecision, toMarks} from './decide';
import {Delivery} from './delivery';
import type {HeldBatch, HeldRecord} from './held-batches';
import {type HeldFiles, type HeldRow, type HeldTransfer, noFilesTaken, type TakenFiles} from './held-files';
import type {HeldGroup, HeldMessage} from './held-groups';
import {toInteractions} from './interactions';
import {LeavingRecords} from './left-out';
import type {Receipts} from './receipt';
import {redactEvent} from './redact-event';
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

/** An item holds no more than this, so that one conversation cannot fill the memory or an archive's limits. */
const maxItemEvents = 1000;
const maxItemChars = 8 * 1024 * 1024;

/** @param atEnd nothing more will come: what waits for something waits in vain */
export async function archiveHeld(workspace: Workspace, tools: ArchiveTools, atEnd: boolean): Promise<void> {
  await archiveGroups(workspace, tools, workspace.groups.takeAll(), atEnd); // so that late files find their messages in the ledger
  await archiveOthers(workspace, tools, atEnd);
}

/** Archives groups, and those that come to them meanwhile. */
export async function archiveGroups(
  workspace: Workspace,
  tools: ArchiveTools,
  groups: Iterable<HeldGroup>,
  atEnd: boolean
): Promise<void> {
  const delivery = new Delivery(workspace.stores, tools.settings, tools.composer, tools.tally);
  const archive = new ArchiveHeld(workspace, tools, delivery);
  for (const group of groups) await archive.group(group, atEnd);
  archive.endGroups();
  await delivery.commit();
}

/** Archives what does not wait in groups. */
export async function archiveOthers(workspace: Workspace, tools: ArchiveTools, atEnd: boolean): Promise<void> {
  const delivery = new Delivery(workspace.stores, tools.settings, tools.composer, tools.tally);
  const archive = new ArchiveHeld(workspace, tools, delivery);
  await archive.batches(atEnd);
  await delivery.commit(); // so that late files find their objects in the ledger
  await archive.lateFiles(atEnd);
  await delivery.commit();
  workspace.filesApart.clear();
}

/** Archives the batches, to be called when one has the size of an item. */
export async function archiveFullBatches(workspace: Workspace, tools: ArchiveTools): Promise<void> {
  const delivery = new Delivery(workspace.stores, tools.settings, tools.composer, tools.tally);
  await new ArchiveHeld(workspace, tools, delivery).batches(false);
  await delivery.commit();
}

class ArchiveHeld {
  private readonly subjects = new Map<string, string>();
  private readonly leaving: LeavingRecords;
  private waitingFiles: ReturnType<HeldFiles['waiting']> = new Map();

  constructor(
    private readonly workspace: Workspace,
    private readonly tools: ArchiveTools,
    private readonly delivery: Delivery
  ) {
    const {policy, receipts, tally} = tools;
    this.leaving = new LeavingRecords(workspace, receipts, tally, policy.version);
  }

  /** To be called behind the last group: what the policy leaves out has its outcome when it returns. */
  endGroups(): void {
    this.leaving.commit();
  }

  async lateFiles(atEnd: boolean): Promise<void> {
    const {files, objectsLeftOut, stores} = this.workspace;
    await this.leaving.files(objectsLeftOut);
    const {late, known} = files.takeLateRows(
      (row) => stores.ledger.findRecord(toFileRecordId(row)) !== undefined,
      ({eventId}) => this.isHeld(eventId)
    );
    for (const row of known) this.tools.receipts.settleAll(row.receipts, 'context');
    const apart = this.tools.maxItemBytes === undefined ? byConversation(late) : late.map((row) => [row]);
    for (const rows of apart) await this.addendum(rows);
    this.leaving.commit();
    await this.delivery.commit(); // so that strays can be told from what has just been archived
    const seen = new Set<string>();
    const again: HeldTransfer[] = [];
    for (const transfer of files.strays()) {
      const reference = toReference(transfer);
      if (seen.has(reference)) await this.delivery.commit(); // another attempt at the same file
      seen.add(reference);
      if (this.isArchived(transfer)) again.push(transfer);
      else if (!this.isHeld(transfer.eventId) && !files.awaitsRow(transfer, atEnd)) await this.stray(transfer);
    }
    this.tools.receipts.settleAll(files.archived(again), 'duplicate');
    this.leaving.commit();
  }

  /** Whether a message waits that is to be archived with its files. */
  private isHeld(eventId: string): boolean {
    return this.workspace.groups.find(eventId) !== undefined;
  }

  /** Whether the very bytes of a transfer lie in the archive already, for the event that it came for. */
  private isArchived({fileId, eventId, content}: HeldTransfer): boolean {
    const {ledger} = this.workspace.stores;
    const archived = ledger.findFile(fileId, eventId);
    if (archived?.outcome === 'captured' && archived.sha256 === content?.sha256) return true;
    const recordId = toFileRecordId({fileId, eventId, outcome: 'captured', sha256: content?.sha256});
    return ledger.findRecord(recordId) !== undefined;
  }

  async batches(atEnd: boolean): Promise<void> {
    const {batches, files} = this.workspace;
    this.waitingFiles = files.waiting();
    for (const [stream, batch] of batches) await this.batch(stream, batch, atEnd);
    batches.clear();
    this.leaving.commit();
  }

  async group(group: HeldGroup, atEnd: boolean): Promise<void> {
    const held = new Map(group.messages.map((message) => [message.original.recordId, message]));
    const events = group.messages.map((message): ArchivedEvent => {
      const original = message.original.whole();
      return {...parseConversationEvent(original.text), original};
    });
    const titles = [...events].sort(compareTime).map((event) => event.conversation.title);
    const threads = this.workspace.groups.grouping === 'interaction' ? toInteractions(events) : [events];
    for (const thread of threads) await this.thread(group.conversationId, titles, thread, held, atEnd);
  }

  private async thread(
    conversationId: string,
    titles: readonly (string | undefined)[],
    events: readonly ArchivedEvent[],
    held: ReadonlyMap<string, HeldMessage>,
    atEnd: boolean
  ): Promise<void> {
    const {policy, maxItemBytes} = this.tools;
    const {files, stores} = this.workspace;
    const decision = this.decide(events);
    if (decision.disposition !== 'archive') {
      this.leaving.add('messages', decision, heldOf(events, held));
      return;
    }
    const subject = this.subjectOf(conversationId, titles, decision.redactor);
    const parts = toParts(toThreadOrder(events), maxItemBytes);
    for (const [index, part] of parts.entries()) {
      const taken = noFilesTaken();
      const counts: RedactionCounts = new Map();
      let attachedBytes = 0;
      const item = toMessagesItem({
        target: stores.target.name,
        workspaceId: stores.workspaceId,
        conversationId,
        subject,
        policyVersion: policy.version,
        events: redactAll(part, decision.redactor, counts),
        part: {number: index + 1, of: parts.length},
        resolve: (userId, email) => this.resolve(userId, email),
        attach: (event: ConversationEvent, file) => {
          const {fileId, name} = file;
          const size = files.sizeOf(fileId) ?? 0;
          const hasRoom = maxItemBytes === undefined || attachedBytes + size <= maxItemBytes;
          if (hasRoom) attachedBytes += size;
          const attached = hasRoom
            ? this.replaced(files.attach(fileId, event.eventId, name, taken, atEnd))
            : this.apart({fileId, eventId: event.eventId, name}, size);
          return withName(attached, decision.redactor);
        },
      });
      const messages = heldOf(part, held);
      await this.delivery.add({
        item: {...item, ...toMarks(decision, counts)},
        stream: 'messages',
        records: part.map((event) => event.original),
        files: taken.settled,
        targets: decision.targets,
        decision: toItemDecision(decision, counts),
        onDelivered: () => this.settle(item.kind, messages, taken),
        onRefused: (areUploadsKept) => this.refuse(areUploadsKept, messages, taken),
        onLeftOpen: () => this.forget(messages),
      });
    }
  }

  private decide(events: readonly ArchivedEvent[]): Archived | LeftOut {
    const owner = ownerOfEvents(events, (id, email) => this.actorOf(id, email));
    return decideConversation(this.tools.policy, events, owner, this.workspace.files);
  }

  /** A file that its item has no room for: an addendum brings it. */
  private apart(file: Omit<AttachedFile, 'state'>, size: number): AttachedFile {
    this.workspace.filesApart.add(toReference(file));
    return {...file, state: {kind: 'apart', size}};
  }

  /** The note of the policy in place of the bytes, where the policy asks for one. */
  private replaced(file: AttachedFile): AttachedFile {
    const {state} = file;
    if (state.kind !== 'attached') return file;
    const reason = this.tools.policy.attachments.replacement(file.name, state.size);
    return reason === undefined ? file : {...file, state: {kind: 'replaced', reason, sha256: state.sha256}};
  }

  private async addendum(rows: readonly HeldRow[]): Promise<void> {
    const [first] = rows;
    const taken = noFilesTaken();
    const originals = rows.map((row) => ({recordId: toFileRecordId(row), sha256: sha256Hex(row.text), text: row.text}));
    const decision = this.decideAddendum(first?.eventId, first?.userId, originals, first?.owner?.stream);
    if (decision.disposition !== 'archive') {
      const records = rows.flatMap((row, index) => {
        const [receipt, ...repeats] = row.receipts;
        const original = originals[index];
        return receipt === undefined || original === undefined ? [] : [{original, receipt, repeats}];
      });
      this.leaving.add('files', decision, records);
      for (const transfer of this.workspace.files.leaveOut(rows)) await this.leaving.addTransfer(transfer, decision);
      return;
    }
    const files = rows.map((row) => this.workspace.files.attachRow(row, taken));
    await this.addAddendum(
      first?.owner === undefined ? first?.conversationId : {objectId: first.eventId, name: first.owner.name},
      first?.userId,
      newestTimestamp(rows),
      files,
      originals,
      taken,
      decision
    );
  }

  /** A whole transfer without a row: `files` is not selected, the source stopped between the two, or it is overdue. */
  private async stray(transfer: HeldTransfer): Promise<void> {
    const {content, fileId, eventId, conversationId} = transfer;
    if (content === undefined) return;
    const {sha256, size} = content;
    const text = JSON.stringify({
      file_id: fileId,
      event_id: eventId,
      conversation_id: conversationId ?? null,
      size,
      sha256,
    });
    const recordId = toFileRecordId({fileId, eventId, outcome: 'captured', sha256});
    const originals = [{recordId, sha256: sha256Hex(text), text}];
    const objectStream = fileOwnerStream.options.find((name) => eventId.startsWith(`${name}:`));
    const decision = this.decideAddendum(eventId, undefined, originals, objectStream);
    if (decision.disposition !== 'archive') return this.leaving.addTransfer(transfer, decision);
    const taken = noFilesTaken();
    const files = [this.workspace.files.attachStray(transfer, content, taken)];
    const thread = isOwnerReference(eventId) ? {objectId: eventId, name: undefined} : conversationId;
    await this.addAddendum(thread, undefined, undefined, files, originals, taken, decision);
  }

  private async addAddendum(
    thread: string | {readonly objectId: string; readonly name: string | undefined} | undefined,
    userId: string | undefined,
    timestamp: string | undefined,
    files: readonly AttachedFile[],
    originals: AddendumItem['originals'],
    taken: TakenFiles,
    decision: Archived
  ): Promise<void> {
    const {stores} = this.workspace;
    const {redactor} = decision;
    const counts: RedactionCounts = new Map();
    const recordIds = originals.map((original) => original.recordId);
    const conversationId = typeof thread === 'string' ? thread : '';
    const held = typeof thread === 'object' ? thread : undefined;
    const item: AddendumItem = {
      kind: 'addendum',
      ...(held === undefined ? {} : {objectId: held.objectId}),
      itemId: toItemId('addendum', stores.target.name, recordIds),
      workspaceId: stores.workspaceId,
      subject: this.subjectOf(held?.objectId ?? conversationId, [held?.name], redactor),
      dateMs: toDateMs(timestamp),
      policyVersion: this.tools.policy.version,
      originals: originals.map((original) =>
        redactor === undefined ? original : {...original, text: redactor.json(original.text, counts)}
      ),
      conversation: {
        id: conversationId,
        title: undefined,
        isTemporary: false,
        gptName: undefined,
        projectName: undefined,
        mode: undefined,
      },
      owner: this.resolve(userId ?? 'unknown', undefined),
      ...(files.some((file) => this.isOversize(this.replaced(file))) ? {isOversize: true} : {}),
      files: files.map((file) => withName(this.replaced(file), redactor)),
    };
    await this.delivery.add({
      item: {...item, ...toMarks(decision, counts)},
      stream: 'files',
      records: originals,
      files: taken.settled,
      targets: decision.targets,
      decision: toItemDecision(decision, counts),
      onDelivered: () => this.settle(item.kind, [], taken),
      onRefused: (areUploadsKept) => this.refuse(areUploadsKept, [], taken),
      onLeftOpen: () => undefined,
    });
  }

  /** By its size too, should the run that archived its message have ended in between. */
  private isOversize(file: AttachedFile): boolean {
    if (file.state.kind !== 'attached') return false;
    return this.workspace.filesApart.has(toReference(file)) || file.state.size > (this.tools.maxItemBytes ?? Infinity);
  }

  /**
   * A file that comes later goes where its message went; of one whose message is not known the policy decides alone. One
   * that an object holds is asked about as a record of the stream of its object too, because rules name that.
   */
  private decideAddendum(
    eventId: string | undefined,
    userId: string | undefined,
    originals: AddendumItem['originals'],
    objectStream?: string
  ): Archived | LeftOut {
    const {policy} = this.tools;
    const streams = ['files', ...(objectStream === undefined ? [] : [objectStream])];
    const records = streams.flatMap((stream) => originals.map((original) => ({...original, stream})));
    const owner = userId === undefined ? undefined : this.actorOf(userId, undefined);
    const decision = policy.decide(records, owner);
    const item = eventId === undefined ? undefined : this.workspace.stores.ledger.findItemOf(eventId);
    if (item === undefined) return decision;
    const said: Omit<ItemDecision, 'redactions'> = item.decision ?? nothingSaid;
    const redactor = policy.redactorOf([...said.rules, ...decision.rules]);
    return {...said, disposition: 'archive', targets: item.targets, redactor};
  }

  private async batch(stream: string, batch: HeldBatch, atEnd: boolean): Promise<void> {
    const records = [...batch.records.values()];
    const {isLog} = batch;
    const {policy} = this.tools;
    if (policy.isSilent) {
      return this.recordItems(stream, isLog, records, policy.decide([], undefined), atEnd);
    }
    const alike = new Map<string, {decision: Archived; records: HeldRecord[]}>();
    for (const record of records) {
      const {decision} = decideRecord(policy, stream, record.original, (id, email) => this.actorOf(id, email));
      if (decision.disposition !== 'archive') {
        this.leaving.add(stream, decision, [record]);
        const objectId = objectIdOf(stream, object(parseJson(record.original.text)));
        const outcome = decision.disposition === 'set_aside' ? 'set_aside' : 'excluded';
        if (objectId !== undefined) this.workspace.objectsLeftOut.set(objectId, outcome);
        continue;
      }
      const key = toDecisionKey(decision);
      const known = alike.get(key);
      if (known === undefined) alike.set(key, {decision, records: [record]});
      else known.records.push(record);
    }
    for (const each of alike.values()) {
      await this.recordItems(stream, isLog, each.records, each.decision, atEnd);
    }
  }

  private async recordItems(
    stream: string,
    isLog: boolean,
    records: readonly HeldRecord[],
    decision: Archived | LeftOut,
    atEnd: boolean
  ): Promise<void> {
    const {stores} = this.workspace;
    if (decision.disposition !== 'archive') return;
    const {redactor} = decision;
    const held = new Map(records.map((record) => [record.original.recordId, record]));
    const masked = new Map<string, RedactionCounts>();
    const originals = records.map(({original}) => {
      if (redactor === undefined) return original;
      const counts: RedactionCounts = new Map();
      masked.set(original.recordId, counts);
      return {...original, text: redactor.json(original.text, counts)};
    });
    const items = toRecordItems({
      target: stores.target.name,
      workspaceId: stores.workspaceId,
      policyVersion: this.tools.policy.version,
      stream,
      timeZone: this.tools.settings.timeZone,
      originals,
      isLog,
      resolve: (userId, email) => this.resolve(userId, email),
      subjectOf: (threadId, title) => this.subjectOf(threadId, [title], redactor),
    });
    for (const item of items) {
      const recordIds = item.originals.map(({recordId}) => recordId);
      const counts = sumCounts(recordIds.flatMap((recordId) => masked.get(recordId) ?? []));
      const messages = recordIds.flatMap((recordId) => held.get(recordId) ?? []);
      const taken = noFilesTaken();
      const files = item.kind === 'batch' ? [] : this.attachHeld(item.objectId, taken, atEnd, redactor);
      await this.delivery.add({
        item: {...item, ...(files.length === 0 ? {} : {files}), ...toMarks(decision, counts)},
        stream,
        records: item.originals,
        files: taken.settled,
        targets: decision.targets,
        decision: toItemDecision(decision, counts),
        onDelivered: () => this.settle(item.kind, messages, taken),
        onRefused: (areUploadsKept) => this.refuse(areUploadsKept, messages, taken),
        onLeftOpen: () => this.forget(messages),
      });
    }
  }

  /** Files of an object that have come by now; the others follow as addenda in its thread. */
  private attachHeld(
    objectId: string | undefined,
    taken: TakenFiles,
    atEnd: boolean,
    redactor: Redactor | undefined
  ): AttachedFile[] {
    const {files} = this.workspace;
    const waiting = objectId === undefined ? undefined : this.waitingFiles.get(objectId);
    if (objectId === undefined || waiting === undefined) return [];
    const attached: AttachedFile[] = [];
    let attachedBytes = 0;
    for (const [fileId, name] of waiting) {
      const size = files.sizeOf(fileId) ?? 0;
      const hasRoom = attachedBytes + size <= (this.tools.maxItemBytes ?? Infinity);
      const file = hasRoom
        ? files.attach(fileId, objectId, name, taken, atEnd)
        : this.apart({fileId, eventId: objectId, name}, size);
      if (file.state.kind === 'awaited' || file.state.kind === 'not_selected') continue;
      if (hasRoom) attachedBytes += size;
      attached.push(withName(this.replaced(file), redactor));
    }
    return attached;
  }

  private settle(kind: ItemKind, messages: readonly HeldRecord[], taken: TakenFiles): void {
    const {receipts, tally} = this.tools;
    tally.delivered(kind);
    this.workspace.files.release(taken);
    for (const {receipt, repeats} of messages) {
      receipts.settle(receipt, 'delivered');
      receipts.settleAll(repeats, 'duplicate');
    }
    this.forget(messages);
    for (const row of taken.rows) receipts.settleAll(row.receipts, 'context');
    for (const {outcome} of taken.settled) tally.file(outcome);
    receipts.settleAll(this.workspace.files.archived(taken.transfers), 'context');
  }

  private async refuse(areUploadsKept: boolean, messages: readonly HeldRecord[], taken: TakenFiles): Promise<void> {
    const {receipts} = this.tools;
    this.workspace.files.release(taken);
    for (const {receipt, repeats} of messages) {
      receipts.settle(receipt, 'set_aside');
      receipts.settleAll(repeats, 'duplicate');
    }
    this.forget(messages);
    for (const row of taken.rows) receipts.settleAll(row.receipts, 'context');
    if (areUploadsKept) receipts.settleAll(this.workspace.files.archived(taken.transfers), 'set_aside');
    else await this.leaving.setAsideWithMessage(taken.transfers);
  }

  private forget(records: readonly HeldRecord[]): void {
    for (const {original} of records) this.workspace.groups.forget(original.recordId);
  }

  /**
   * Frozen by the first item of the conversation or object, so that a new title does not split the thread. A title is
   * masked before it is shortened: half a number is not found any more.
   * @param titles the oldest first
   */
  private subjectOf(threadId: string, titles: readonly (string | undefined)[], redactor: Redactor | undefined): string {
    const toShown = (text: string): string => redactor?.text(text) ?? text;
    const known = this.subjects.get(threadId) ?? this.workspace.stores.ledger.findSubject(threadId);
    if (known !== undefined) return toShown(known);
    const subject = toSubject(
      titles.map((title) => (title === undefined ? undefined : toShown(title))),
      threadId
    );
    this.subjects.set(threadId, subject);
    return subject;
  }

  private resolve(userId: string, email: string | undefined): Participant {
    const actor = this.actorOf(userId, email);
    return {id: userId, name: actor.name, email: actor.email};
  }

  private actorOf(userId: string, email: string | undefined): Actor {
    const person = this.workspace.stores.ledger.findPerson(userId);
    const actor = this.tools.policy.resolve({id: userId, name: person?.name, email: email ?? person?.email});
    if (actor.isUnmapped) this.tools.tally.unmapped(userId);
    return actor;
  }
}

const nothingSaid: Omit<ItemDecision, 'redactions'> = {rules: [], tags: [], retention: undefined, legalHold: undefined};

function redactAll(
  events: readonly ArchivedEvent[],
  redactor: Redactor | undefined,
  counts: RedactionCounts
): readonly ArchivedEvent[] {
  return redactor === undefined ? events : events.map((event) => redactEvent(event, redactor, counts));
}

/** The name as the item shows it. */
function withName(file: AttachedFile, redactor: Redactor | undefined): AttachedFile {
  const {name} = file;
  return redactor === undefined || name === undefined ? file : {...file, name: redactor.text(name)};
}

function heldOf(events: readonly ArchivedEvent[], held: ReadonlyMap<string, HeldMessage>): HeldRecord[] {
  return events.flatMap(({original}) => {
    const message = held.get(original.recordId);
    return message === undefined ? [] : [{...message, original}];
  });
}

function toReference({fileId, eventId}: Pick<AttachedFile, 'fileId' | 'eventId'>): string {
  return JSON.stringify([fileId, eventId]);
}

/** The same file and outcome of the same event is the same record, however often it is attempted. */
function toFileRecordId(row: {fileId: string; eventId: string; outcome: string; sha256: string | undefined}): string {
  return sha256OfParts(['files', row.fileId, row.eventId, row.outcome, row.sha256 ?? '']);
}

function toParts(events: readonly ArchivedEvent[], maxItemBytes = Infinity): ArchivedEvent[][] {
  // An event is in an item three times: as text, as a page and as it came.
  const maxChars = Math.min(maxItemChars, maxItemBytes / 4);
  const parts: ArchivedEvent[][] = [];
  let chars = Infinity;
  for (const event of events) {
    const last = parts.at(-1);
    chars += event.original.text.length;
    if (last === undefined || last.length >= maxItemEvents || chars > maxChars) {
      parts.push([event]);
      chars = event.original.text.length;
    } else last.push(event);
  }
  return parts;
}

/** Files of one conversation make one addendum. */
export function byConversation<Row extends Pick<HeldRow, 'conversationId' | 'eventId'>>(rows: readonly Row[]): Row[][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = row.conversationId ?? `event:${row.eventId}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()];
}

function newestTimestamp(rows: readonly HeldRow[]): string | undefined {
  return rows.map((row) => row.eventTimestamp ?? '').reduce((newest, each) => (each > newest ? each : newest), '');
}

function sumCounts(each: readonly RedactionCounts[]): RedactionCounts {
  const sum: RedactionCounts = new Map();
  for (const counts of each) for (const [kind, count] of counts) sum.set(kind, (sum.get(kind) ?? 0) + count);
  return sum;
}
