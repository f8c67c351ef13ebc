// Tells what a stream's records are to the archive, also when the platform put a prefix before its name.
import type {ConfiguredStream, StreamDescriptor} from '../../airbyte/protocol';
import {findStream} from '../../contract';
import {captureRuns} from '../../contract/capture-runs';
import {conversations} from '../../contract/conversations';
import {fileChunks, files} from '../../contract/files';
import {messages} from '../../contract/messages';
import type {StreamDefinition} from '../../contract/row';
import {users} from '../../contract/users';

export type StreamRole =
  | 'messages'
  | 'files'
  | 'file_chunks'
  | 'users'
  | 'conversations'
  | 'capture_runs'
  /** Rows that carry the exact text of a log event. */
  | 'log_events'
  /** Anything else: archived as it is. */
  | 'other';

/** Each with fields that only a stream of ours has: a name such as `users` is anyone's. */
const known: readonly (readonly [StreamRole, StreamDefinition, readonly string[]])[] = [
  ['messages', messages, ['event', 'event_id', 'event_sha256']],
  ['files', files, ['file_id', 'event_id', 'outcome']],
  ['file_chunks', fileChunks, ['transfer_id', 'index', 'data']],
  ['users', users, ['id', 'workspace_id', 'captured_at']],
  ['conversations', conversations, ['id', 'last_event_id', 'log_file_id']],
  ['capture_runs', captureRuns, ['run_id', 'files_by_outcome', 'files_waiting']],
];

/** @param data a record of the stream; a stream that only shares a name with one of ours is recognised by its fields */
export function toStreamRole(name: string, data: Readonly<Record<string, unknown>>): StreamRole {
  for (const [role, definition, fields] of known) {
    if (isStreamNamed(name, definition) && fields.every((field) => field in data)) return role;
  }
  const {event, event_id: eventId, event_sha256: eventSha256} = data;
  const isLogEvent = typeof event === 'string' && typeof eventId === 'string' && typeof eventSha256 === 'string';
  return isLogEvent ? 'log_events' : 'other';
}

/** The role of each stream, told by the first record that is of the kind of ours that the stream is named as. */
export class StreamRoles {
  private readonly roles = new Map<string, StreamRole>();

  of(stream: StreamDescriptor, data: Readonly<Record<string, unknown>>): StreamRole {
    const key = toStreamKey(stream);
    const known = this.roles.get(key);
    // One row that is malformed does not make a stream of ours another one.
    if (known !== undefined && (known !== 'other' || findStream(stream.name) === undefined)) return known;
    const role = toStreamRole(stream.name, data);
    this.roles.set(key, role);
    return role;
  }

  /** Undefined while no record of the stream has come. */
  known(stream: StreamName): StreamRole | undefined {
    return this.roles.get(toStreamKey(stream));
  }
}

type StreamName = StreamDescriptor | Pick<ConfiguredStream, 'name' | 'namespace'>;

/** The same for the same stream: of one name there is one in each namespace. */
export function toStreamKey({name, namespace}: StreamName): string {
  return JSON.stringify([namespace ?? null, name]);
}

/** Whether a catalog's stream name is that of a stream of ours, with or without a prefix. */
export function isStreamNamed(name: string, definition: StreamDefinition): boolean {
  return findStream(name) === definition;
}
