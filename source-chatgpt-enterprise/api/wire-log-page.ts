// A page of the log listing as the API sends it; unknown fields pass.
import * as z from 'zod';
import {parseMicros} from '../../core/micros';

/** Longer ones are no times: their digits would fill the state. */
const time = z
  .string()
  .max(64)
  .refine((text) => parseMicros(text) !== undefined);

const wireLogFile = z.looseObject({
  id: z.string().min(1),
  event_type: z.string().optional(),
  end_time: time,
  file_size: z.number().nullish(),
  file_sha256: z.string(),
});

export const wireLogPage = z.looseObject({
  data: z.array(wireLogFile),
  has_more: z.boolean().optional(),
  last_end_time: time.nullish(),
});

export type WireLogFile = z.output<typeof wireLogFile>;
export type WireLogPage = z.output<typeof wireLogPage>;
