// Makes addenda of files that come after their message or object, and of bytes without a row.
import {fileOwnerStream, isOwnerReference} from '../../contract/files';
import {sha256Hex, sha256OfParts} from '../../core/digest';
import {ConfigError} from '../../core/errors';
import {compareTimes} from '../../core/micros';
import type {Intent, ItemDecision} from '../ledger/ledger';
import {addMatters, type Archived, type Decision, type LeftOut} from '../policy/decision';
import type {RedactionCounts} from '../policy/redaction';
import {type AddendumItem, type AttachedFile, toItemId} from '../render/item';
import {toDateMs} from '../render/to-messages-item';
import {type Archiving, toReference} from './archiving';
import {toDecisionKey, toItemDecision, toMarks} from './decide';
import {type HeldRow, type HeldTransfer, noFilesTaken, type TakenFiles} from './held-files';

export class LateFileArchiver {
  /** @param atEnd nothing more will come: what waits for something waits in vain */
  constructor(
    private readonly archiving: Archiving,
    private readonly atEnd: boolean
  ) {}

  async archive(): Promise<void> {
    const {workspace} = this.archiving;
    const {files, objectsLeftOut} = workspace;
    await this.archiving.leaving.files(objectsLeftOut);
    const {late, known} = files.takeLateRows(
      (row) => workspace.findSettled(toFileRecordId(row)) !== undefined,
      ({eventId}) => this.isHeld(eventId)
    );
    for (const row of known) this.archiving.tools.receipts.settleAll(row.receipts, 'context');
    const apart =
      this.archiving.tools.maxItemBytes === undefined
        ? toAddenda(late, ({eventId}) => this.treatmentOf(eventId))
        : late.map((row) => [row]);
    for (const rows of apart) await this.addendum(rows);
    this.archiving.leaving.commit();
    await this.archiving.delivery.commit(); // so that strays can be told from what has just been archived
    const seen = new Set<string>();
    const again: HeldTransfer[] = [];
    for (const transfer of files.strays()) {
      const reference = toReference(transfer);
      if (seen.has(reference)) await this.archiving.delivery.commit(); // another attempt at the same file
      seen.add(reference);
      if (this.isArchived(transfer)) again.push(transfer);
      else if (!this.isHeld(transfer.eventId) && !files.awaitsRow(transfer, this.atEnd)) await this.stray(transfer);
    }
    this.archiving.tools.receipts.settleAll(files.archived(again), 'duplicate');
    this.archiving.leaving.commit();
  }

  /** Whether a message waits that is to be archived with its files. */
  private isHeld(eventId: string): boolean {
    return this.archiving.workspace.groups.find(eventId) !== undefined;
  }

  /** Whether it is settled what becomes of the very bytes of a transfer, for the event that it came for. */
  private isArchived({fileId, eventId, content}: HeldTransfer): boolean {
    const {workspace} = this.archiving;
    const archived = workspace.stores.ledger.findFile(fileId, eventId);
    if (archived?.outcome === 'captured' && archived.sha256 === content?.sha256) return true;
    const recordId = toFileRecordId({fileId, eventId, outcome: 'captured', sha256: content?.sha256});
    return workspace.findSettled(recordId) !== undefined;
  }

  private async addendum(rows: readonly HeldRow[]): Promise<void> {
    const [first] = rows;
    const taken = noFilesTaken();
    const originals = rows.map((row) => ({recordId: toFileRecordId(row), sha256: sha256Hex(row.text), text: row.text}));
    const item = first && this.itemOf(first.eventId);
    const decision = this.decideAddendum(item, first?.userId, originals, first?.owner?.stream);
    if (decision.disposition !== 'archive') {
      const records = rows.flatMap((row, index) => {
        const [receipt, ...repeats] = row.receipts;
        const original = originals[index];
        return receipt === undefined || original === undefined ? [] : [{original, receipt, repeats}];
      });
      this.archiving.leaving.add('files', decision, records);
      for (const transfer of this.archiving.workspace.files.leaveOut(rows))
        await this.archiving.leaving.addTransfer(transfer, decision);
      return;
    }
    const files = rows.map((row) => this.archiving.workspace.files.attachRow(row, taken));
    await this.addAddendum(
      first?.owner === undefined ? first?.conversationId : {objectId: first.eventId, name: first.owner.name},
      item?.owner ?? first?.userId, // whoever holds its message holds it too, whoever uploaded it
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
    const item = this.itemOf(eventId);
    const decision = this.decideAddendum(item, undefined, originals, objectStreamOf(eventId));
    if (decision.disposition !== 'archive') return this.archiving.leaving.addTransfer(transfer, decision);
    const taken = noFilesTaken();
    const files = [this.archiving.workspace.files.attachStray(transfer, content, taken)];
    const thread = isOwnerReference(eventId) ? {objectId: eventId, name: undefined} : conversationId;
    await this.addAddendum(thread, item?.owner, undefined, files, originals, taken, decision);
  }

  private async addAddendum(
    thread: string | {readonly objectId: string; readonly name: string | undefined} | undefined,
    ownerId: string | undefined,
    timestamp: string | undefined,
    files: readonly AttachedFile[],
    originals: AddendumItem['originals'],
    taken: TakenFiles,
    decision: Archived
  ): Promise<void> {
    const {stores} = this.archiving.workspace;
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
      subject: this.archiving.subjectOf(held?.objectId ?? conversationId, [held?.name], redactor),
      dateMs: toDateMs(timestamp),
      policyVersion: this.archiving.tools.policy.version,
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
      owner: this.archiving.resolve(ownerId ?? 'unknown', undefined),
      ...(files.some((file) => this.archiving.isOversize(file)) ? {isOversize: true} : {}),
      files: files.map((file) => this.archiving.shown(file, redactor)),
    };
    await this.archiving.delivery.add({
      item: {...item, ...toMarks(decision, counts)},
      originals: () => originals, // whole, as what is set aside is
      stream: 'files',
      records: originals,
      files: taken.settled,
      targets: decision.targets,
      decision: toItemDecision(decision, counts),
      ...this.archiving.outcomesOf(item, [], taken),
    });
  }

  /**
   * A file that comes later goes where its message or object went; of one whose message is not known the policy decides
   * alone. One that an object holds is asked about as a record of the stream of its object too, because rules name that.
   */
  private decideAddendum(
    item: Intent | undefined,
    userId: string | undefined,
    originals: AddendumItem['originals'],
    objectStream?: string
  ): Archived | LeftOut {
    const {policy} = this.archiving.tools;
    const streams = ['files', ...(objectStream === undefined ? [] : [objectStream])];
    const records = streams.flatMap((stream) => originals.map((original) => ({...original, stream})));
    const owner = userId === undefined ? undefined : this.archiving.actorOf(userId, undefined);
    const decision = policy.decide(records, owner);
    if (item === undefined) return decision;
    const ofItem = decisionOf(item);
    const redactor = policy.redactorOf([...ofItem.rules, ...decision.rules]);
    if (item.kind !== 'document') return {...ofItem, disposition: 'archive', redactor};
    const ofFile = asFileOfObject(decision, ofItem);
    return ofFile.disposition === 'archive' ? {...ofFile, redactor} : ofFile;
  }

  private treatmentOf(eventId: string): string {
    const item = this.itemOf(eventId);
    return item === undefined ? '' : JSON.stringify([toDecisionKey(decisionOf(item)), item.owner]);
  }

  /** The item that a message or object lies in; of an object its newest. Throws ConfigError when a target of it is gone. */
  private itemOf(eventId: string): Intent | undefined {
    const {ledger, targets} = this.archiving.workspace.stores;
    const item = ledger.findItemOf(eventId) ?? (isOwnerReference(eventId) ? ledger.findDocument(eventId) : undefined);
    const gone = item?.targets.find((name) => !targets.has(name));
    if (gone === undefined) return item;
    throw new ConfigError(
      'policy_invalid',
      `A file belongs to a message or object in the target ${gone}, which is not configured: put it back into additional_targets.`
    );
  }
}

type Followed = Omit<Archived, 'disposition' | 'redactor'>;

/**
 * What becomes of a file whose object has its item. No record of the object names the file, as a message does: what the
 * rules say of the file itself comes on top, and may leave it out where nothing holds the object.
 */
export function asFileOfObject(decision: Decision, ofItem: Followed): Decision {
  if (decision.disposition === 'archive') {
    const {rules, tags, retention, legalHold} = decision;
    return {
      ...decision,
      targets: ofItem.targets,
      rules: [...new Set([...ofItem.rules, ...rules])],
      tags: [...new Set([...ofItem.tags, ...tags])],
      retention: (retention?.days ?? -1) > (ofItem.retention?.days ?? -1) ? retention : (ofItem.retention ?? retention),
      legalHold: addMatters(ofItem.legalHold, legalHold),
    };
  }
  const isHeld = decision.disposition === 'exclude' && ofItem.legalHold !== undefined;
  const isRouted = decision.why.rule === 'routing_no_match'; // as its object was
  return isHeld || isRouted ? {...ofItem, disposition: 'archive', redactor: undefined} : decision;
}

/** What was decided of an item, as far as it holds for what follows it. */
function decisionOf({decision, targets}: Intent): Followed {
  const {rules, tags, retention, legalHold}: Omit<ItemDecision, 'redactions'> = decision ?? nothingSaid;
  return {rules, tags, retention, legalHold, targets};
}

const nothingSaid: Omit<ItemDecision, 'redactions'> = {rules: [], tags: [], retention: undefined, legalHold: undefined};

/** Stream of the object that a reference names in place of an event. */
export function objectStreamOf(eventId: string): string | undefined {
  return fileOwnerStream.options.find((name) => eventId.startsWith(`${name}:`));
}

/** The same file and outcome of the same event is the same record, however often it is attempted. */
function toFileRecordId(row: {fileId: string; eventId: string; outcome: string; sha256: string | undefined}): string {
  return sha256OfParts(['files', row.fileId, row.eventId, row.outcome, row.sha256 ?? '']);
}

/**
 * Files that one person gave to one conversation make one addendum, as far as they are treated alike.
 * @param treatmentOf what is decided of a file's message already; the same where nothing is
 */
export function toAddenda<Row extends Pick<HeldRow, 'conversationId' | 'eventId' | 'userId'>>(
  rows: readonly Row[],
  treatmentOf: (row: Row) => string
): Row[][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const {conversationId, eventId, userId} = row;
    const key = JSON.stringify([conversationId ?? `event:${eventId}`, userId, treatmentOf(row)]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()];
}

function newestTimestamp(rows: readonly HeldRow[]): string | undefined {
  const times = rows.map((row) => row.eventTimestamp ?? '');
  return times.reduce((newest, each) => (compareTimes(each, newest) > 0 ? each : newest), '');
}
