// Makes items of the messages of conversations.
import {type ConversationEvent, parseConversationEvent} from '../render/conversation-event';
import {toAttachmentBytes} from '../render/base64-lines';
import {compareTime, toThreadOrder} from '../render/thread-order';
import type {Original} from '../render/item';
import {type ArchivedEvent, toMessagesItem} from '../render/to-messages-item';
import type {Archived, LeftOut} from '../policy/decision';
import type {Redactor, RedactionCounts} from '../policy/redaction';
import {type Archiving, toShownBytes} from './archiving';
import {decideConversation, ownerOfEvents, toItemDecision, toMarks} from './decide';
import type {HeldRecord} from './held-batches';
import {noFilesTaken} from './held-files';
import type {HeldGroup, HeldMessage} from './held-groups';
import {toInteractions} from './interactions';
import {redactEvent} from './redact-event';

/** An item holds no more than this, so that one conversation cannot fill the memory or an archive's limits. */
const maxItemEvents = 1000;
const maxItemChars = 8 * 1024 * 1024;

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
    const events = group.messages.map(toArchivedEvent);
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
    const decision = this.decide(events);
    if (decision.disposition !== 'archive') {
      archiving.leaving.add('messages', decision, heldOf(events, held));
      return;
    }
    const subject = archiving.subjectOf(conversationId, titles, decision.redactor);
    const parts = toParts(toThreadOrder(events), maxItemBytes);
    for (const [index, part] of parts.entries()) {
      const taken = noFilesTaken();
      const counts: RedactionCounts = new Map();
      let itemBytes =
        maxItemBytes === undefined ? 0 : part.reduce((sum, event) => sum + toShownBytes(event.original.text), 0);
      const item = toMessagesItem({
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
          const bytes = toAttachmentBytes(size);
          const hasRoom = maxItemBytes === undefined || itemBytes + bytes <= maxItemBytes;
          if (hasRoom) itemBytes += bytes;
          const attached = hasRoom
            ? files.attach(fileId, event.eventId, name, taken, this.atEnd)
            : archiving.apart({fileId, eventId: event.eventId, name}, size);
          return archiving.shown(attached, decision.redactor);
        },
      });
      const messages = messagesOf(part, held);
      await archiving.delivery.add({
        item: {...item, ...toMarks(decision, counts)},
        originals: wholeAgain(messages), // without a mask: what is set aside is whole, and is decided afresh
        stream: 'messages',
        records: item.originals,
        files: taken.settled,
        targets: decision.targets,
        decision: toItemDecision(decision, counts),
        ...archiving.outcomesOf(item.kind, messages, taken),
      });
    }
  }

  private decide(events: readonly ArchivedEvent[]): Archived | LeftOut {
    const owner = ownerOfEvents(events, (id, email) => this.archiving.actorOf(id, email));
    return decideConversation(this.archiving.tools.policy, events, owner, this.archiving.workspace.files);
  }
}

function toArchivedEvent({original: held}: HeldMessage): ArchivedEvent {
  const original = held.whole();
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
  return () => messages.map(({original}) => original.whole());
}

function toParts(events: readonly ArchivedEvent[], maxItemBytes = Infinity): ArchivedEvent[][] {
  const parts: ArchivedEvent[][] = [];
  let chars = 0;
  let bytes = 0;
  for (const event of events) {
    const last = parts.at(-1);
    const {length} = event.original.text;
    const shownBytes = maxItemBytes === Infinity ? 0 : toShownBytes(event.original.text);
    chars += length;
    bytes += shownBytes;
    if (last === undefined || last.length >= maxItemEvents || chars > maxItemChars || bytes > maxItemBytes) {
      parts.push([event]);
      chars = length;
      bytes = shownBytes;
    } else last.push(event);
  }
  return parts;
}
