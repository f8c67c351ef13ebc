// Tables of what a user configures, for the pages of the connectors.
import type {JsonSchema} from '../../airbyte/json-schema';
import {table} from './markdown';

type Properties = Readonly<Record<string, JsonSchema>>;

/** One table for the fields of the form, then one for each choice that has fields of its own. */
export function settingsTables(schema: JsonSchema): string {
  const fields = propertiesOf(schema);
  const choices = Object.entries(fields).flatMap(([name, field]) =>
    optionsOf(field).map((option) => [`#### \`${name}\`: ${text(option['title'])}`, fieldTable(option)].join('\n\n'))
  );
  return [fieldTable(schema), ...choices].join('\n\n');
}

function fieldTable(schema: JsonSchema): string {
  const required = (schema['required'] ?? []) as readonly string[];
  const rows = Object.entries(propertiesOf(schema))
    .sort(([, a], [, b]) => Number(a['order'] ?? 0) - Number(b['order'] ?? 0))
    .map(([name, field]) => [
      text(field['title']),
      `\`${name}\``,
      required.includes(name) ? 'yes' : 'no',
      'default' in field && field['default'] !== '' ? `\`${JSON.stringify(field['default'])}\`` : '',
      'const' in field ? `\`${JSON.stringify(field['const'])}\`` : text(field['description']),
    ]);
  return table(['Field', 'Key', 'Required', 'Default', 'Description'], rows);
}

function propertiesOf(schema: JsonSchema): Properties {
  return (schema['properties'] ?? {}) as Properties;
}

function optionsOf(field: JsonSchema): readonly JsonSchema[] {
  return (field['oneOf'] ?? []) as readonly JsonSchema[];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
