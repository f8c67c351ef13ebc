// The fields that every row read from a log file carries, whatever its event type.
import * as z from 'zod';
import {apiTimestamp, openObject, sha256} from './row';

export const logEventFields = {
  event_id: z
    .string()
    .meta({description: "The event's own id, or `unreadable:<log_file_id>:<line>` for a line that has none."}),
  type: z.string().nullable().meta({description: 'Event type of the envelope, for example CONVERSATION_MESSAGE.'}),
  timestamp: apiTimestamp
    .nullable()
    .meta({description: 'When the action completed, as the API wrote it. Null for a line that cannot be read.'}),
  principal: openObject.nullable().meta({description: 'The workspace the event belongs to.'}),
  actor: openObject.nullable().meta({description: 'Who acted: a user, an API key or an external collaborator.'}),
  event: z.string().meta({
    description: 'The exact text of the log line without its newline. Base64 when event_encoding says so.',
  }),
  event_encoding: z.literal('base64').nullable().meta({description: 'Set when the line is not valid UTF-8.'}),
  event_sha256: sha256.meta({description: 'SHA-256 of the bytes of the log line without its newline.'}),
  unreadable: z
    .boolean()
    .meta({description: 'True for a line that is not UTF-8, not a JSON object or has no event_id.'}),
  log_file_id: z.string().meta({description: 'Id of the log file the line was read from.'}),
  log_line: z.number().int().meta({description: 'Number of the line in its log file, from 1, blank lines counted.'}),
  log_file_verified: z.boolean().meta({description: 'Whether the log file had the SHA-256 that the listing gives.'}),
  workspace_id: z.string().meta({description: 'The workspace that was captured.'}),
};

/** Id of a log line that has no `event_id` of its own. */
export function unreadableEventId(logFileId: string, line: number): string {
  return `unreadable:${logFileId}:${line}`;
}
