// The fields a stream documents, from what the API sent: null where it is absent, not of the documented type or nested too deeply.
import type * as z from 'zod';
import type {StreamDefinition} from '../../contract/row';
import {type JsonObject, unlessTooDeep} from './json-object';

export function pickFields(definition: StreamDefinition, object: JsonObject): Record<string, unknown> {
  const shape: Readonly<Record<string, z.ZodType>> = definition.row.shape;
  const row: Record<string, unknown> = {};
  for (const [field, schema] of Object.entries(shape)) {
    const parsed = schema.safeParse(object[field] ?? null);
    row[field] = parsed.success ? unlessTooDeep(parsed.data) : null;
  }
  return row;
}
