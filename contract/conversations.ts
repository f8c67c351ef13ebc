// Stream `conversations`: the newest facts of each conversation that a log file mentions.
import * as z from 'zod';
import {apiTimestamp, defineStream, type RowOf} from './row';

export const conversations = defineStream({
  name: 'conversations',
  description: 'The newest facts of a conversation that a log file mentions.',
  row: z.object({
    id: z.string().meta({description: 'Id of the conversation.'}),
    workspace_id: z.string().meta({description: 'The workspace that was captured.'}),
    title: z.string().nullable().meta({description: 'Newest title that is not empty.'}),
    created_at: apiTimestamp.nullable().meta({description: 'When the conversation began, as the API wrote it.'}),
    updated_at: apiTimestamp.meta({description: 'Timestamp of its newest event in the log file.'}),
    owner_user_id: z
      .string()
      .nullable()
      .meta({description: 'User id of the actor of its earliest event in the log file.'}),
    owner_email: z.string().nullable().meta({description: "That actor's address at the time of the event."}),
    gpt_id: z.string().nullable().meta({description: 'GPT the conversation is held with.'}),
    gpt_name: z.string().nullable().meta({description: 'Name of that GPT.'}),
    project_id: z.string().nullable().meta({description: 'Project the conversation belongs to.'}),
    project_name: z.string().nullable().meta({description: 'Name of that project.'}),
    is_pinned: z.boolean().nullable().meta({description: 'Whether it was pinned at its newest event.'}),
    is_temporary_chat: z.boolean().nullable().meta({description: 'Whether it is a temporary chat.'}),
    mode: z.string().nullable().meta({description: 'Mode of the conversation, such as chat or work.'}),
    last_event_id: z.string().meta({description: 'Event the facts are taken from.'}),
    log_file_id: z.string().meta({description: 'Log file the facts are taken from.'}),
  }),
  primaryKey: ['id'],
  cursorField: 'updated_at',
  isResumable: true,
  owner: {id: 'owner_user_id', email: 'owner_email'},
});

export type ConversationRow = RowOf<typeof conversations>;
