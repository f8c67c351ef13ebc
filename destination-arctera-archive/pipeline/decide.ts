// Asks the policy about items and people, and turns its answers into what items and the ledger say.
import {toRecordOwner} from '../../contract/record-owner';
import type {ItemDecision} from '../ledger/ledger';
import type {Actor} from '../policy/actors';
import type {Archived, Decision, LeftOut} from '../policy/decision';
import type {Policy} from '../policy/policy';
import type {PolicyRecord} from '../policy/record-facts';
import type {RedactionCounts} from '../policy/redaction';
import type {Item} from '../render/item';
import {object, parseJson} from '../../core/json-values';
import {findOwner} from '../render/thread-order';
import type {ArchivedEvent} from '../render/to-messages-item';

type PolicyMarks = Pick<Item, 'tags' | 'retention' | 'legalHold' | 'redactions'>;

/** What is known of uploads when their messages are decided. */
export interface KnownFiles {
  /** In bytes, where they are at hand. */
  sizeOf(fileId: string): number | undefined;
  /** Whether it is known that the bytes of a reference cannot be had. */
  isMissing(fileId: string, eventId: string): boolean;
}

/** Undefined where the conversation is nobody's. */
export function ownerOfEvents(
  events: readonly ArchivedEvent[],
  resolve: (id: string, email: string | undefined) => Actor
): Actor | undefined {
  const owner = findOwner(events);
  return owner === undefined ? undefined : resolve(owner.id, owner.email);
}

export function decideConversation(
  policy: Policy,
  events: readonly ArchivedEvent[],
  owner: Actor | undefined,
  files: KnownFiles
): Archived | LeftOut {
  const records = events.map(toPolicyRecord);
  const decision = policy.decide(records, owner, (fileId) => files.sizeOf(fileId));
  if (decision.disposition !== 'archive' || !policy.attachments.failsOnMissing) return decision;
  const isMissing = events.some((event) => event.files.some(({fileId}) => files.isMissing(fileId, event.eventId)));
  if (!isMissing) return decision;
  const why = {rule: 'attachment_mode', reason: 'an attachment is missing'};
  return {disposition: 'set_aside', why, rules: decision.rules};
}

function toPolicyRecord({original, data}: ArchivedEvent): PolicyRecord {
  return {stream: 'messages', recordId: original.recordId, text: original.text, data};
}

/** Decides of a record that is no message, by whom it belongs to and what it says. */
export function decideRecord(
  policy: Policy,
  stream: string,
  record: {readonly recordId: string; readonly text: string},
  resolve: (id: string, email: string | undefined) => Actor
): {readonly decision: Decision; readonly owner: Actor | undefined} {
  const data = parseJson(record.text);
  const person = toRecordOwner(stream, object(data));
  const owner = person && resolve(person.id, person.email);
  return {decision: policy.decide([{...record, stream, data}], owner), owner};
}

/** What an item shows of a decision; nothing where no rule said anything. */
export function toMarks(
  {tags, retention, legalHold}: Omit<ItemDecision, 'redactions' | 'rules'>,
  counts: RedactionCounts
): PolicyMarks {
  const redactions = toRedactions(counts);
  return {
    ...(tags.length === 0 ? {} : {tags}),
    ...(retention === undefined ? {} : {retention}),
    ...(legalHold === undefined ? {} : {legalHold}),
    ...(redactions.length === 0 ? {} : {redactions}),
  };
}

/** What the ledger keeps of a decision; undefined where no rule said anything. */
export function toItemDecision(
  {rules, tags, retention, legalHold}: Omit<ItemDecision, 'redactions'>,
  counts: RedactionCounts
): ItemDecision | undefined {
  if (rules.length === 0) return undefined;
  return {rules, tags, retention, legalHold, redactions: toRedactions(counts)};
}

/** Items that a policy treats alike, for records that share one. */
export function toDecisionKey({
  targets,
  tags,
  retention,
  legalHold,
  rules,
}: Omit<Archived, 'disposition' | 'redactor'>): string {
  return JSON.stringify([targets, tags, retention ?? null, legalHold ?? null, rules]);
}

function toRedactions(counts: RedactionCounts): ItemDecision['redactions'] {
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, count]) => ({kind, count}));
}
