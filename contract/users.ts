// Stream `users`: the members of the workspace, inactive ones included.
import {defineObjectStream, idField} from './captured-object';
import {number, text} from './optional-field';
import type {RowOf} from './row';

export const users = defineObjectStream({
  name: 'users',
  description: 'A member of the workspace, active or not.',
  fields: {
    id: idField,
    email: text("The user's address."),
    name: text("The user's display name."),
    role: text('Role in the workspace, such as standard-user.'),
    status: text('active or inactive.'),
    created_at: number('When the account was created, in Unix seconds.'),
  },
  owner: {id: 'id', email: 'email'},
});

export type UserRow = RowOf<typeof users>;
