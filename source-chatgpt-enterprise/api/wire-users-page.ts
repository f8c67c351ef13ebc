// A page of the user listing as the API sends it; unknown fields and values pass.
import {z} from 'zod';

export const wireUser = z.looseObject({
  id: z.string().min(1),
  email: z.string().nullish(),
  name: z.string().nullish(),
  role: z.string().nullish(),
  status: z.string().nullish(),
  created_at: z.number().nullish(),
});

export const wireUsersPage = z.looseObject({
  data: z.array(wireUser),
  has_more: z.boolean().optional(),
  last_id: z.string().nullish(),
});

export type WireUser = z.output<typeof wireUser>;
