// Puts the events of a conversation into the order people read it: each answer behind its prompt, branches whole.
import {compareTimes} from '../../core/micros';
import type {ConversationEvent} from './conversation-event';

/**
 * Messages follow the one they answer; where several follow the same one (an edit, a regeneration), the earlier branch
 * comes first, whole. Versions of one message stay together. What follows nothing known stands at its own time.
 */
export function toThreadOrder<Event extends ConversationEvent>(events: readonly Event[]): Event[] {
  const byTime = [...events].sort(compareTime);
  const versions = new Map<string, Event[]>();
  for (const event of byTime) {
    const key = event.messageId ?? `event:${event.eventId}`;
    const known = versions.get(key);
    if (known === undefined) versions.set(key, [event]);
    else known.push(event);
  }
  const children = new Map<string, string[]>();
  const roots: string[] = [];
  for (const [key, [first]] of versions) {
    const parent = first?.previousMessageId;
    if (parent !== undefined && parent !== key && versions.has(parent)) {
      children.set(parent, [...(children.get(parent) ?? []), key]);
    } else roots.push(key);
  }
  const ordered: Event[] = [];
  const seen = new Set<string>();
  const stack = [...roots].reverse();
  const visit = (): void => {
    for (let key = stack.pop(); key !== undefined; key = stack.pop()) {
      if (seen.has(key)) continue;
      seen.add(key);
      ordered.push(...(versions.get(key) ?? []));
      stack.push(...[...(children.get(key) ?? [])].reverse());
    }
  };
  visit();
  // Messages that follow each other in a circle have no root; they come last, by time.
  for (const key of versions.keys()) {
    stack.push(key);
    visit();
  }
  return ordered;
}

/** The first person who acted owns the conversation; nobody does where an API key, or nobody who is named, did all. */
export function findOwner(events: readonly ConversationEvent[]): ConversationEvent['actor'] | undefined {
  let first: ConversationEvent | undefined;
  for (const event of events) {
    if (event.actor.isPerson && (first === undefined || compareTime(event, first) < 0)) first = event;
  }
  return first?.actor;
}

/** The event id makes the order total. */
export function compareTime(a: ConversationEvent, b: ConversationEvent): number {
  return compareTimes(a.timestamp, b.timestamp) || compare(a.eventId, b.eventId);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
