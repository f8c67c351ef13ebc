// JSON Schema draft-07 from zod, in the form the Airbyte platform accepts: open objects, plain nullable types, no noise.
import * as z from 'zod';

export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/**
 * Converts one schema.
 * @param io `output` for rows, which carry every field; `input` for configurations, where a default makes a field optional
 */
export function toDraft07(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  return simplify(z.toJSONSchema(schema, {target: 'draft-7', io}));
}

/** Keywords whose value maps names of the user's choice to schemas. */
const schemaMaps = new Set(['properties', 'definitions', 'patternProperties']);

/** Keywords whose value is data that may look like a schema. */
const plainData = new Set(['default', 'examples', 'enum', 'const', 'required', 'type']);

function simplify(schema: JsonSchema): JsonSchema {
  const entries = Object.entries(schema)
    .filter(([keyword, value]) => !isNoise(keyword, value))
    .map(([keyword, value]): [string, unknown] => [keyword, simplifyValue(keyword, value)]);
  return collapseNullable(Object.fromEntries(entries));
}

function simplifyValue(keyword: string, value: unknown): unknown {
  if (plainData.has(keyword)) return value;
  if (Array.isArray(value)) return value.map((member: unknown) => (isSchema(member) ? simplify(member) : member));
  if (!isSchema(value)) return value;
  if (schemaMaps.has(keyword)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, isSchema(member) ? simplify(member) : member])
    );
  }
  return keyword === 'additionalProperties' && Object.keys(value).length === 0 ? true : simplify(value);
}

function isNoise(keyword: string, value: unknown): boolean {
  switch (keyword) {
    case 'additionalProperties':
      return value === false; // the platform and the CDK add keys of their own
    case 'propertyNames':
      return isSchema(value) && Object.keys(value).length === 1 && value['type'] === 'string'; // every JSON name is one
    case 'minimum':
      return value === Number.MIN_SAFE_INTEGER;
    case 'maximum':
      return value === Number.MAX_SAFE_INTEGER;
    default:
      return false;
  }
}

/** `anyOf [x, null]` becomes x with `null` among its types: the platform's forms and type mapping know no `anyOf`. */
function collapseNullable(schema: JsonSchema): JsonSchema {
  const {anyOf, ...rest} = schema;
  if (!Array.isArray(anyOf) || anyOf.length !== 2) return schema;
  const members = anyOf as readonly JsonSchema[];
  const nullAt = members.findIndex((member) => member['type'] === 'null' && Object.keys(member).length === 1);
  const other = members[1 - nullAt];
  if (nullAt === -1 || other === undefined || typeof other['type'] !== 'string') return schema;
  const {type, const: constant, ...keywords} = other;
  const nullable: Record<string, unknown> = {type: [type, 'null'], ...keywords};
  if ('const' in other) nullable['enum'] = [constant, null];
  else if (Array.isArray(keywords['enum'])) nullable['enum'] = [...(keywords['enum'] as readonly unknown[]), null];
  return {...nullable, ...rest};
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
