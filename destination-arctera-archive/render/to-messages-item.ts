// Makes an item of the messages of one conversation, from recorded inputs alone.
import {compareTimes} from '../../core/micros';
import {
  toItemId,
  type AttachedFile,
  type MessagesItem,
  type Original,
  type Participant,
  type TranscriptMessage,
} from './item';
import type {ConversationEvent} from './conversation-event';
import {compareTime, findOwner} from './thread-order';
import {toUnixMs} from './time-words';

export interface MessagesInput {
  readonly target: string;
  readonly workspaceId: string;
  readonly conversationId: string;
  readonly subject: string;
  readonly policyVersion: string;
  /** In thread order. */
  readonly events: readonly ArchivedEvent[];
  readonly part: {readonly number: number; readonly of: number};
  readonly resolve: (userId: string, email: string | undefined) => Participant;
  readonly attach: (event: ConversationEvent, file: {fileId: string; name: string | undefined}) => AttachedFile;
}

export interface ArchivedEvent extends ConversationEvent {
  readonly original: Original;
}

export function toMessagesItem(input: MessagesInput): MessagesItem {
  const {events, workspaceId, subject, policyVersion, part} = input;
  const newest = events.reduce(later);
  const originals = events.map(originalOf);
  const people = toPeople(events, input.resolve);
  const [owner = input.resolve('unknown', undefined), ...others] = people;
  return {
    kind: 'messages',
    itemId: toItemId('messages', input.target, originals.map(recordIdOf)),
    workspaceId,
    subject,
    policyVersion,
    dateMs: toDateMs(newest.timestamp),
    originals,
    conversation: {...newest.conversation, id: input.conversationId},
    owner,
    others: distinctPeople(owner, others),
    part,
    messages: toTranscriptMessages(events, input),
  };
}

/** Milliseconds of an API timestamp; the epoch where there is none, never the time of the run. */
export function toDateMs(timestamp: string | undefined): number {
  const ms = toUnixMs(timestamp ?? '');
  return Number.isFinite(ms) ? ms : 0;
}

function later(latest: ArchivedEvent, event: ArchivedEvent): ArchivedEvent {
  return compareTimes(event.timestamp, latest.timestamp) > 0 ? event : latest;
}

function originalOf({original}: ArchivedEvent): Original {
  return original;
}

function recordIdOf({recordId}: Original): string {
  return recordId;
}

function toTranscriptMessages(events: readonly ArchivedEvent[], input: MessagesInput): TranscriptMessage[] {
  const messages: TranscriptMessage[] = [];
  for (const event of events) messages.push(toTranscriptMessage(event, input));
  return messages;
}

function toTranscriptMessage(event: ArchivedEvent, {resolve, attach}: MessagesInput): TranscriptMessage {
  const role = event.authorType === 'user' || event.authorType === 'assistant' ? event.authorType : 'other';
  return {
    eventId: event.eventId,
    messageId: event.messageId,
    previousMessageId: event.previousMessageId,
    timestamp: event.timestamp,
    role,
    authorType: event.authorType,
    author: role === 'assistant' ? chatGpt : resolve(event.actor.id, event.actor.email),
    model: event.model,
    text: event.text,
    contentType: event.contentType,
    otherContent: event.otherContent,
    tools: event.tools,
    skills: event.skills,
    client: event.client,
    citations: event.citations,
    files: event.files.map((file) => attach(event, file)),
  };
}

const chatGpt: Participant = {id: 'chatgpt', name: 'ChatGPT', email: undefined};

/** Someone may act under several ids: one address is one person. Those without an address stay apart. */
function distinctPeople(owner: Participant, others: readonly Participant[]): Participant[] {
  const seen = new Set([owner.email?.toLowerCase()]);
  return others.filter(({email}) => {
    const address = email?.toLowerCase();
    if (address === undefined) return true;
    const isNew = !seen.has(address);
    seen.add(address);
    return isNew;
  });
}

/** Everyone who acted, the owner first: the conversation is filed under that person. */
function toPeople(events: readonly ConversationEvent[], resolve: MessagesInput['resolve']): Participant[] {
  const people = new Map<string, Participant>();
  const owner = findOwner(events);
  const actors = [...events].sort(compareTime).map(({actor}) => actor);
  for (const actor of owner === undefined ? actors : [owner, ...actors]) {
    if (!people.has(actor.id)) people.set(actor.id, resolve(actor.id, actor.email));
  }
  return [...people.values()];
}
