// An event with its words masked; what links it to others, and the hash of the original, stay as they are.
import type {Redactor, RedactionCounts} from '../policy/redaction';
import {parseConversationEvent} from '../render/conversation-event';
import type {ArchivedEvent} from '../render/to-messages-item';

export function redactEvent(event: ArchivedEvent, redactor: Redactor, counts: RedactionCounts): ArchivedEvent {
  const text = redactor.json(event.original.text, counts);
  const {eventId, timestamp, actor, messageId, previousMessageId, conversation} = event;
  const masked = parseConversationEvent(text);
  return {
    ...masked,
    eventId,
    timestamp,
    actor,
    messageId,
    previousMessageId,
    conversation: {...masked.conversation, id: conversation.id},
    // Their names are masked where they are attached: the policy asks for the endings of the whole ones.
    files: event.files,
    original: {...event.original, text},
  };
}
