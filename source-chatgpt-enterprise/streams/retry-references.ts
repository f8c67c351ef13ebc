// File references as the state keeps those that are to be tried again.
import type {RetryReference} from '../cursor/file-cursor';
import type {FileReference} from '../normalize/file-references';

/** No disk takes a longer file name; the event, or the row of the object, holds it whole. */
const maxNameLength = 255;

export function toReference(entry: RetryReference): FileReference {
  return {
    fileId: entry.file_id,
    name: entry.name,
    referredBy: entry.referred_by,
    eventId: entry.event_id,
    eventTimestamp: entry.event_timestamp,
    conversationId: entry.conversation_id,
    messageId: entry.message_id,
    userId: entry.user_id,
    owner: entry.owner ?? null,
  };
}

export function toRetryReference(reference: FileReference, firstAttemptAt: string): RetryReference {
  return {
    file_id: reference.fileId,
    event_id: reference.eventId,
    name: cut(reference.name),
    referred_by: reference.referredBy,
    event_timestamp: reference.eventTimestamp,
    conversation_id: reference.conversationId,
    message_id: reference.messageId,
    user_id: reference.userId,
    first_attempt_at: firstAttemptAt,
    ...(reference.owner === null ? {} : {owner: {...reference.owner, name: cut(reference.owner.name)}}),
  };
}

function cut(name: string | null): string | null {
  return name === null ? null : name.slice(0, maxNameLength);
}
