// The verb `policy-test`: tells what the policy would do with records, grouped as they would be; it delivers and writes nothing.
import type {DestinationInput, InputRecord} from '../../airbyte/destination-input';
import {isOwnerReference} from '../../contract/files';
import {type ErrorCode, errorCodes} from '../../core/error-codes';
import {toSafeName} from '../../core/safe-name';
import {toLedgerPlace, toPolicy} from '../check';
import type {Config} from '../config';
import type {Events} from '../events';
import {EarlierRuns, toFileKey} from '../ledger/earlier-runs';
import type {Explanation} from '../ledger/explain';
import {asFileOfObject, objectStreamOf, toAddenda} from '../pipeline/archive-late-files';
import {decideConversation, decideRecord, type KnownFiles, ownerOfEvents} from '../pipeline/decide';
import {fullShare, type HeldGroup, HeldGroups, keptShare} from '../pipeline/held-groups';
import {toInteractions} from '../pipeline/interactions';
import {ownerOf} from '../pipeline/match';
import {toPrefixedRecordId, toRecordId} from '../pipeline/record-id';
import {toStreamRole} from '../pipeline/stream-role';
import {TextChunks} from '../ledger/text-store';
import {toKnownSpelling} from '../ledger/workspace-spelling';
import type {Actor, CollectedActor} from '../policy/actors';
import type {Decision, LeftOut} from '../policy/decision';
import type {Policy} from '../policy/policy';
import {findUnusedSettings} from '../policy/unused-settings';
import type {RedactionCounts} from '../policy/redaction';
import {parseConversationEvent} from '../render/conversation-event';
import {objectIdOf} from '../render/documents';
import {reportsGap} from '../render/gap-notice';
import {object, parseJson} from '../../core/json-values';
import type {ArchivedEvent} from '../render/to-messages-item';
import type {Preview} from '../report/preview';

/** Nothing waits for what is only looked at. */
const unusedEpoch = {stream: 'messages', received: 0, waiting: 0, setAside: 0};
const unusedCounts = {collected: 0, delivered: 0, duplicate: 0, excluded: 0, set_aside: 0, context: 0};

interface Telling {
  readonly events: Events;
  /** Resolves when somebody has taken what was told. */
  readonly told: () => Promise<void>;
}

/**
 * @param readsLedgers whether what the archive holds already counts, as it does in a sync
 * @returns the exit code
 */
export async function testPolicy(
  config: Config,
  input: AsyncIterable<readonly DestinationInput[]>,
  {events, told}: Telling,
  readsLedgers: boolean
): Promise<number> {
  const earlier = new EarlierRuns(readsLedgers ? toLedgerPlace(config) : undefined);
  try {
    const policy = toPolicy(config);
    events.settingsUnused(findUnusedSettings(config));
    const test = new PolicyTest(config, policy, earlier, (preview) => events.previewed(preview));
    await test.run(input, told);
    events.tested(test.counts, earlier.areKnown);
  } finally {
    earlier.close();
  }
  return 0;
}

class PolicyTest {
  /** Records by what would become of them. */
  readonly counts = {archive: 0, exclude: 0, set_aside: 0, duplicate: 0, context: 0};
  private readonly people = new Map<string, CollectedActor>();
  private readonly groups: HeldGroups;
  private readonly files = new SeenFiles();
  /** By event or object, what becomes of it and so of its files. */
  private readonly outcomes = new Map<string, Decision['disposition']>();
  /** Digests by record id. */
  private readonly seen = new Map<string, string>();
  /** Names of the workspaces that have a ledger, or would have one by now. */
  private readonly workspaces: Set<string>;

  constructor(
    private readonly config: Config,
    private readonly policy: Policy,
    private readonly earlier: EarlierRuns,
    private readonly onPreview: (preview: Preview) => void
  ) {
    this.groups = new HeldGroups(config.grouping, config.time_zone, new TextChunks()); // nothing is written
    this.workspaces = new Set(earlier.names);
  }

  /** What nobody has taken yet would fill the memory, so it is waited for after each block. */
  async run(input: AsyncIterable<readonly DestinationInput[]>, told: Telling['told']): Promise<void> {
    for await (const block of input) {
      for (const message of block) if (message.kind === 'record') this.take(message);
      await told();
    }
    await this.finish();
  }

  private take(record: InputRecord): void {
    const {stream, data} = record;
    const role = toStreamRole(stream.name, data);
    switch (role) {
      case 'messages':
      case 'log_events':
        return this.event(record, role);
      case 'capture_runs':
        if (reportsGap(data)) return this.other(record);
        break;
      case 'other':
        return this.other(record);
      case 'files':
        return this.files.addRow(record);
      case 'file_chunks':
        return this.files.addChunk(data);
      case 'users':
        this.person(data);
        break;
      case 'conversations':
    }
    this.counts.context += 1;
  }

  /** Nothing more comes: files whose message or object did not come are late ones. */
  private async finish(): Promise<void> {
    this.flush();
    const settled = await this.earlier.settledFiles(this.files.references);
    const late: FileReference[] = [];
    for (const file of this.files.references) {
      const told = settled.get(toFileKey(file)) ?? [];
      const saysNothingNew = told.some((each) => each === 'captured' || each === file.outcome);
      const outcome = saysNothingNew ? 'archive' : this.outcomes.get(file.eventId);
      if (outcome === undefined) late.push(file);
      else this.counts[outcome === 'archive' ? 'context' : outcome] += file.count;
    }
    const isEachApart = this.config.max_item_megabytes !== undefined;
    const apart = isEachApart
      ? late.map((file) => [file])
      : toAddenda(late, ({eventId}) => toTreatment(this.earlier.findHolder(eventId)));
    for (const files of apart) this.lateFiles(files);
  }

  private flush(): void {
    this.decide(this.groups.takeAll());
  }

  private decide(groups: readonly HeldGroup[]): void {
    for (const {conversationId, messages} of groups) {
      const events = messages.map((message) => {
        const original = message.original.whole();
        return {...parseConversationEvent(original.text), original};
      });
      const threads = this.groups.grouping === 'interaction' ? toInteractions(events) : [events];
      for (const thread of threads) this.conversation(conversationId, thread);
      for (const {original} of messages) this.groups.forget(original.recordId);
    }
  }

  private get limitBytes(): number {
    return this.config.hold_megabytes * 1024 * 1024;
  }

  private event(record: InputRecord, role: 'messages' | 'log_events'): void {
    const {stream, data} = record;
    const {event, event_id: recordId, event_sha256: sha256} = data;
    if (typeof event !== 'string' || typeof recordId !== 'string' || typeof sha256 !== 'string') {
      const id = toRecordId(stream.name, record.dataText(), this.workspaceOf(data));
      return this.unusable(stream.name, id, 'record_malformed');
    }
    const known = this.seen.get(recordId);
    if (known === sha256) {
      this.counts.duplicate += 1;
      return;
    }
    if (known !== undefined) return this.unusable(stream.name, recordId, 'event_id_conflict');
    this.seen.set(recordId, sha256);
    const earlier = this.findSettled(recordId);
    if (earlier?.sha256 === sha256) {
      this.counts.duplicate += 1;
      return;
    }
    if (earlier !== undefined) return this.unusable(stream.name, recordId, 'event_id_conflict');
    if (data['unreadable'] === true) return this.unusable(stream.name, recordId, 'unreadable_line');
    const original = {recordId, sha256, text: event};
    if (role === 'log_events') return this.single(stream.name, original);
    this.groups.add(
      {original, receipt: {epoch: unusedEpoch, user: unusedCounts}, repeats: []},
      {
        conversationId: text(data['conversation_id']),
        timestamp: text(data['timestamp']),
        logFileId: text(data['log_file_id']),
      }
    );
    // Held as long as the sync would hold it, but for the minutes.
    const {waitingBytes} = this.groups;
    if (waitingBytes >= fullShare * this.limitBytes) this.decide(this.groups.takeOldest(waitingBytes * keptShare));
  }

  private other(record: InputRecord): void {
    const dataText = record.dataText();
    const workspaceId = this.workspaceOf(record.data);
    const recordId = toRecordId(record.stream.name, dataText, workspaceId);
    const ids = [recordId, toPrefixedRecordId(record.stream.name, dataText, workspaceId) ?? recordId];
    if (this.seen.has(recordId) || ids.some((id) => this.findSettled(id) !== undefined)) {
      this.counts.duplicate += 1;
      return;
    }
    this.seen.set(recordId, '');
    this.single(record.stream.name, {recordId, text: dataText});
  }

  /** As the ledger spells it that a sync would take. */
  private workspaceOf(data: InputRecord['data']): string {
    const workspaceId = toKnownSpelling(text(data['workspace_id']) ?? 'default', [...this.workspaces]);
    this.workspaces.add(toSafeName(workspaceId));
    return workspaceId;
  }

  private person(data: InputRecord['data']): void {
    const id = text(data['id']);
    if (id !== undefined) this.people.set(id, {id, email: text(data['email']), name: text(data['name'])});
  }

  private unusable(stream: string, recordId: string, code: ErrorCode): void {
    this.counts.set_aside += 1;
    this.onPreview({
      stream,
      records: [recordId],
      owner: undefined,
      disposition: 'set_aside',
      rules: [],
      reason: errorCodes[code].meaning,
    });
  }

  private conversation(conversation: string, events: readonly ArchivedEvent[]): void {
    const owner = ownerOfEvents(events, (id, email) => this.actorOf({id, email}));
    const decision = decideConversation(this.policy, events, owner, this.files);
    const replaced = events.flatMap((event) =>
      event.files.flatMap(({fileId, name}): [string, string][] => {
        const size = this.files.sizeOf(fileId);
        const reason = size === undefined ? undefined : this.policy.attachments.replacement(name, size);
        return reason === undefined ? [] : [[fileId, reason]];
      })
    );
    const records = events.map(({original}) => original);
    this.preview({stream: 'messages', conversation}, records, owner, decision, replaced);
  }

  private single(stream: string, record: {readonly recordId: string; readonly text: string}): void {
    const {decision, owner} = decideRecord(this.policy, stream, record, (id, email) => this.actorOf({id, email}));
    this.preview({stream}, [record], owner, decision, []);
    const objectId = objectIdOf(stream, object(parseJson(record.text)));
    if (objectId !== undefined) this.outcomes.set(objectId, decision.disposition);
  }

  /** A file that comes later goes where its message or object went; of one whose message is not known the policy decides alone. */
  private lateFiles(files: readonly FileReference[]): void {
    const [first] = files;
    if (first === undefined) return;
    const {eventId, userId, objectStream} = first;
    const records = files.map((file) => ({recordId: file.fileId, text: file.text, stream: 'files'}));
    const asObjects = records.flatMap((record) =>
      objectStream === undefined ? [] : {...record, stream: objectStream}
    );
    const owner = userId === undefined ? undefined : this.actorOf({id: userId, email: undefined});
    const count = files.reduce((sum, file) => sum + file.count, 0);
    const earlier = this.earlier.findHolder(eventId);
    const facts = {stream: 'files', late_files_of: eventId};
    const own = (): Decision => this.policy.decide([...records, ...asObjects], owner);
    if (earlier?.item === undefined || earlier.outcome !== 'delivered') {
      return this.preview(facts, records, owner, this.leftOutAs(earlier) ?? own(), [], count);
    }
    const {rules, item} = earlier;
    const {targets, tags, legal_hold: legalHold} = item;
    const retention = item.retention === null ? undefined : {...item.retention, days: item.retention.days ?? undefined};
    const ofItem = {rules, targets, tags, retention, legalHold: legalHold ?? undefined};
    const decision: Decision = isOwnerReference(eventId)
      ? asFileOfObject(own(), ofItem)
      : {disposition: 'archive', ...ofItem, redactor: undefined};
    const redactor = this.policy.redactorOf(decision.rules);
    const said = decision.disposition === 'archive' ? {...decision, redactor} : decision;
    this.preview(facts, records, owner, said, [], count);
  }

  /** Files follow a message that an earlier run left out. */
  private leftOutAs(earlier: Explanation | undefined): LeftOut | undefined {
    const outcome = earlier?.outcome;
    if (earlier === undefined || (outcome !== 'excluded' && outcome !== 'set_aside')) return undefined;
    const {rules, reason} = earlier;
    const disposition = outcome === 'excluded' ? 'exclude' : 'set_aside';
    return {disposition, why: {rule: rules[0] ?? outcome, reason}, rules};
  }

  /** As in a sync, a record that another policy excluded is decided afresh. */
  private findSettled(recordId: string): Explanation | undefined {
    const earlier = this.earlier.find(recordId);
    const isAfresh = earlier?.outcome === 'excluded' && earlier.policy_version !== this.policy.version;
    return isAfresh ? undefined : earlier;
  }

  private actorOf({id, email}: Pick<CollectedActor, 'id' | 'email'>): Actor {
    const known = this.people.get(id);
    return this.policy.resolve({id, email: email ?? known?.email, name: known?.name});
  }

  private preview(
    facts: Pick<Preview, 'stream' | 'conversation' | 'late_files_of'>,
    records: readonly {readonly recordId: string; readonly text: string}[],
    owner: Actor | undefined,
    decision: Decision,
    replaced: readonly (readonly [string, string])[],
    files?: number
  ): void {
    const {disposition, rules} = decision;
    // Files that are archived count as context, as they do in the report of a run.
    this.counts[files !== undefined && disposition === 'archive' ? 'context' : disposition] += files ?? records.length;
    for (const {recordId} of records) if (files === undefined) this.outcomes.set(recordId, disposition);
    const common = {...facts, records: records.map(({recordId}) => recordId), owner: owner?.id, disposition, rules};
    if (decision.disposition !== 'archive') return this.onPreview({...common, reason: decision.why.reason});
    const {targets, tags, retention, legalHold, redactor} = decision;
    const counts: RedactionCounts = new Map();
    for (const record of records) redactor?.json(record.text, counts);
    this.onPreview({
      ...common,
      targets,
      tags,
      ...(retention === undefined ? {} : {retention}),
      ...(legalHold === undefined ? {} : {legal_hold: legalHold}),
      ...(counts.size === 0 ? {} : {redacted: Object.fromEntries(counts)}),
      ...(replaced.length === 0 ? {} : {replaced_files: Object.fromEntries(replaced)}),
    });
  }
}

/** A file with the message or object that refers to it. */
interface FileReference {
  readonly fileId: string;
  readonly eventId: string;
  readonly conversationId: string | undefined;
  readonly userId: string | undefined;
  readonly outcome: string;
  /** Of the object that holds it. */
  readonly objectStream: string | undefined;
  /** What the policy reads. */
  readonly text: string;
  /** Records that tell of it: rows, and chunks of its bytes. */
  readonly count: number;
}

/** What the records say of uploads; the bytes themselves are not looked at. */
class SeenFiles implements KnownFiles {
  private readonly sizes = new Map<string, number>();
  private readonly missing = new Set<string>();
  private readonly named = new Map<string, FileReference>();

  get references(): readonly FileReference[] {
    return [...this.named.values()];
  }

  addRow(record: InputRecord): void {
    const {data} = record;
    const key = this.add(data, record.dataText(), ownerOf(record)?.stream);
    if (data['outcome'] === 'captured') this.missing.delete(key);
    else this.missing.add(key);
  }

  addChunk(data: InputRecord['data']): void {
    const {file_id: fileId, event_id: eventId, conversation_id: conversationId, last, size} = data;
    const shown = JSON.stringify({file_id: fileId, event_id: eventId, conversation_id: conversationId, size});
    this.add(data, shown, objectStreamOf(String(eventId)));
    if (typeof fileId === 'string' && (last === true || last === 'true')) this.sizes.set(fileId, Number(size));
  }

  sizeOf(fileId: string): number | undefined {
    return this.sizes.get(fileId);
  }

  isMissing(fileId: string, eventId: string): boolean {
    return this.missing.has(toFileKey({fileId, eventId}));
  }

  /** @returns the key of the reference */
  private add(data: InputRecord['data'], shown: string, objectStream: string | undefined): string {
    const [fileId, eventId] = [text(data['file_id']) ?? '', text(data['event_id']) ?? ''];
    const key = toFileKey({fileId, eventId});
    const known = this.named.get(key);
    const isRow = 'outcome' in data;
    this.named.set(key, {
      fileId,
      eventId,
      conversationId: text(data['conversation_id']),
      userId: text(data['user_id']) ?? known?.userId,
      outcome: text(data['outcome']) ?? known?.outcome ?? 'captured',
      objectStream: isRow ? objectStream : (known?.objectStream ?? objectStream),
      text: isRow || known === undefined ? shown : known.text,
      count: (known?.count ?? 0) + 1,
    });
    return key;
  }
}

/** Messages with the same one have been treated alike. */
function toTreatment(earlier: Explanation | undefined): string {
  if (earlier === undefined) return '';
  const {outcome, rules, item} = earlier;
  return JSON.stringify([outcome, rules, item?.targets, item?.tags, item?.retention, item?.legal_hold]);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
