// Stream `messages`: one row for each CONVERSATION_MESSAGE event, a prompt or a response.
import * as z from 'zod';
import {logEventFields} from './log-event';
import {defineStream, openObject, type RowOf} from './row';

export const messages = defineStream({
  name: 'messages',
  description: 'One event of a conversation: a prompt or a response, or a later version of one.',
  row: z.object({
    ...logEventFields,
    conversation_id: z.string().nullable().meta({description: 'Id of the conversation.'}),
    message_id: z.string().nullable().meta({description: 'Id of the message. It recurs when the message is updated.'}),
    previous_message_id: z
      .string()
      .nullable()
      .meta({description: 'Id of the message this one follows. Several messages may follow one: a branch.'}),
    message: openObject.nullable().meta({description: 'The message as the API sent it.'}),
    conversation: openObject.nullable().meta({description: 'The conversation as of this event.'}),
  }),
  primaryKey: ['event_id'],
  cursorField: 'timestamp',
  isResumable: true,
});

export type MessageRow = RowOf<typeof messages>;
