// Archives everything a workspace holds: groups become message items, late files addenda, other streams batches.
import {sha256Hex, sha256OfParts} from '../../core/digest';
import {archiveAll} from '../policy/archive-all';
import {type ConversationEvent, parseConversationEvent} from '../render/conversation-event';
import {
  type AddendumItem,
  type AttachedFile,
  type ItemKind,
  type Participant,
  type RenderSettings,
  toItemId,
} from '../render/item';
import {toSubject} from '../render/subject';
import {compareTime, toThreadOrder} from '../render/thread-order';
import {toRecordItems} from '../render/to-record-items';
import {type ArchivedEvent, toDateMs, toMessagesItem} from '../render/to-messages-item';
import type {Tally} from '../report/tally';
import {Delivery} from './delivery';
import type {HeldBatch} from './held-batches';
import {type HeldRow, type HeldTransfer, noFilesTaken, type TakenFiles} from './held-files';
import type {HeldGroup, HeldMessage} from './held-groups';
import {toInteractions} from './interactions';
import type {Receipts} from './receipt';
import type {Workspace} from './workspace';

export interface ArchiveTools {
  readonly settings: RenderSettings;
  readonly receipts: Receipts;
  readonly tally: Tally;
}

/** An item holds no more than this, so that one conversation cannot fill the memory or an archive's limits. */
const maxItemEvents = 1000;
const maxItemChars = 8 * 1024 * 1024;

/** @param atEnd nothing more will come: what waits for something waits in vain */
export async function archiveHeld(workspace: Workspace, tools: ArchiveTools, atEnd: boolean): Promise<void> {
  const delivery = new Delivery(workspace.stores, tools.settings);
  const archive = new ArchiveHeld(workspace, tools, delivery);
  await archive.messages(atEnd);
  await delivery.commit(); // so that late files find their messages in the ledger
  await archive.lateFiles(atEnd);
  await archive.batches();
  await delivery.commit();
}

/** Archives the batches that have the size of an item. */
export async function archiveFullBatches(workspace: Workspace, tools: ArchiveTools): Promise<void> {
  if (![...workspace.batches.values()].some((batch) => batch.isFull)) return;
  const delivery = new Delivery(workspace.stores, tools.settings);
  await new ArchiveHeld(workspace, tools, delivery).batches();
  await delivery.commit();
}

class ArchiveHeld {
  private readonly subjects = new Map<string, string>();

  constructor(
    private readonly workspace: Workspace,
    private readonly tools: ArchiveTools,
    private readonly delivery: Delivery
  ) {}

  async messages(atEnd: boolean): Promise<void> {
    for (const group of this.workspace.groups.takeAll()) await this.group(group, atEnd);
  }

  async lateFiles(atEnd: boolean): Promise<void> {
    const {files, stores} = this.workspace;
    const {late, known} = files.takeLateRows((row) => stores.ledger.findRecord(toFileRecordId(row)) !== undefined);
    for (const row of known) this.tools.receipts.settleAll(row.receipts, 'context');
    for (const rows of byConversation(late)) await this.addendum(rows);
    await this.delivery.commit(); // so that strays can be told from what has just been archived
    const seen = new Set<string>();
    const again: HeldTransfer[] = [];
    for (const transfer of files.strays()) {
      const reference = JSON.stringify([transfer.fileId, transfer.eventId]);
      if (seen.has(reference)) await this.delivery.commit(); // another attempt at the same file
      seen.add(reference);
      if (this.isArchived(transfer)) again.push(transfer);
      else if (!files.expectsRows(atEnd)) await this.stray(transfer);
    }
    this.tools.receipts.settleAll(files.archived(again), 'duplicate');
  }

  /** Whether the very bytes of a transfer lie in the archive already, for the event that it came for. */
  private isArchived({fileId, eventId, content}: HeldTransfer): boolean {
    const {ledger} = this.workspace.stores;
    const archived = ledger.findFile(fileId, eventId);
    if (archived?.outcome === 'captured' && archived.sha256 === content?.sha256) return true;
    const recordId = toFileRecordId({fileId, eventId, outcome: 'captured', sha256: content?.sha256});
    return ledger.findRecord(recordId) !== undefined;
  }

  async batches(): Promise<void> {
    const {batches} = this.workspace;
    for (const [stream, batch] of batches) await this.batch(stream, batch);
    batches.clear();
  }

  private async group(group: HeldGroup, atEnd: boolean): Promise<void> {
    const held = new Map(group.messages.map((message) => [message.original.recordId, message]));
    const events = group.messages.map(({original}): ArchivedEvent => {
      return {...parseConversationEvent(original.text), original};
    });
    const subject = this.subjectOf(group.conversationId, events);
    const threads = this.workspace.groups.grouping === 'interaction' ? toInteractions(events) : [events];
    for (const thread of threads) await this.thread(group.conversationId, subject, thread, held, atEnd);
  }

  private async thread(
    conversationId: string,
    subject: string,
    events: readonly ArchivedEvent[],
    held: ReadonlyMap<string, HeldMessage>,
    atEnd: boolean
  ): Promise<void> {
    const parts = toParts(toThreadOrder(events));
    for (const [index, part] of parts.entries()) {
      const taken = noFilesTaken();
      const item = toMessagesItem({
        target: this.workspace.stores.target.name,
        workspaceId: this.workspace.stores.workspaceId,
        conversationId,
        subject,
        policyVersion: archiveAll.version,
        events: part,
        part: {number: index + 1, of: parts.length},
        resolve: (userId, email) => this.resolve(userId, email),
        attach: (event: ConversationEvent, file) =>
          this.workspace.files.attach(file.fileId, event.eventId, file.name, taken, atEnd),
      });
      const messages = part.flatMap((event) => held.get(event.original.recordId) ?? []);
      await this.delivery.add({
        item,
        stream: 'messages',
        records: part.map((event) => event.original),
        files: taken.settled,
        onDelivered: () => this.settle(item.kind, messages, taken),
      });
    }
  }

  private async addendum(rows: readonly HeldRow[]): Promise<void> {
    const taken = noFilesTaken();
    const files = rows.map((row) => this.workspace.files.attachRow(row, taken));
    const originals = rows.map((row) => ({recordId: toFileRecordId(row), sha256: sha256Hex(row.text), text: row.text}));
    const [first] = rows;
    await this.addAddendum(first?.conversationId, first?.userId, newestTimestamp(rows), files, originals, taken);
  }

  /** A whole transfer without a row: its `files` stream is not selected, or the source stopped between the two. */
  private async stray(transfer: HeldTransfer): Promise<void> {
    const {content, fileId, eventId, conversationId} = transfer;
    if (content === undefined) return;
    const taken = noFilesTaken();
    const files = [this.workspace.files.attachStray(transfer, content, taken)];
    const {sha256, size} = content;
    const text = JSON.stringify({
      file_id: fileId,
      event_id: eventId,
      conversation_id: conversationId ?? null,
      size,
      sha256,
    });
    const recordId = toFileRecordId({fileId, eventId, outcome: 'captured', sha256});
    await this.addAddendum(
      conversationId,
      undefined,
      undefined,
      files,
      [{recordId, sha256: sha256Hex(text), text}],
      taken
    );
  }

  private async addAddendum(
    conversationId: string | undefined,
    userId: string | undefined,
    timestamp: string | undefined,
    files: readonly AttachedFile[],
    originals: AddendumItem['originals'],
    taken: TakenFiles
  ): Promise<void> {
    const {stores} = this.workspace;
    const recordIds = originals.map((original) => original.recordId);
    const item: AddendumItem = {
      kind: 'addendum',
      itemId: toItemId('addendum', stores.target.name, recordIds),
      workspaceId: stores.workspaceId,
      subject: this.subjectOf(conversationId ?? '', []),
      dateMs: toDateMs(timestamp),
      policyVersion: archiveAll.version,
      originals,
      conversation: {
        id: conversationId ?? '',
        title: undefined,
        isTemporary: false,
        gptName: undefined,
        projectName: undefined,
        mode: undefined,
      },
      owner: this.resolve(userId ?? 'unknown', undefined),
      files,
    };
    await this.delivery.add({
      item,
      stream: 'files',
      records: originals,
      files: taken.settled,
      onDelivered: () => this.settle(item.kind, [], taken),
    });
  }

  private async batch(stream: string, batch: HeldBatch): Promise<void> {
    const {stores} = this.workspace;
    const {records} = batch;
    const items = toRecordItems({
      target: stores.target.name,
      workspaceId: stores.workspaceId,
      policyVersion: archiveAll.version,
      stream,
      timeZone: this.tools.settings.timeZone,
      originals: [...records.values()].map(({original}) => original),
      isLog: batch.isLog,
      resolve: (userId, email) => this.resolve(userId, email),
      subjectOf: (conversationId) => this.subjectOf(conversationId, []),
    });
    for (const item of items) {
      const held = item.originals.flatMap(({recordId}) => records.get(recordId) ?? []);
      await this.delivery.add({
        item,
        stream,
        records: item.originals,
        files: [],
        onDelivered: () => this.settle(item.kind, held, noFilesTaken()),
      });
    }
  }

  private settle(kind: ItemKind, messages: readonly HeldMessage[], taken: TakenFiles): void {
    const {receipts, tally} = this.tools;
    tally.delivered(kind);
    for (const {receipt, repeats} of messages) {
      receipts.settle(receipt, 'delivered');
      receipts.settleAll(repeats, 'duplicate');
    }
    for (const row of taken.rows) receipts.settleAll(row.receipts, 'context');
    for (const {outcome} of taken.settled) tally.file(outcome);
    receipts.settleAll(this.workspace.files.archived(taken.transfers), 'context');
  }

  /** Frozen by the conversation's first item, so that a new title does not split the thread. */
  private subjectOf(conversationId: string, events: readonly ConversationEvent[]): string {
    const known = this.subjects.get(conversationId) ?? this.workspace.stores.ledger.findSubject(conversationId);
    const subject =
      known ??
      toSubject(
        [...events].sort(compareTime).map((event) => event.conversation.title),
        conversationId
      );
    this.subjects.set(conversationId, subject);
    return subject;
  }

  private resolve(userId: string, email: string | undefined): Participant {
    const person = this.workspace.stores.ledger.findPerson(userId);
    return {id: userId, name: person?.name, email: email ?? person?.email};
  }
}

/** The same file and outcome of the same event is the same record, however often it is attempted. */
function toFileRecordId(row: {fileId: string; eventId: string; outcome: string; sha256: string | undefined}): string {
  return sha256OfParts(['files', row.fileId, row.eventId, row.outcome, row.sha256 ?? '']);
}

function toParts(events: readonly ArchivedEvent[]): ArchivedEvent[][] {
  const parts: ArchivedEvent[][] = [];
  let chars = Infinity;
  for (const event of events) {
    const last = parts.at(-1);
    chars += event.original.text.length;
    if (last === undefined || last.length >= maxItemEvents || chars > maxItemChars) {
      parts.push([event]);
      chars = event.original.text.length;
    } else last.push(event);
  }
  return parts;
}

function byConversation(rows: readonly HeldRow[]): HeldRow[][] {
  const groups = new Map<string, HeldRow[]>();
  for (const row of rows) {
    const key = row.conversationId ?? `event:${row.eventId}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()];
}

function newestTimestamp(rows: readonly HeldRow[]): string | undefined {
  return rows.map((row) => row.eventTimestamp ?? '').reduce((newest, each) => (each > newest ? each : newest), '');
}
