// Makes records out of set-aside copies, as they came from the source.
import * as z from 'zod';
import type {InputRecord} from '../../airbyte/destination-input';
import {chunkBytes, files} from '../../contract/files';
import {sha256Hex} from '../../core/digest';
import {errorCodes} from '../../core/error-codes';
import type {KeptFiles} from '../ledger/kept-files';
import type {SettledFile} from '../ledger/ledger';
import {copySchema, readCopyText} from '../ledger/set-aside-copy';
import {parseConversationEvent} from '../render/conversation-event';
import {toPrefixedRecordId, toRecordId} from './record-id';

/** What a copy says of its record, as far as it is needed to take it in again. */
const retriedSchema = copySchema.extend({
  code: z.string().refine((code) => Object.hasOwn(errorCodes, code)),
});

export type Copy = z.output<typeof retriedSchema>;

/** Bytes of an upload that were set aside with its message. */
const uploadSchema = z.object({
  file_id: z.string(),
  event_id: z.string(),
  name: z.string().nullable(),
  size: z.number(),
  sha256: z.string(),
  bytes: z.string(),
});

export async function readCopy(path: string, kept: KeptFiles): Promise<Copy> {
  return retriedSchema.parse(JSON.parse(await readCopyText(path, kept)));
}

/** One record, or the pieces of an upload. */
export async function* toRecords(copy: Copy, workspaceId: string, kept: KeptFiles): AsyncGenerator<InputRecord> {
  const {stream, record_id: recordId, sha256, record} = copy;
  const data = JSON.parse(record) as Readonly<Record<string, unknown>>;
  const upload = uploadSchema.safeParse(data);
  if (stream.endsWith('file_chunks') && upload.success) {
    yield* toChunks(stream, upload.data, workspaceId, kept);
    return;
  }
  // Of an event its own text is kept; of anything else the row.
  const ownIds = [toRecordId, toPrefixedRecordId].map((toId) => toId(stream, record, workspaceId));
  const isEvent = sha256Hex(record) === sha256 && !stream.endsWith('files') && !ownIds.includes(recordId);
  if (!isEvent) {
    yield toInput(stream, data, record);
    return;
  }
  const {timestamp, conversation} = parseConversationEvent(record);
  const row = {
    event_id: recordId,
    event: record,
    event_encoding: null,
    event_sha256: sha256,
    unreadable: false,
    timestamp: timestamp ?? null,
    conversation_id: conversation.id ?? null,
    workspace_id: workspaceId,
  };
  yield toInput(stream, row, JSON.stringify(row));
}

/** What an item that was refused said of a file; its row had its outcome with the item. */
export function toFileRecord({fileId, eventId, outcome}: SettledFile, workspaceId: string): InputRecord {
  const row = {file_id: fileId, event_id: eventId, outcome, workspace_id: workspaceId};
  return toInput(files.name, row, JSON.stringify(row));
}

async function* toChunks(
  stream: string,
  {file_id, event_id, name, size, sha256, bytes: path}: z.output<typeof uploadSchema>,
  workspaceId: string,
  kept: KeptFiles
): AsyncGenerator<InputRecord> {
  const facts = {transfer_id: `${file_id} ${event_id} ${sha256}`, file_id, event_id, name, workspace_id: workspaceId};
  let index = 0;
  const chunk = (bytes: Buffer, isLast: boolean): InputRecord => {
    const row = {...facts, index, data: bytes.toString('base64'), last: isLast};
    index += 1;
    const whole = isLast ? {...row, size, sha256} : row;
    return toInput(stream, whole, JSON.stringify(whole));
  };
  let held = Buffer.alloc(0);
  for await (const bytes of kept.read(path)) {
    held = Buffer.concat([held, bytes]);
    for (; held.length > chunkBytes; held = held.subarray(chunkBytes)) yield chunk(held.subarray(0, chunkBytes), false);
  }
  yield chunk(held, true);
}

function toInput(stream: string, data: Readonly<Record<string, unknown>>, text: string): InputRecord {
  return {kind: 'record', stream: {name: stream}, data, dataText: () => text, lineBytes: text.length};
}
