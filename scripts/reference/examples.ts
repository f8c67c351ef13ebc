// Configurations that show how a connector is set up, made from the examples that its fields carry.
import type {JsonSchema} from '../../airbyte/json-schema';

/** The required fields, and the given ones beside them. */
export function exampleOf(schema: JsonSchema, wanted: (name: string) => boolean = () => false): object {
  const required = (schema['required'] ?? []) as readonly string[];
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>;
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([name]) => required.includes(name) || wanted(name))
      .map(([name, field]) => [name, valueOf(field)])
  );
}

function valueOf(field: JsonSchema): unknown {
  if ('const' in field) return field['const'];
  if (field['airbyte_secret'] === true) return '(a secret)';
  const [example] = (field['examples'] ?? []) as readonly unknown[];
  if (example !== undefined) return example;
  if ('default' in field) return field['default'];
  throw new Error(`The field ${String(field['title'])} carries no example.`);
}

/** The option of a choice whose `type` is the given one. */
export function optionOf(schema: JsonSchema, name: string, type: string): JsonSchema {
  const choice = (schema['properties'] as Readonly<Record<string, JsonSchema>>)[name];
  const found = ((choice?.['oneOf'] ?? []) as readonly JsonSchema[]).find(
    (option) => (option['properties'] as Readonly<Record<string, JsonSchema>>)['type']?.['const'] === type
  );
  if (found === undefined) throw new Error(`${name} cannot be ${type}.`);
  return found;
}
