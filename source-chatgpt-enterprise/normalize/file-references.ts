// The files an event refers to: attached, quoted or cited.
import type {FileOwnerStream, FileRow} from '../../contract/files';
import {asObject, asObjects, asText} from './json-object';
import type {MessageFacts} from './message-line';

export interface FileReference {
  readonly fileId: string;
  readonly name: string | null;
  readonly referredBy: FileRow['referred_by'];
  readonly eventId: string;
  readonly eventTimestamp: string | null;
  readonly conversationId: string | null;
  readonly messageId: string | null;
  readonly userId: string | null;
  /** The object that the file belongs to; null for a file of a message. */
  readonly owner: FileOwner | null;
}

export interface FileOwner {
  readonly stream: FileOwnerStream;
  readonly id: string;
  readonly name: string | null;
}

/** In the order they are named; a file that one event names twice is one reference. */
export function toFileReferences(row: Omit<MessageFacts, 'conversation_title'>): readonly FileReference[] {
  const {message} = row;
  if (message === null) return [];
  const content = asObject(message.content);
  const references = new Map<string, FileReference>();
  const add = (fileId: unknown, name: unknown, referredBy: FileReference['referredBy']): void => {
    const id = asText(fileId);
    if (id === null || references.has(id)) return;
    references.set(id, {
      fileId: id,
      name: asText(name),
      referredBy,
      eventId: row.event_id,
      eventTimestamp: row.timestamp,
      conversationId: row.conversation_id,
      messageId: row.message_id,
      userId: asText(row.actor?.user_id),
      owner: null,
    });
  };
  for (const file of asObjects(message.files)) add(file.id, file.name, 'message');
  add(content?.file_id, content?.file_name, 'quotation');
  // Seen in both places: beside the content, and inside it.
  for (const annotation of [...asObjects(content?.annotations), ...asObjects(message.annotations)]) {
    for (const file of asObjects(annotation.files)) add(file.id, file.name, 'file_citation');
  }
  return [...references.values()];
}
