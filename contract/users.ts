// Stream `users`: the members of the workspace, inactive ones included.
import {z} from 'zod';
import {apiTimestamp, defineStream, type RowOf} from './row';

export const users = defineStream({
  name: 'users',
  description: 'A member of the workspace, active or not.',
  row: z.object({
    id: z.string().meta({description: "The user's id."}),
    workspace_id: z.string().meta({description: 'The workspace that was captured.'}),
    email: z.string().nullable().meta({description: "The user's address."}),
    name: z.string().nullable().meta({description: "The user's display name."}),
    role: z.string().nullable().meta({description: 'Role in the workspace, such as standard-user.'}),
    status: z.string().nullable().meta({description: 'active or inactive.'}),
    created_at: z.number().nullable().meta({description: 'When the account was created, in Unix seconds.'}),
    captured_at: apiTimestamp.meta({description: 'When the pass over all users that read this row began.'}),
  }),
  primaryKey: ['id'],
  cursorField: 'captured_at',
  isResumable: true,
});

export type UserRow = RowOf<typeof users>;
