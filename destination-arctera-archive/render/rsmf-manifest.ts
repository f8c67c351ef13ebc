// The manifest of an RSMF 2.0 item: what it may hold, closed and with its references checked.
import * as z from 'zod';

/** RSMF processors take more, but recommend no more. */
const maxRsmfEvents = 10_000;
export const manifestName = 'rsmf_manifest.json';

const id = z.string().min(1);
/** Always UTC with `Z`: readers disagree about times without an offset. */
const timestamp = z.iso.datetime({precision: null});
const custom = z.array(z.strictObject({name: z.string().min(1), value: z.string().min(1)}));

const manifestSchema = z.strictObject({
  version: z.string().min(5),
  eventcollectionid: id,
  participants: z.array(
    z.strictObject({
      id,
      display: z.string().optional(),
      email: z.string().optional(),
      account_id: z.string().optional(),
    })
  ),
  conversations: z.array(
    z.strictObject({
      id,
      platform: z.string().min(1),
      participants: z.array(id).min(1),
      display: z.string().optional(),
      type: z.enum(['direct', 'channel']),
      custodian: id.optional(),
      custom: custom.optional(),
    })
  ),
  events: z.array(
    z.strictObject({
      type: z.enum(['message', 'disclaimer', 'join', 'leave', 'history', 'unknown']),
      id,
      body: z.string(),
      participant: id,
      conversation: id,
      timestamp,
      direction: z.enum(['incoming', 'outgoing']).optional(),
      deleted: z.boolean().optional(),
      attachments: z
        .array(z.strictObject({id, display: z.string().min(1), size: z.number().int().nonnegative()}))
        .optional(),
      custom: custom.optional(),
    })
  ),
});

export type RsmfManifest = Readonly<z.output<typeof manifestSchema>>;
export type RsmfEvent = RsmfManifest['events'][number];

/**
 * What is wrong with a manifest; empty when nothing is.
 * @param entries sizes of the files in the zip beside the manifest
 */
export function findRsmfProblems(manifest: unknown, entries: ReadonlyMap<string, number>): string[] {
  const parsed = manifestSchema.safeParse(manifest);
  if (!parsed.success) return parsed.error.issues.map(({path, message}) => `${path.join('.')}: ${message}`);
  const {participants, conversations, events} = parsed.data;
  const problems: string[] = [];
  const people = new Set(participants.map((each) => each.id));
  const talks = new Map(conversations.map((each) => [each.id, new Set(each.participants)]));
  if (people.size < participants.length) problems.push('A participant id occurs twice.');
  if (talks.size < conversations.length) problems.push('A conversation id occurs twice.');
  if (new Set(events.map((each) => each.id)).size < events.length) problems.push('An event id occurs twice.');
  if (events.length > maxRsmfEvents) problems.push(`There are more than ${maxRsmfEvents} events.`);
  for (const conversation of conversations) {
    const named = [
      ...conversation.participants,
      ...(conversation.custodian === undefined ? [] : [conversation.custodian]),
    ];
    if (!named.every((each) => people.has(each))) problems.push('A conversation names an unknown participant.');
  }
  const used = new Set<string>();
  for (const [at, event] of events.entries()) {
    const members = talks.get(event.conversation);
    if (members === undefined) problems.push(`Event ${at} names an unknown conversation.`);
    else if (!members.has(event.participant))
      problems.push(`Event ${at} names somebody who is not in its conversation.`);
    if (at > 0 && (events[at - 1]?.timestamp ?? '') > event.timestamp) problems.push(`Event ${at} is out of order.`);
    for (const attachment of event.attachments ?? []) {
      used.add(attachment.id);
      const size = entries.get(attachment.id);
      if (size === undefined) problems.push(`Event ${at} names a file that the zip does not hold.`);
      else if (size !== attachment.size) problems.push(`Event ${at} names a file with another size.`);
    }
  }
  if (![...entries.keys()].every((name) => used.has(name))) problems.push('The zip holds a file that no event names.');
  return problems;
}
