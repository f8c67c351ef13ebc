// Takes in one record: checks it, tells repeats from news, and puts it where it waits for its outcome.
import type {InputRecord} from '../../airbyte/destination-input';
import {type FileOutcome, fileOutcome} from '../../contract/files';
import {sha256Hex} from '../../core/digest';
import type {ErrorCode} from '../../core/error-codes';
import {IntegrityError} from '../../core/errors';
import type {KnownRecord} from '../ledger/ledger';
import {objectIdOf} from '../render/documents';
import {reportsGap} from '../render/gap-notice';
import type {Original} from '../render/item';
import {HeldBatch, type HeldRecord} from './held-batches';
import type {HeldRow} from './held-files';
import type {Receipt, Receipts} from './receipt';
import {toPrefixedRecordId, toRecordId} from './record-id';
import type {StreamRole} from './stream-role';
import type {Workspace} from './workspace';

export function match(
  record: InputRecord,
  role: StreamRole,
  workspace: Workspace,
  receipt: Receipt,
  receipts: Receipts
): void {
  const {data} = record;
  switch (role) {
    case 'messages':
    case 'log_events':
      return matchEvent(record, role, workspace, receipt, receipts);
    case 'files':
      return matchFile(record, workspace, receipt);
    case 'file_chunks':
      return matchChunk(record, workspace, receipt, receipts);
    case 'users':
      workspace.people.push({id: text(data['id']) ?? '', email: text(data['email']), name: text(data['name'])});
      workspace.contextReceipts.push(receipt);
      return;
    case 'capture_runs':
      if (reportsGap(data)) return matchOther(record, workspace, receipt, receipts);
      workspace.contextReceipts.push(receipt);
      return;
    case 'conversations':
      workspace.contextReceipts.push(receipt);
      return;
    case 'other':
      return matchOther(record, workspace, receipt, receipts);
  }
}

function matchEvent(
  record: InputRecord,
  role: 'messages' | 'log_events',
  workspace: Workspace,
  receipt: Receipt,
  receipts: Receipts
): void {
  const {data} = record;
  const {event, event_id: recordId, event_sha256: sha256} = data;
  if (typeof event !== 'string' || typeof recordId !== 'string' || typeof sha256 !== 'string') {
    return setAside(record, toOriginal(record, workspace), 'record_malformed', workspace, receipt);
  }
  const bytes = data['event_encoding'] === 'base64' ? Buffer.from(event, 'base64') : event;
  if (sha256Hex(bytes) !== sha256) {
    throw new IntegrityError('event_altered', `Event ${JSON.stringify(recordId)} differs from what the source read.`);
  }
  const original: Original = {recordId, sha256, text: event};
  const batch = role === 'messages' ? undefined : batchOf(workspace, record.stream.name, true);
  // The ledger first: what is on its way to an item may have its outcome already.
  const known = workspace.findSettled(recordId, sha256);
  if (known?.sha256 === sha256) return receipts.settle(receipt, 'duplicate');
  const held = workspace.findHeld(recordId);
  if (held !== undefined && held.original.sha256 === sha256) {
    held.repeats.push(receipt); // durable when the first one is
    return;
  }
  if (held !== undefined || known !== undefined || workspace.setsAsideOther(recordId, sha256)) {
    const conflict = {...original, recordId: `${recordId}#${sha256}`};
    if (workspace.stores.ledger.findRecord(conflict.recordId) !== undefined)
      return receipts.settle(receipt, 'duplicate');
    return setAside(record, conflict, 'event_id_conflict', workspace, receipt);
  }
  if (data['unreadable'] === true) return setAside(record, original, 'unreadable_line', workspace, receipt);
  if (batch !== undefined) return batch.add({original, receipt, repeats: []});
  workspace.groups.add(
    {original, receipt, repeats: []},
    {
      conversationId: text(data['conversation_id']),
      timestamp: text(data['timestamp']),
      logFileId: text(data['log_file_id']),
    }
  );
}

function matchFile(record: InputRecord, workspace: Workspace, receipt: Receipt): void {
  const {data} = record;
  const fileId = text(data['file_id']);
  const eventId = text(data['event_id']);
  const outcome = fileOutcome.safeParse(data['outcome']);
  if (fileId === undefined || eventId === undefined || !outcome.success) {
    return setAside(record, toOriginal(record, workspace), 'record_malformed', workspace, receipt);
  }
  workspace.files.addRow({
    fileId,
    eventId,
    conversationId: text(data['conversation_id']),
    userId: text(data['user_id']),
    name: text(data['name']),
    outcome: outcome.data satisfies FileOutcome,
    transferId: text(data['transfer_id']),
    sha256: text(data['sha256']),
    size: typeof data['size'] === 'number' ? data['size'] : undefined,
    eventTimestamp: text(data['event_timestamp']),
    owner: ownerOf(record),
    text: record.dataText(),
    receipts: [receipt],
  });
}

/** What the platform puts before the name of one stream it puts before all. */
export function ownerOf({data, stream}: Pick<InputRecord, 'data' | 'stream'>): HeldRow['owner'] {
  const owner = text(data['owner_stream']);
  const prefix = stream.name.endsWith('files') ? stream.name.slice(0, -'files'.length) : '';
  return owner === undefined ? undefined : {stream: `${prefix}${owner}`, name: text(data['owner_name'])};
}

function matchChunk(record: InputRecord, workspace: Workspace, receipt: Receipt, receipts: Receipts): void {
  const {data} = record;
  const transferId = text(data['transfer_id']);
  const fileId = text(data['file_id']);
  const eventId = text(data['event_id']);
  const {index, size, sha256} = data;
  const bytes = record.bytes ?? bytesOf(data['data']);
  if (
    transferId === undefined ||
    fileId === undefined ||
    eventId === undefined ||
    typeof index !== 'number' ||
    bytes === undefined
  ) {
    return setAside(record, toOriginal(record, workspace), 'record_malformed', workspace, receipt);
  }
  if (isTrue(data['abandoned'])) {
    return receipts.settleAll([...workspace.files.abandon(transferId), receipt], 'context');
  }
  const end = isTrue(data['last']) ? {size: Number(size), sha256: String(sha256)} : undefined;
  const conversationId = text(data['conversation_id']);
  const name = text(data['name']);
  workspace.files.addChunk({transferId, index, bytes, fileId, eventId, conversationId, name, end}, receipt);
}

function matchOther(record: InputRecord, workspace: Workspace, receipt: Receipt, receipts: Receipts): void {
  const original = toOriginal(record, workspace);
  const batch = batchOf(workspace, record.stream.name, false);
  const held = workspace.findHeld(original.recordId);
  if (held !== undefined) {
    held.repeats.push(receipt);
    return;
  }
  const known = workspace.findSettled(original.recordId) ?? findPrefixed(record, workspace);
  if (known === undefined) return batch.add({original, receipt, repeats: []} satisfies HeldRecord);
  // Files that come with the repeat follow the object, as those did that came with it.
  const objectId = known.outcome === 'delivered' ? undefined : objectIdOf(record.stream.name, record.data);
  if (objectId !== undefined) {
    const rule = workspace.stores.ledger.findExclusion(original.recordId)?.rule;
    workspace.objectsLeftOut.set(objectId, {outcome: known.outcome, rule});
  }
  receipts.settle(receipt, 'duplicate');
}

/** What an archive of the first release knows of a captured object whose stream has a prefix. */
function findPrefixed(record: InputRecord, workspace: Workspace): KnownRecord | undefined {
  const id = toPrefixedRecordId(record.stream.name, record.dataText(), workspace.stores.workspaceId);
  return id === undefined ? undefined : workspace.findSettled(id);
}

/** All records of a stream are log lines or none is; one of its name in another namespace may be of the other kind. */
function batchOf(workspace: Workspace, stream: string, isLog: boolean): HeldBatch {
  const key = JSON.stringify([stream, isLog]);
  let batch = workspace.batches.get(key);
  if (batch === undefined) {
    batch = new HeldBatch(stream, isLog);
    workspace.batches.set(key, batch);
  }
  return batch;
}

function setAside(
  record: InputRecord,
  original: Original,
  code: ErrorCode,
  workspace: Workspace,
  receipt: Receipt
): void {
  workspace.setAsides.push({
    copy: {
      stream: record.stream.name,
      recordId: original.recordId,
      sha256: original.sha256,
      code,
      emittedAt: undefined,
      record: record.dataText(),
    },
    receipt,
  });
}

function toOriginal(record: InputRecord, {stores}: Workspace): Original {
  const dataText = record.dataText();
  const recordId = toRecordId(record.stream.name, dataText, stores.workspaceId);
  return {recordId, sha256: sha256Hex(dataText), text: dataText};
}

function bytesOf(base64: unknown): Buffer | undefined {
  return typeof base64 === 'string' ? Buffer.from(base64, 'base64') : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Some caches turn booleans into text. */
function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}
