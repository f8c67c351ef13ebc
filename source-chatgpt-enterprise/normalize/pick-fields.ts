// The fields a stream documents, from what the API sent: null where it is absent or not of the documented type.
import type {z} from 'zod';
import type {StreamDefinition} from '../../contract/row';
import type {JsonObject} from './json-object';

export function pickFields(definition: StreamDefinition, object: JsonObject): Record<string, unknown> {
  const shape: Readonly<Record<string, z.ZodType>> = definition.row.shape;
  const row: Record<string, unknown> = {};
  for (const [field, schema] of Object.entries(shape)) {
    const parsed = schema.safeParse(object[field] ?? null);
    row[field] = parsed.success ? parsed.data : null;
  }
  return row;
}
