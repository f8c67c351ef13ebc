// The verb `policy-test`: tells what the policy would do with records, grouped as they would be, and delivers nothing.
import type {DestinationInput, InputRecord} from '../airbyte/destination-input';
import {toPolicy} from './check';
import type {Config} from './config';
import type {Events} from './events';
import {HeldGroups} from './pipeline/held-groups';
import {toRecordId} from './pipeline/record-id';
import {toStreamRole} from './pipeline/stream-role';
import type {Policy} from './policy/policy';
import type {CollectedActor} from './policy/actors';
import type {PolicyRecord} from './policy/record-facts';
import type {RedactionCounts} from './policy/redaction';
import type {Preview} from './report/preview';

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
    for (const message of block) if (message.kind === 'record') test.take(message);
  }
  test.flush();
  events.tested(test.counts);
  return 0;
}

class PolicyTest {
  /** Records by what would become of them. */
  readonly counts = {archive: 0, exclude: 0, set_aside: 0, context: 0};
  private readonly people = new Map<string, CollectedActor>();
  private readonly groups: HeldGroups;

  constructor(
    private readonly config: Config,
    private readonly policy: Policy,
    private readonly onPreview: (preview: Preview) => void
  ) {
    this.groups = new HeldGroups(config.grouping, config.time_zone);
  }

  take({stream, data, dataText}: InputRecord): void {
    const role = toStreamRole(stream.name, data);
    const {event, event_id: eventId} = data;
    if (role === 'messages' && typeof event === 'string' && typeof eventId === 'string') {
      const original = {recordId: eventId, sha256: '', text: event};
      this.groups.add(
        {original, receipt: {epoch: unusedEpoch, user: unusedCounts}, repeats: []},
        {
          conversationId: text(data['conversation_id']),
          timestamp: text(data['timestamp']),
          logFileId: text(data['log_file_id']),
        }
      );
      if (this.groups.heldBytes > this.config.hold_megabytes * 1024 * 1024) this.flush();
    } else if (role === 'other' || role === 'log_events') {
      const record = {
        stream: stream.name,
        recordId: text(eventId) ?? toRecordId(stream.name, dataText()),
        text: dataText(),
      };
      this.preview({stream: stream.name}, [record], this.policy.ownerOf(record));
    } else {
      const id = text(data['id']);
      if (role === 'users' && id !== undefined) {
        this.people.set(id, {id, email: text(data['email']), name: text(data['name'])});
      }
      this.counts.context += 1;
    }
  }

  flush(): void {
    for (const {conversationId, messages} of this.groups.takeAll()) {
      const records = messages.map(({original}) => ({...original, stream: 'messages'}));
      const [first] = records;
      this.preview({stream: 'messages', conversation: conversationId}, records, first && this.policy.ownerOf(first));
    }
  }

  private preview(
    facts: Pick<Preview, 'stream' | 'conversation'>,
    records: readonly PolicyRecord[],
    person: Pick<CollectedActor, 'id' | 'email'> | undefined
  ): void {
    const known = person === undefined ? undefined : this.people.get(person.id);
    const email = person?.email ?? known?.email;
    const owner = person && this.policy.resolve({id: person.id, email, name: known?.name});
    const decision = this.policy.decide(records, owner);
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
    });
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
