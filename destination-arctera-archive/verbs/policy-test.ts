// The verb `policy-test`: tells what the policy would do with records, grouped as they would be, and delivers nothing.
import type {DestinationInput, InputRecord} from '../../airbyte/destination-input';
import {messages} from '../../contract/messages';
import {type ErrorCode, errorCodes} from '../../core/error-codes';
import {toPolicy} from '../check';
import type {Config} from '../config';
import type {Events} from '../events';
import {decideConversation, decideRecord, type KnownFiles, ownerOfEvents} from '../pipeline/decide';
import {HeldGroups} from '../pipeline/held-groups';
import {toInteractions} from '../pipeline/interactions';
import {toRecordId} from '../pipeline/record-id';
import {isStreamNamed, toStreamRole} from '../pipeline/stream-role';
import type {Actor, CollectedActor} from '../policy/actors';
import type {Decision} from '../policy/decision';
import type {Policy} from '../policy/policy';
import type {RedactionCounts} from '../policy/redaction';
import {parseConversationEvent} from '../render/conversation-event';
import {reportsGap} from '../render/gap-notice';
import type {ArchivedEvent} from '../render/to-messages-item';
import type {Preview} from '../report/preview';

/** Nothing waits for what is only looked at. */
const unusedEpoch = {stream: 'messages', received: 0, waiting: 0, setAside: 0};
const unusedCounts = {collected: 0, delivered: 0, duplicate: 0, excluded: 0, set_aside: 0, context: 0};

/** @returns the exit code */
export async function testPolicy(
  config: Config,
  input: AsyncIterable<readonly DestinationInput[]>,
  events: Events
): Promise<number> {
  const test = new PolicyTest(config, toPolicy(config), (preview) => events.previewed(preview));
  for await (const block of input) {
    for (const message of block) {
      if (message.kind === 'record') test.take(message);
      if (message.kind === 'state') test.state(isStreamNamed(message.stream?.name ?? '', messages));
    }
  }
  test.flush();
  events.tested(test.counts);
  return 0;
}

class PolicyTest {
  /** Records by what would become of them. */
  readonly counts = {archive: 0, exclude: 0, set_aside: 0, duplicate: 0, context: 0};
  private readonly people = new Map<string, CollectedActor>();
  private readonly groups: HeldGroups;
  private readonly files = new SeenFiles();
  /** Digests by record id. */
  private readonly seen = new Map<string, string>();

  constructor(
    private readonly config: Config,
    private readonly policy: Policy,
    private readonly onPreview: (preview: Preview) => void
  ) {
    this.groups = new HeldGroups(config.grouping, config.time_zone);
  }

  take(record: InputRecord): void {
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
        this.files.addRow(data);
        break;
      case 'file_chunks':
        this.files.addChunk(data);
        break;
      case 'users':
        this.person(data);
        break;
      case 'conversations':
    }
    this.counts.context += 1;
  }

  flush(): void {
    for (const {conversationId, messages} of this.groups.takeAll()) {
      const events = messages.map((message) => {
        const original = message.original.whole();
        return {...parseConversationEvent(original.text), original};
      });
      const threads = this.groups.grouping === 'interaction' ? toInteractions(events) : [events];
      for (const thread of threads) this.conversation(conversationId, thread);
    }
  }

  /** Held as long as the sync would hold it, but for the minutes. */
  state(isMessages: boolean): void {
    if (isMessages && this.groups.heldBytes >= this.limitBytes) this.flush();
  }

  private get limitBytes(): number {
    return this.config.hold_megabytes * 1024 * 1024;
  }

  private event(record: InputRecord, role: 'messages' | 'log_events'): void {
    const {stream, data} = record;
    const {event, event_id: recordId, event_sha256: sha256} = data;
    if (typeof event !== 'string' || typeof recordId !== 'string' || typeof sha256 !== 'string') {
      return this.unusable(stream.name, toRecordId(stream.name, record.dataText()), 'record_malformed');
    }
    const known = this.seen.get(recordId);
    if (known === sha256) {
      this.counts.duplicate += 1;
      return;
    }
    if (known !== undefined) return this.unusable(stream.name, recordId, 'event_id_conflict');
    this.seen.set(recordId, sha256);
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
    if (this.groups.heldBytes >= 2 * this.limitBytes) this.flush();
  }

  private other(record: InputRecord): void {
    const dataText = record.dataText();
    const recordId = toRecordId(record.stream.name, dataText);
    if (this.seen.has(recordId)) {
      this.counts.duplicate += 1;
      return;
    }
    this.seen.set(recordId, '');
    this.single(record.stream.name, {recordId, text: dataText});
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
  }

  private actorOf({id, email}: Pick<CollectedActor, 'id' | 'email'>): Actor {
    const known = this.people.get(id);
    return this.policy.resolve({id, email: email ?? known?.email, name: known?.name});
  }

  private preview(
    facts: Pick<Preview, 'stream' | 'conversation'>,
    records: readonly {readonly recordId: string; readonly text: string}[],
    owner: Actor | undefined,
    decision: Decision,
    replaced: readonly (readonly [string, string])[]
  ): void {
    const {disposition, rules} = decision;
    this.counts[disposition] += records.length;
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

/** What the records say of uploads; the bytes themselves are not looked at. */
class SeenFiles implements KnownFiles {
  private readonly sizes = new Map<string, number>();
  private readonly missing = new Set<string>();

  addRow(data: InputRecord['data']): void {
    const key = JSON.stringify([data['file_id'], data['event_id']]);
    if (data['outcome'] === 'captured') this.missing.delete(key);
    else this.missing.add(key);
  }

  addChunk(data: InputRecord['data']): void {
    const {file_id: fileId, last, size} = data;
    if (typeof fileId === 'string' && (last === true || last === 'true')) this.sizes.set(fileId, Number(size));
  }

  sizeOf(fileId: string): number | undefined {
    return this.sizes.get(fileId);
  }

  isMissing(fileId: string, eventId: string): boolean {
    return this.missing.has(JSON.stringify([fileId, eventId]));
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
