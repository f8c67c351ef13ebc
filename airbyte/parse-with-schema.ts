// Parses what a user or the platform wrote, however large or deep it is: the value, or what is wrong with it.
import type * as z from 'zod';

export type Parsed<Value> =
  | {readonly success: true; readonly data: Value}
  | {readonly success: false; readonly issues: readonly z.core.$ZodIssue[] | undefined};

/** Issues are undefined when there are more of them than zod can gather. */
export function parseWithSchema<Value>(schema: z.ZodType<Value>, raw: unknown): Parsed<Value> {
  try {
    const result = schema.safeParse(raw);
    return result.success ? result : {success: false, issues: result.error.issues};
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // zod hands all issues of a level on as arguments of one call
    return {success: false, issues: undefined};
  }
}
