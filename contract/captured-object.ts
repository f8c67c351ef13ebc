// Streams of current objects: read in passes, each row with the exact text of the object it was made of.
import * as z from 'zod';
import {apiTimestamp, defineStream, type OwnerFields, sha256, type StreamDefinition} from './row';

/**
 * `object_json` is text, as `event` is in log rows: Airbyte parses and writes anew what travels as an object, which
 * changes numbers, escapes and repeated keys. It is not named `object`, for that is a member of the API's own objects.
 */
export const capturedObjectFields = {
  workspace_id: z.string().meta({description: 'The workspace that was captured.'}),
  object_json: z.string().meta({description: 'The exact JSON text of the object as the API sent it.'}),
  object_sha256: sha256.meta({description: 'SHA-256 of the bytes of object_json in UTF-8.'}),
  captured_at: apiTimestamp.meta({description: 'When the pass over all objects of the stream began.'}),
};

/** The exact text of what another route says of the object, with its hash. */
export function detailFields<Name extends string>(
  name: Name,
  description: string
): Record<`${Name}_json`, z.ZodNullable<z.ZodString>> & Record<`${Name}_sha256`, z.ZodNullable<typeof sha256>> {
  return {
    [`${name}_json`]: z.string().nullable().meta({description}),
    [`${name}_sha256`]: sha256.nullable().meta({description: `SHA-256 of the bytes of ${name}_json in UTF-8.`}),
  } as ReturnType<typeof detailFields<Name>>;
}

const incompleteReason = z.enum(['too_large', 'refused', 'not_found']);
export type IncompleteReason = z.output<typeof incompleteReason>;

/** Beside the fields of details, so that a null or a short list tells why. */
export const incompletePartsField = {
  incomplete_parts: z.array(z.looseObject({part: z.string(), reason: incompleteReason})).meta({
    description:
      'Parts that the row does not hold whole, by name without `_json`, each with its `reason`: `too_large` (what lies beyond 8 MiB is left out), `refused` (HTTP 400) or `not_found` (HTTP 404). Of a canvas, `versions`: those that no other row has.',
  }),
};

/** The member in whose listing the object stands. */
export const memberField = z.string().meta({description: 'Id of the member whose object it is.'});

export const idField = z.string().meta({
  description: 'Id of the object, or `unidentified:<object_sha256>` for one that came without.',
});

export function defineObjectStream<Fields extends z.ZodRawShape>(
  definition: Pick<StreamDefinition, 'name' | 'description'> & {
    readonly fields: Fields;
    readonly owner: OwnerFields<keyof Fields & string>;
    readonly primaryKey?: readonly string[];
  }
): StreamDefinition<z.ZodObject<Fields & typeof capturedObjectFields>> {
  const {description, fields, name, owner, primaryKey = ['id']} = definition;
  return defineStream({
    name,
    description,
    row: z.object({...fields, ...capturedObjectFields}),
    primaryKey,
    cursorField: 'captured_at',
    isResumable: true,
    owner,
  });
}
