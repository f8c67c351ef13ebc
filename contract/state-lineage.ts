// What a state of the source says of the states before it, so that whoever keeps the records knows whether it has them.
import * as z from 'zod';

/** Beside the cursor of a stream, as `lineage`. Only states that cover records count. */
export const stateLineage = z.object({
  /** Given with the first state of the stream that covers records, or that follows none with a lineage. */
  id: z.string().min(1).max(64),
  /** How many of them came before the read that sent the last records. */
  from: z.int().nonnegative(),
  /** How many there are up to this one. */
  to: z.int().nonnegative(),
});

export type StateLineage = Readonly<z.output<typeof stateLineage>>;
