// The page that describes every stream and its fields, for whoever reads the records.
import {type JsonSchema, toDraft07} from '../../airbyte/json-schema';
import type {StreamDefinition} from '../../contract/row';
import {banner, table} from './markdown';

export function streamReference(streams: readonly StreamDefinition[]): string {
  return [
    banner('contract/'),
    '# Streams',
    'What `source-chatgpt-enterprise` emits and `destination-arctera-archive` reads. The JSON Schema of each row is in `spec/streams/`.',
    table(
      ['Stream', 'One record is'],
      streams.map(({name, description}) => [`[\`${name}\`](#${name})`, description])
    ),
    ...streams.map(describeStream),
  ]
    .join('\n\n')
    .concat('\n');
}

function describeStream({name, description, row, primaryKey, cursorField, isResumable}: StreamDefinition): string {
  const resumes = isResumable ? 'An incremental read that was cut short goes on from its last state. ' : '';
  const modes = `${resumes}A full refresh begins anew.`;
  const {properties} = toDraft07(row, 'output') as {readonly properties: Readonly<Record<string, JsonSchema>>};
  const fields = Object.entries(properties).map(([field, schema]) => [
    `\`${field}\``,
    describeType(schema),
    typeof schema['description'] === 'string' ? schema['description'] : '',
  ]);
  return [
    `## ${name}`,
    description,
    `Key: ${primaryKey.map((field) => `\`${field}\``).join(', ')}. Cursor: \`${cursorField}\`. ${modes}`,
    table(['Field', 'Type', 'Description'], fields),
  ].join('\n\n');
}

function describeType(schema: JsonSchema): string {
  if (Array.isArray(schema['enum'])) {
    return (schema['enum'] as readonly unknown[]).map((value) => `\`${String(value)}\``).join(', ');
  }
  const types = Array.isArray(schema['type']) ? (schema['type'] as readonly unknown[]) : [schema['type']];
  return types.map(String).join(' or ');
}
