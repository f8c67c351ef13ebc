// Refuses a connection in which fields are deselected that records cannot be archived without.
import type {ConfiguredCatalog, ConfiguredStream} from '../../airbyte/protocol';
import {findStream} from '../../contract';
import {captureRuns} from '../../contract/capture-runs';
import type {capturedObjectFields} from '../../contract/captured-object';
import {conversations} from '../../contract/conversations';
import {fileChunks, files} from '../../contract/files';
import {logEventFields} from '../../contract/log-event';
import {messages} from '../../contract/messages';
import type {StreamDefinition} from '../../contract/row';
import {ConfigError} from '../../core/errors';

/** What a record is known by, and put together with the others of its item, file or run. */
const needed: ReadonlyMap<StreamDefinition, readonly string[]> = new Map([
  fieldsOf(messages, ['conversation_id', 'timestamp']),
  fieldsOf(conversations, ['id', 'workspace_id', 'last_event_id', 'log_file_id']),
  fieldsOf(files, [
    ...(['workspace_id', 'file_id', 'event_id', 'owner_stream', 'owner_name', 'conversation_id', 'user_id'] as const),
    ...(['name', 'outcome', 'transfer_id', 'size', 'sha256', 'event_timestamp'] as const),
  ]),
  fieldsOf(fileChunks, [
    ...(['workspace_id', 'transfer_id', 'index', 'data', 'last', 'abandoned', 'size', 'sha256'] as const),
    ...(['file_id', 'event_id', 'conversation_id', 'name'] as const),
  ]),
  fieldsOf(captureRuns, [
    ...(['run_id', 'workspace_id', 'events', 'events_before_start_date', 'unreadable_lines', 'records'] as const),
    ...(['files_by_outcome', 'files_waiting', 'retention_gap'] as const),
  ]),
]);

const ofLogEvents: readonly (keyof typeof logEventFields)[] = [
  ...(['workspace_id', 'event_id', 'event', 'event_encoding', 'event_sha256', 'unreadable'] as const),
];
const ofObjects: readonly (keyof typeof capturedObjectFields)[] = ['workspace_id', 'object_json', 'captured_at'];

/** Throws ConfigError that names them: the platform would take them out of every record without a word. */
export function assertNeededFields({streams}: ConfiguredCatalog): void {
  const gaps = streams.flatMap((stream) => {
    const missing = missingFields(stream);
    return missing.length === 0 ? [] : [`${stream.name} without ${missing.join(', ')}`];
  });
  if (gaps.length === 0) return;
  throw new ConfigError('fields_deselected', `The connection selects ${gaps.join('; ')}.`);
}

function missingFields({fields, name}: ConfiguredStream): readonly string[] {
  if (fields === undefined) return [];
  const definition = findStream(name);
  // A type of logs that a user named has a stream that is in no registry.
  const shape: Shape = definition?.row.shape ?? logEventFields;
  if (!isOurs(fields, shape)) return [];
  return neededOf(definition, shape).filter((field) => !fields.has(field));
}

type Shape = Readonly<Record<string, {readonly description?: string | undefined}>>;

/** Names are anyone's. Our source tells what each field is, in words that no other has. */
function isOurs(fields: ReadonlyMap<string, string | undefined>, shape: Shape): boolean {
  return [...fields].some(([name, told]) => told !== undefined && shape[name]?.description === told);
}

function neededOf(definition: StreamDefinition | undefined, shape: Shape): readonly string[] {
  const own = definition === undefined ? [] : (needed.get(definition) ?? []);
  if ('event_sha256' in shape) return [...ofLogEvents, ...own];
  if (definition === undefined || !('object_json' in shape)) return own;
  const {owner, primaryKey} = definition;
  return [...new Set([...ofObjects, ...primaryKey, ...[owner?.id ?? [], owner?.email ?? []].flat()])];
}

function fieldsOf<Row extends StreamDefinition['row']>(
  definition: StreamDefinition<Row>,
  names: readonly (keyof Row['shape'] & string)[]
): [StreamDefinition, readonly string[]] {
  return [definition, names];
}
