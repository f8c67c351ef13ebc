// A page of a user's library files as the API sends it; unknown fields pass.
import * as z from 'zod';

export const wireLibraryPage = z.looseObject({
  data: z.array(z.looseObject({id: z.string().min(1), file_id: z.string().nullish()})),
  has_more: z.boolean().optional(),
  cursor: z.string().nullish(),
});
