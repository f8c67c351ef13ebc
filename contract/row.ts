// What a stream of the source is: the one place that names its schema, key, cursor and modes.
import * as z from 'zod';

export interface StreamDefinition<Row extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  /** One sentence for people: what one record is. */
  readonly description: string;
  /** The exact row. Closed at the top level, because the platform removes fields that a schema does not name. */
  readonly row: Row;
  readonly primaryKey: readonly string[];
  readonly cursorField: string;
  readonly isResumable: boolean;
  /** Fields that name the person whose record it is; none where an event's actor does, or nobody. */
  readonly owner?: OwnerFields;
}

/** Names of fields of a row. */
export interface OwnerFields<Field extends string = string> {
  readonly id: Field;
  readonly email?: Field;
}

export type RowOf<Definition extends StreamDefinition> = Readonly<z.output<Definition['row']>>;

export function defineStream<Row extends z.ZodObject>(
  definition: StreamDefinition<Row> & {readonly owner?: OwnerFields<keyof Row['shape'] & string>}
): StreamDefinition<Row> {
  return definition;
}

/** Any JSON object, as the API sent it. */
export const openObject = z.record(z.string(), z.unknown());

/** ISO 8601 in UTC as the API sent it, with up to six fractional digits; never passed through `Date`. */
export const apiTimestamp = z.string();

export const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
