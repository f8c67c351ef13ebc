// Streams `gpts` and `projects`: how each is configured, with whom it is shared.
import {defineObjectStream, detailFields, idField, incompletePartsField} from './captured-object';
import {number, object, text} from './optional-field';

const assistantFields = {
  id: idField,
  owner_id: text('User id of the owner.'),
  owner_email: text("The owner's address."),
  created_at: number('When it was created, in Unix seconds.'),
  sharing: object('Visibility, permissions and recipients.'),
  latest_config: object('The newest configuration: name, instructions, tools, files by id.'),
  ...detailFields('configurations', 'JSON array of the exact texts of all configurations, newest first.'),
  ...detailFields('shared_users', 'JSON array of the exact texts of the users it is shared with.'),
  ...incompletePartsField,
};

export const gpts = defineObjectStream({
  name: 'gpts',
  description: 'A GPT of the workspace with its configurations and sharing.',
  fields: {...assistantFields, builder_name: text('Name the builder goes by.')},
  owner: {id: 'owner_id', email: 'owner_email'},
});

export const projects = defineObjectStream({
  name: 'projects',
  description: 'A project of the workspace with its configurations and sharing.',
  fields: assistantFields,
  owner: {id: 'owner_id', email: 'owner_email'},
});
