// Makes the rows and Airbyte messages that the source would send, from what a test has to say about them.
import {sha256Hex} from '../../core/digest';
import {chunkBytes, fileReferenceId, type FileChunkRow, type FileOutcome, type FileRow} from '../../contract/files';
import type {CaptureRunRow} from '../../contract/capture-runs';
import type {ConversationRow} from '../../contract/conversations';
import type {MessageRow} from '../../contract/messages';
import type {UserRow} from '../../contract/users';
import {canary} from '../support/canary';

export const workspace = 'ws-1';

export interface MessageSpec {
  readonly event: string;
  readonly conversation?: string | null;
  readonly message?: string;
  readonly after?: string;
  readonly author?: 'user' | 'assistant';
  readonly text?: string;
  readonly at?: string;
  readonly title?: string;
  readonly user?: string;
  readonly email?: string | null;
  /** Ids of the files it names; their names are `<id>.bin`. */
  readonly files?: readonly string[];
  readonly logFile?: string;
  readonly workspace?: string;
}

export function messageRow(spec: MessageSpec): MessageRow {
  const {event, conversation = 'conv-1', at = '2026-01-15T09:30:00.000000Z', user = 'user-ada'} = spec;
  const message = {
    id: spec.message ?? `msg-${event}`,
    author: {type: spec.author ?? 'user'},
    content: {type: 'text', value: `${spec.text ?? `text of ${event}`} ${canary.text}`},
    files: (spec.files ?? []).map((id) => ({id, name: `${id}.bin`})),
  };
  const facts = {id: conversation, title: spec.title ?? 'Budget'};
  const email = spec.email === undefined ? `${user}@corp.test` : spec.email;
  const actor = {type: 'ACCOUNT_USER', user_id: user, user_email: email};
  // Spaces and a number no double holds: what is archived must be this text, not a rewritten one.
  const text = `{"event_id": ${JSON.stringify(event)}, "serial": 12345678901234567890, ${JSON.stringify({
    type: 'CONVERSATION_MESSAGE',
    timestamp: at,
    actor,
    previous_message_id: spec.after,
    message,
    conversation: facts,
    source: canary.url, // beside what a transcript shows
  }).slice(1)}`;
  return {
    event_id: event,
    type: 'CONVERSATION_MESSAGE',
    timestamp: at,
    principal: {type: 'WORKSPACE', id: spec.workspace ?? workspace},
    actor,
    event: text,
    event_encoding: null,
    event_sha256: sha256Hex(text),
    unreadable: false,
    log_file_id: spec.logFile ?? 'log-1',
    log_line: 1,
    log_file_verified: true,
    workspace_id: spec.workspace ?? workspace,
    conversation_id: conversation,
    message_id: message.id,
    previous_message_id: spec.after ?? null,
    message,
    conversation: facts,
  };
}

export function unreadableRow(logFile: string, line: number, bytes: Buffer): MessageRow {
  return {
    ...messageRow({event: `unreadable:${logFile}:${line}`, conversation: null, logFile}),
    type: null,
    timestamp: null,
    principal: null,
    actor: null,
    event: bytes.toString('base64'),
    event_encoding: 'base64',
    event_sha256: sha256Hex(bytes),
    unreadable: true,
    message_id: null,
    message: null,
    conversation: null,
  };
}

export interface FileSpec {
  readonly file: string;
  readonly event: string;
  readonly bytes?: Buffer;
  readonly outcome?: FileOutcome;
  /** A transfer of another reference to the same file, when that one carried the bytes. */
  readonly transfer?: string;
  readonly conversation?: string;
}

export function fileRow({file, event, bytes, outcome = 'captured', transfer, conversation}: FileSpec): FileRow {
  return {
    id: fileReferenceId(file, event),
    file_id: file,
    event_id: event,
    owner_stream: null,
    owner_id: null,
    owner_name: null,
    workspace_id: workspace,
    conversation_id: conversation ?? 'conv-1',
    message_id: `msg-${event}`,
    user_id: 'user-ada',
    name: `${file}.bin`,
    referred_by: 'message',
    outcome,
    route: null,
    transfer_id: bytes === undefined ? null : (transfer ?? `transfer-${file}`),
    size: bytes?.length ?? null,
    sha256: bytes === undefined ? null : sha256Hex(bytes),
    media_type: null,
    event_timestamp: '2026-01-15T09:30:00.000000Z',
    first_attempt_at: '2026-01-15T10:00:00Z',
    updated_at: '2026-01-15T10:00:00Z',
  };
}

/** All chunks of one transfer. */
export function chunkRows({file, event, bytes = Buffer.alloc(0), transfer, conversation}: FileSpec): FileChunkRow[] {
  const count = Math.max(1, Math.ceil(bytes.length / chunkBytes));
  return Array.from({length: count}, (_, index) => {
    const last = index === count - 1;
    return {
      transfer_id: transfer ?? `transfer-${file}`,
      index,
      data: bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes).toString('base64'),
      last,
      abandoned: false,
      size: last ? bytes.length : null,
      sha256: last ? sha256Hex(bytes) : null,
      media_type: null,
      file_id: file,
      event_id: event,
      conversation_id: conversation ?? 'conv-1',
      name: `${file}.bin`,
      workspace_id: workspace,
      updated_at: '2026-01-15T10:00:00Z',
    };
  });
}

export function userRow(id: string, name: string, email: string | null): UserRow {
  return {
    id,
    workspace_id: workspace,
    email,
    name,
    role: 'standard-user',
    status: 'active',
    created_at: 1_700_000_000,
    object_json: JSON.stringify({id, email, name}),
    object_sha256: sha256Hex(JSON.stringify({id, email, name})),
    captured_at: '2026-01-15T08:00:00Z',
  };
}

export function conversationRow(id: string): ConversationRow {
  return {
    id,
    workspace_id: workspace,
    title: 'Budget',
    created_at: null,
    updated_at: '2026-01-15T09:30:00Z',
    owner_user_id: 'user-ada',
    owner_email: 'user-ada@corp.test',
    gpt_id: null,
    gpt_name: null,
    project_id: null,
    project_name: null,
    is_pinned: null,
    is_temporary_chat: null,
    mode: null,
    last_event_id: 'e1',
    log_file_id: 'log-1',
  };
}

export function captureRunRow(runId: string): CaptureRunRow {
  return {
    run_id: runId,
    workspace_id: workspace,
    connector_version: '0.1.0',
    started_at: '2026-01-15T10:00:00Z',
    ended_at: '2026-01-15T10:05:00Z',
    window_start: null,
    window_end: null,
    log_files: 1,
    log_bytes: 1,
    events: 1,
    repeated_events: 0,
    unreadable_lines: 0,
    events_before_start_date: 0,
    records: {},
    files_by_outcome: {},
    files_waiting: 0,
    files_at_risk: 0,
    unverified_log_files: [],
    retention_gap: null,
    lag_by_stream: {},
    lag_seconds: null,
  };
}

/** One line of stdin. */
export function recordLine(stream: string, data: object): string {
  return rawRecordLine(stream, JSON.stringify(data));
}

/** As `recordLine`, for data that only exact JSON text can express. */
export function rawRecordLine(stream: string, dataText: string): string {
  return `{"type":"RECORD","record":{"stream":${JSON.stringify(stream)},"data":${dataText},"emitted_at":1}}`;
}

/** @param recordCount records the source says it sent since its previous state of the stream */
export function stateLine(stream: string, state: unknown, recordCount?: number): string {
  return JSON.stringify({
    type: 'STATE',
    state: {
      type: 'STREAM',
      stream: {stream_descriptor: {name: stream}, stream_state: state},
      ...(recordCount === undefined ? {} : {sourceStats: {recordCount}}),
      id: 7,
    },
  });
}

/** Lines of messages, one for each. */
export function messageLines(...specs: readonly MessageSpec[]): string[] {
  return specs.map((spec) => recordLine('messages', messageRow(spec)));
}
