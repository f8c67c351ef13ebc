// Streams `files` and `file_chunks`: each file a message or an object refers to, its outcome, and its bytes.
import * as z from 'zod';
import {sha256OfParts} from '../core/digest';
import {apiTimestamp, defineStream, type RowOf, sha256} from './row';

/** What became of one attempt to read a file. */
export const fileOutcome = z.enum(['captured', 'expired', 'not_found', 'forbidden', 'too_large', 'unavailable']);
export type FileOutcome = z.output<typeof fileOutcome>;

/** Raw bytes in one `file_chunks` record; base64 makes them 256 KiB. */
export const chunkBytes = 192 * 1024;

/** Streams of objects that files belong to. */
export const fileOwnerStream = z.enum(['gpts', 'projects', 'library_files', 'skills']);
export type FileOwnerStream = z.output<typeof fileOwnerStream>;

/** Stands for the event where no message but an object refers to a file, as a GPT does to its knowledge. */
export function ownerReferenceId(stream: FileOwnerStream, objectId: string): string {
  return `${stream}:${objectId}`;
}

export function isOwnerReference(eventId: string): boolean {
  return fileOwnerStream.options.some((stream) => eventId.startsWith(`${stream}:`));
}

/** Key of a file reference: the same file named by two events is two references. */
export function fileReferenceId(fileId: string, eventId: string): string {
  return sha256OfParts([fileId, eventId]);
}

export const files = defineStream({
  name: 'files',
  description: 'A reference from a message or an object to a file, with what became of capturing its bytes.',
  row: z.object({
    id: sha256.meta({description: 'Key of the reference, derived from file_id and event_id.'}),
    file_id: z
      .string()
      .meta({description: "The file's id in ChatGPT. For the export of a skill `<skill id>@<time of its version>`."}),
    event_id: z.string().meta({
      description: 'Event of `messages` that refers to the file, or `<owner_stream>:<owner_id>` where an object does.',
    }),
    owner_stream: fileOwnerStream
      .nullable()
      .meta({description: 'Stream of the object that the file belongs to; null for a file of a message.'}),
    owner_id: z.string().nullable().meta({description: 'Id of that object.'}),
    owner_name: z.string().nullable().meta({description: 'Name of that object. Untrusted text.'}),
    workspace_id: z.string().meta({description: 'The workspace that was captured.'}),
    conversation_id: z.string().nullable().meta({description: 'Conversation of that event.'}),
    message_id: z.string().nullable().meta({description: 'Message of that event.'}),
    user_id: z
      .string()
      .nullable()
      .meta({description: 'User whose file it is: the actor of the event, or the owner of the object.'}),
    name: z.string().nullable().meta({description: 'File name as the message or object gives it. Untrusted text.'}),
    referred_by: z
      .enum(['message', 'quotation', 'file_citation', 'object'])
      .meta({description: 'Where in the message the file is named; `object` where an object names it.'}),
    outcome: fileOutcome.meta({description: 'What became of reading its bytes.'}),
    route: z.string().nullable().meta({description: 'API route that gave the outcome, without ids.'}),
    transfer_id: z
      .string()
      .nullable()
      .meta({description: 'Transfer in `file_chunks` that holds the bytes, when they were captured.'}),
    size: z.number().int().nullable().meta({description: 'Size in bytes.'}),
    sha256: sha256.nullable().meta({description: 'SHA-256 of the bytes.'}),
    media_type: z.string().nullable().meta({description: 'Media type as the file server declared it.'}),
    event_timestamp: apiTimestamp
      .nullable()
      .meta({description: 'Timestamp of the event that refers to the file, or when the object was given it.'}),
    first_attempt_at: apiTimestamp.meta({
      description:
        'When the connector first tried to read the file, or last found the library closed that it may lie in.',
    }),
    updated_at: apiTimestamp.meta({description: 'When this outcome was reached.'}),
  }),
  primaryKey: ['id'],
  cursorField: 'updated_at',
  isResumable: true,
  owner: {id: 'user_id'},
});

export type FileRow = RowOf<typeof files>;

export const fileChunks = defineStream({
  name: 'file_chunks',
  description: 'A piece of the bytes of a file. The last piece of a transfer carries the size and hash of the whole.',
  row: z.object({
    transfer_id: z.string().meta({description: 'One attempt to read one file; a new attempt has a new id.'}),
    index: z.number().int().meta({description: 'Position of the piece in the transfer, from 0.'}),
    data: z.string().meta({description: 'Base64 of up to 196,608 bytes.'}),
    last: z.boolean().meta({description: 'Whether this is the last piece of the transfer.'}),
    abandoned: z.boolean().meta({
      description: 'True on a piece without data that gives the transfer up: what came of it is to be thrown away.',
    }),
    size: z.number().int().nullable().meta({description: 'Size of the whole file; on the last piece.'}),
    sha256: sha256.nullable().meta({description: 'SHA-256 of the whole file; on the last piece.'}),
    media_type: z
      .string()
      .nullable()
      .meta({description: 'Media type as the file server declared it; on the last piece.'}),
    file_id: z.string().meta({description: "The file's id in ChatGPT."}),
    event_id: z.string().meta({description: 'First event or object that refers to the file, as in `files`.'}),
    conversation_id: z.string().nullable().meta({description: 'Conversation of that event.'}),
    name: z.string().nullable().meta({description: 'File name as the message gives it. Untrusted text.'}),
    workspace_id: z.string().meta({description: 'The workspace that was captured.'}),
    updated_at: apiTimestamp.meta({description: 'When the transfer began.'}),
  }),
  primaryKey: ['transfer_id', 'index'],
  cursorField: 'updated_at',
  isResumable: true,
});

export type FileChunkRow = RowOf<typeof fileChunks>;
