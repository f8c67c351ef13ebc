// Makes items of the records of a stream: documents, tombstones and notices one by one, logs by day, the rest in a batch.
import {describeObject, objectIdOf} from './documents';
import {describeGap} from './gap-notice';
import {type BatchItem, type DocumentItem, type Original, type Participant, toItemId} from './item';
import {type Json, object, parseJson, string} from '../../core/json-values';
import {compareTimes, toSortableTime} from '../../core/micros';
import {describeDeletion, parseLogEvent, toLogSection} from './log-words';
import type {RecordWords} from './record-words';
import {toSubject} from './subject';
import {toTimeWords} from './time-words';
import {toDateMs} from './to-messages-item';

export interface RecordsInput {
  readonly target: string;
  readonly workspaceId: string;
  readonly policyVersion: string;
  readonly stream: string;
  readonly timeZone: string;
  /** Log lines, or the data of records. */
  readonly originals: readonly Original[];
  /** Whether the originals are log lines. */
  readonly isLog: boolean;
  readonly resolve: (userId: string, email: string | undefined) => Participant;
  /** Subject of the thread of a conversation, or of an object that has this title. */
  readonly subjectOf: (threadId: string, title?: string) => string;
}

/** Every original lies in exactly one of the items. */
export function toRecordItems(input: RecordsInput): (DocumentItem | BatchItem)[] {
  const items: (DocumentItem | BatchItem)[] = [];
  const days = new Map<string, {original: Original; event: Json}[]>();
  const rest: Original[] = [];
  const dayOf = toTimeWords(input.timeZone, () => '').describe;
  for (const original of input.originals) {
    const value = input.isLog ? parseLogEvent(original.text) : object(parseJson(original.text));
    const words = input.isLog ? describeDeletion(value) : (describeGap(value) ?? describeObject(input.stream, value));
    const objectId = words?.kind === 'document' ? objectIdOf(input.stream, value) : undefined;
    if (words !== undefined) items.push(toDocument({...words, objectId}, [original], input));
    else if (input.isLog) {
      const timestamp = string(value['timestamp']);
      const day = dayOf(timestamp && (toSortableTime(timestamp) ?? timestamp)).slice(0, 10);
      const known = days.get(day);
      if (known === undefined) days.set(day, [{original, event: value}]);
      else known.push({original, event: value});
    } else rest.push(original);
  }
  for (const [day, events] of days) items.push(toLogItem(day, events, input));
  if (rest.length > 0) items.push(toBatch(rest, input));
  return items;
}

function toLogItem(
  day: string,
  events: readonly {original: Original; event: Json}[],
  input: RecordsInput
): DocumentItem {
  const shown = /^\d{4}-\d\d-\d\d$/.test(day) ? day : 'of an unknown day';
  const timeOf = (event: Json): string | undefined => string(event['timestamp']);
  const ordered = [...events].sort((a, b) => compareTimes(timeOf(a.event), timeOf(b.event)));
  const words: RecordWords = {
    kind: 'log',
    title: `${input.stream} ${shown}`,
    facts: [{label: 'Events', value: String(events.length)}],
    sections: ordered.map(({event}) => toLogSection(event)),
    owner: undefined,
    conversationId: undefined,
    timestamp: timeOf(ordered.at(-1)?.event ?? {}),
  };
  return toDocument(
    words,
    ordered.map(({original}) => original),
    input
  );
}

function toDocument(
  words: RecordWords & {readonly objectId?: string | undefined},
  originals: readonly Original[],
  input: RecordsInput
): DocumentItem {
  const {target, workspaceId, policyVersion, stream, resolve, subjectOf} = input;
  const {kind, title, facts, sections, owner, conversationId, objectId, timestamp} = words;
  const threadId = conversationId ?? objectId;
  const itemId = toItemId(
    kind,
    target,
    originals.map(({recordId}) => recordId)
  );
  return {
    kind,
    itemId,
    workspaceId,
    policyVersion,
    stream,
    subject: threadId === undefined ? toSubject([title], itemId) : subjectOf(threadId, title),
    dateMs: toDateMs(timestamp),
    originals,
    title,
    facts,
    sections,
    owner: owner === undefined ? undefined : resolve(owner.id, owner.email),
    conversationId,
    ...(objectId === undefined ? {} : {objectId}),
  };
}

function toBatch(originals: readonly Original[], input: RecordsInput): BatchItem {
  const {target, workspaceId, policyVersion, stream} = input;
  const itemId = toItemId(
    'batch',
    target,
    originals.map(({recordId}) => recordId)
  );
  // What the records say of time is not known for a stream that is not known.
  return {
    kind: 'batch',
    itemId,
    workspaceId,
    policyVersion,
    stream,
    subject: toSubject([stream], itemId),
    dateMs: 0,
    originals,
  };
}
