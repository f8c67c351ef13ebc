// Makes items of the records of other streams: log lines, documents and batches, with the files that objects hold.
import type {RecordError} from '../../core/errors';
import type {Archived, Decision, LeftOut} from '../policy/decision';
import type {Redactor, RedactionCounts} from '../policy/redaction';
import {objectIdOf} from '../render/documents';
import type {AttachedFile, DocumentItem} from '../render/item';
import {object, parseJson} from '../../core/json-values';
import {toRecordItems} from '../render/to-record-items';
import type {Archiving} from './archiving';
import {attempt} from './content-error';
import {decideRecord, toDecisionKey, toItemDecision, toMarks} from './decide';
import type {HeldBatch, HeldRecord} from './held-batches';
import {type HeldFiles, noFilesTaken, type TakenFiles} from './held-files';
import {ItemRoom, toParts} from './item-room';
import type {LeftOutObject} from './workspace';

export class BatchArchiver {
  private waitingFiles: ReturnType<HeldFiles['waiting']> = new Map();

  /** @param atEnd nothing more will come: what waits for something waits in vain */
  constructor(
    private readonly archiving: Archiving,
    private readonly atEnd: boolean
  ) {}

  async archive(): Promise<void> {
    const {batches, files} = this.archiving.workspace;
    this.waitingFiles = files.waiting();
    for (const batch of batches.values()) await this.batch(batch);
    batches.clear();
    this.archiving.leaving.commit();
  }

  private async batch({stream, isLog, records: held}: HeldBatch): Promise<void> {
    const records = [...held.values()];
    const {policy} = this.archiving.tools;
    if (policy.isSilent) {
      return this.recordItems(stream, isLog, records, policy.decide([], undefined));
    }
    const alike = new Map<string, {decision: Archived; records: HeldRecord[]}>();
    for (const record of records) {
      const decide = (): Decision =>
        decideRecord(policy, stream, record.original, (id, email) => this.archiving.actorOf(id, email)).decision;
      const {result: decision, reason} = attempt('Deciding of it', decide);
      if (reason !== undefined) {
        this.setUnmadeAside(stream, reason, record);
        continue;
      }
      if (decision.disposition !== 'archive') {
        this.archiving.leaving.add(stream, decision, [record]);
        const left =
          decision.disposition === 'set_aside' ? setAside : ({outcome: 'excluded', rule: decision.why.rule} as const);
        this.noteLeftOut(stream, record, left);
        continue;
      }
      const key = toDecisionKey(decision);
      const known = alike.get(key);
      if (known === undefined) alike.set(key, {decision, records: [record]});
      else known.records.push(record);
    }
    for (const each of alike.values()) {
      await this.recordItems(stream, isLog, each.records, each.decision);
    }
  }

  private async recordItems(
    stream: string,
    isLog: boolean,
    records: readonly HeldRecord[],
    decision: Archived | LeftOut
  ): Promise<void> {
    if (decision.disposition !== 'archive') return;
    const {maxItemBytes} = this.archiving.tools;
    for (const part of toParts(records, {bytes: maxItemBytes})) await this.itemsOf(stream, isLog, part, decision);
  }

  private async itemsOf(
    stream: string,
    isLog: boolean,
    records: readonly HeldRecord[],
    decision: Archived
  ): Promise<void> {
    const {redactor} = decision;
    const held = new Map(records.map((record) => [record.original.recordId, record]));
    const masked = new Map<string, RedactionCounts>();
    const make = (): ReturnType<typeof toRecordItems> => this.toItems(stream, isLog, records, redactor, masked);
    const {result: items, reason} = attempt('Making an item of it', make);
    if (reason !== undefined) {
      const [first, ...others] = records;
      if (first === undefined) return;
      if (others.length === 0) this.setUnmadeAside(stream, reason, first);
      else for (const record of records) await this.itemsOf(stream, isLog, [record], decision); // whichever of them it is
      return;
    }
    for (const item of items) {
      const recordIds = item.originals.map(({recordId}) => recordId);
      const counts = sumCounts(recordIds.flatMap((recordId) => masked.get(recordId) ?? []));
      const messages = recordIds.flatMap((recordId) => held.get(recordId) ?? []);
      const taken = noFilesTaken();
      const files = item.kind === 'batch' ? [] : this.attachHeld(item, taken, redactor);
      await this.archiving.delivery.add({
        item: {...item, ...(files.length === 0 ? {} : {files}), ...toMarks(decision, counts)},
        originals: () => messages.map(({original}) => original), // whole, as what is set aside is
        stream,
        records: item.originals,
        files: taken.settled,
        targets: decision.targets,
        decision: toItemDecision(decision, counts),
        ...this.archiving.outcomesOf(item, messages, taken),
      });
    }
  }

  private toItems(
    stream: string,
    isLog: boolean,
    records: readonly HeldRecord[],
    redactor: Redactor | undefined,
    masked: Map<string, RedactionCounts>
  ): ReturnType<typeof toRecordItems> {
    const {stores} = this.archiving.workspace;
    const originals = records.map(({original}) => {
      if (redactor === undefined) return original;
      const counts: RedactionCounts = new Map();
      masked.set(original.recordId, counts);
      return {...original, text: redactor.json(original.text, counts)};
    });
    return toRecordItems({
      target: stores.target.name,
      workspaceId: stores.workspaceId,
      policyVersion: this.archiving.tools.policy.version,
      stream,
      timeZone: this.archiving.tools.settings.timeZone,
      originals,
      isLog,
      resolve: (userId, email) => this.archiving.resolve(userId, email),
      subjectOf: (threadId, title) => this.archiving.subjectOf(threadId, [title], redactor),
    });
  }

  private setUnmadeAside(stream: string, reason: RecordError, record: HeldRecord): void {
    this.archiving.leaving.setUnmadeAside(stream, reason, [record]);
    attempt('Reading its id', () => this.noteLeftOut(stream, record, setAside)); // one that has none has no files
  }

  /** The files of an object follow it. */
  private noteLeftOut(stream: string, {original}: HeldRecord, left: LeftOutObject): void {
    const objectId = objectIdOf(stream, object(parseJson(original.text)));
    if (objectId !== undefined) this.archiving.workspace.objectsLeftOut.set(objectId, left);
  }

  /** Files of an object that have come by now; the others follow as addenda in its thread. */
  private attachHeld(item: DocumentItem, taken: TakenFiles, redactor: Redactor | undefined): AttachedFile[] {
    const {files} = this.archiving.workspace;
    const {objectId} = item;
    const waiting = objectId === undefined ? undefined : this.waitingFiles.get(objectId);
    if (objectId === undefined || waiting === undefined) return [];
    const attached: AttachedFile[] = [];
    const room = new ItemRoom(item.originals, this.archiving.tools.maxItemBytes);
    for (const [fileId, name] of waiting) {
      const size = files.sizeOf(fileId) ?? 0;
      const hasRoom = room.hasRoomFor(size);
      const file = hasRoom
        ? files.attach(fileId, objectId, name, taken, this.atEnd)
        : this.archiving.apart({fileId, eventId: objectId, name}, size);
      if (file.state.kind === 'awaited' || file.state.kind === 'not_selected') continue;
      if (hasRoom) room.take(size);
      attached.push(this.archiving.shown(file, redactor));
    }
    return attached;
  }
}

const setAside: LeftOutObject = {outcome: 'set_aside', rule: undefined};

function sumCounts(each: readonly RedactionCounts[]): RedactionCounts {
  const sum: RedactionCounts = new Map();
  for (const counts of each) for (const [kind, count] of counts) sum.set(kind, (sum.get(kind) ?? 0) + count);
  return sum;
}
