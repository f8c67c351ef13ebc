// Makes items of the messages of conversations.
import {sha256Hex} from '../../core/digest';
import {IntegrityError, type RecordError} from '../../core/errors';
import {type ConversationEvent, parseConversationEvent} from '../render/conversation-event';
import {compareTime, toThreadOrder} from '../render/thread-order';
import type {MessagesItem, Original} from '../render/item';
import {type ArchivedEvent, toMessagesItem} from '../render/to-messages-item';
import type {Archived, LeftOut} from '../policy/decision';
import type {Redactor, RedactionCounts} from '../policy/redaction';
import type {Archiving} from './archiving';
import {attempt} from './content-error';
import {decideConversation, ownerOfEvents, toItemDecision, toMarks} from './decide';
import type {HeldRecord} from './held-batches';
import {noFilesTaken} from './held-files';
import type {HeldGroup, HeldMessage} from './held-groups';
import {toInteractions} from './interactions';
import {ItemRoom, toParts} from './item-room';
import {redactEvent} from './redact-event';

/** An item holds no more than this, so that one conversation cannot fill the memory or an archive's limits. */
const maxItemEvents = 1000;
const maxItemCharacters = 8 * 1024 * 1024;

export class GroupArchiver {
  /** @param atEnd nothing more will come: what waits for something waits in vain */
  constructor(
    private readonly archiving: Archiving,
    private readonly atEnd: boolean
  ) {}

  async archive(group: HeldGroup): Promise<void> {
    await this.archiving.delivery.room();
    const held = new Map<string, HeldMessage>();
    for (const message of group.messages) held.set(message.original.recordId, message);
    const events: ArchivedEvent[] = [];
    for (const message of group.messages) {
      const original = provedOriginal(message.original);
      const {result: event, reason} = attempt('Reading it', () => toArchivedEvent(original));
      if (reason === undefined) events.push(event);
      else this.archiving.leaving.setUnmadeAside('messages', reason, [{...message, original}]);
    }
    if (events.length === 0) return;
    const titles = [...events].sort(compareTime).map(titleOf);
    const threads = this.archiving.workspace.groups.grouping === 'interaction' ? toInteractions(events) : [events];
    for (const thread of threads) await this.thread(group.conversationId, titles, thread, held);
  }

  private async thread(
    conversationId: string,
    titles: readonly (string | undefined)[],
    events: readonly ArchivedEvent[],
    held: ReadonlyMap<string, HeldMessage>
  ): Promise<void> {
    const {archiving} = this;
    const {policy, maxItemBytes} = archiving.tools;
    const {files, stores} = archiving.workspace;
    const setAside = (of: readonly ArchivedEvent[], reason: RecordError): void =>
      archiving.leaving.setUnmadeAside('messages', reason, heldOf(of, held));
    const {result: decision, reason} = attempt('Deciding of its conversation', () => this.decide(events));
    if (reason !== undefined) {
      setAside(events, reason);
      return;
    }
    if (decision.disposition !== 'archive') {
      archiving.leaving.add('messages', decision, heldOf(events, held));
      return;
    }
    const subject = archiving.subjectOf(conversationId, titles, decision.redactor);
    const limits = {bytes: maxItemBytes, characters: maxItemCharacters, records: maxItemEvents};
    const parts = toParts(toThreadOrder(events), limits);
    for (const [index, part] of parts.entries()) {
      const taken = noFilesTaken();
      const counts: RedactionCounts = new Map();
      let room: ItemRoom | undefined; // few items have files
      const make = (): MessagesItem =>
        toMessagesItem({
          target: stores.target.name,
          workspaceId: stores.workspaceId,
          conversationId,
          subject,
          policyVersion: policy.version,
          events: redactAll(part, decision.redactor, counts),
          part: {number: index + 1, of: parts.length},
          resolve: (userId, email) => archiving.resolve(userId, email),
          attach: (event: ConversationEvent, file) => {
            const {fileId, name} = file;
            const size = files.sizeOf(fileId) ?? 0;
            room ??= new ItemRoom(
              part.map(({original}) => original),
              maxItemBytes
            );
            const hasRoom = room.hasRoomFor(size);
            if (hasRoom) room.take(size);
            const attached = hasRoom
              ? files.attach(fileId, event.eventId, name, taken, this.atEnd)
              : archiving.apart({fileId, eventId: event.eventId, name}, size);
            return archiving.shown(attached, decision.redactor);
          },
        });
      const {result: item, reason: unmade} = attempt('Making an item of its conversation', make);
      if (unmade !== undefined) {
        files.giveBack(taken); // they follow their messages
        setAside(part, unmade);
        continue;
      }
      const messages = messagesOf(part, held);
      await archiving.delivery.add({
        item: {...item, ...toMarks(decision, counts)},
        originals: wholeAgain(messages), // without a mask: what is set aside is whole, and is decided afresh
        stream: 'messages',
        records: item.originals,
        files: taken.settled,
        targets: decision.targets,
        decision: toItemDecision(decision, counts),
        ...archiving.outcomesOf(item, messages, taken),
      });
    }
  }

  private decide(events: readonly ArchivedEvent[]): Archived | LeftOut {
    const owner = ownerOfEvents(events, (id, email) => this.archiving.actorOf(id, email));
    return decideConversation(this.archiving.tools.policy, events, owner, this.archiving.workspace.files);
  }
}

function toArchivedEvent(original: Original): ArchivedEvent {
  return Object.assign(parseConversationEvent(original.text), {original}); // V8 copies an object member by member
}

function titleOf({conversation}: ArchivedEvent): string | undefined {
  return conversation.title;
}

function messagesOf(events: readonly ArchivedEvent[], held: ReadonlyMap<string, HeldMessage>): HeldMessage[] {
  const messages: HeldMessage[] = [];
  for (const {original} of events) {
    const message = held.get(original.recordId);
    if (message !== undefined) messages.push(message);
  }
  return messages;
}

function redactAll(
  events: readonly ArchivedEvent[],
  redactor: Redactor | undefined,
  counts: RedactionCounts
): readonly ArchivedEvent[] {
  return redactor === undefined ? events : events.map((event) => redactEvent(event, redactor, counts));
}

function heldOf(events: readonly ArchivedEvent[], held: ReadonlyMap<string, HeldMessage>): HeldRecord[] {
  return events.flatMap(({original}) => {
    const message = held.get(original.recordId);
    return message === undefined ? [] : [{...message, original}];
  });
}

/** Holds no text: it lies on disk as long as its message has no outcome. */
function wholeAgain(messages: readonly HeldMessage[]): () => readonly Original[] {
  return () => messages.map(({original}) => provedOriginal(original));
}

/** Its text has been on a disk since it was compared with what the source read. */
function provedOriginal(held: HeldMessage['original']): Original {
  const original = held.whole();
  const {recordId, sha256, text} = original;
  if (sha256Hex(text) !== sha256 && sha256Hex(Buffer.from(text, 'base64')) !== sha256) {
    throw new IntegrityError('event_altered', `Event ${JSON.stringify(recordId)} changed while it was held.`);
  }
  return original;
}
