// Cuts a conversation into interactions: each prompt with its responses, whatever order they came in.
import type {ConversationEvent} from '../render/conversation-event';
import {compareTime} from '../render/thread-order';

/**
 * A message that is no prompt belongs to the prompt its chain of previous messages leads to: an answer, a regenerated
 * one, what a tool said in between. Where that chain leads to no prompt that is here (it is archived already, or never
 * came), the topmost message that is here begins an interaction of its own.
 * @returns interactions in order of their first message
 */
export function toInteractions<Event extends ConversationEvent>(events: readonly Event[]): Event[][] {
  const byTime = [...events].sort(compareTime);
  const firsts = new Map<string, Event>();
  for (const event of byTime) if (!firsts.has(toKey(event))) firsts.set(toKey(event), event);
  const heads = new Map<string, string>();
  const interactions = new Map<string, Event[]>();
  for (const event of byTime) {
    const head = headOf(toKey(event), firsts, heads);
    const interaction = interactions.get(head);
    if (interaction === undefined) interactions.set(head, [event]);
    else interaction.push(event);
  }
  return [...interactions.values()];
}

/** Versions of one message are one message. */
function toKey({messageId, eventId}: ConversationEvent): string {
  return messageId ?? `event:${eventId}`;
}

/** The message that begins the interaction; remembered for every message on the way to it. */
function headOf(key: string, firsts: ReadonlyMap<string, ConversationEvent>, heads: Map<string, string>): string {
  const trail = new Set<string>();
  let head = key;
  for (;;) {
    const known = heads.get(head);
    if (known !== undefined) {
      head = known;
      break;
    }
    trail.add(head);
    const message = firsts.get(head);
    const previous = message?.previousMessageId;
    if (message?.authorType === 'user' || previous === undefined || !firsts.has(previous)) break;
    if (trail.has(previous)) {
      // Messages that follow each other in a circle have no head; the first of them in time serves.
      head = [...firsts.keys()].find((each) => trail.has(each)) ?? head;
      break;
    }
    head = previous;
  }
  for (const each of trail) heads.set(each, head);
  return head;
}
