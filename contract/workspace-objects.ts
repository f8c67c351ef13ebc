// Streams of what the workspace runs: Codex tasks and environments, agents, skills.
import * as z from 'zod';
import {defineObjectStream, detailFields, idField, incompletePartsField} from './captured-object';
import {number, object, text, texts} from './optional-field';

export const codexTasks = defineObjectStream({
  name: 'codex_tasks',
  description: 'A Codex task of the workspace.',
  fields: {
    id: idField,
    title: text('Title of the task.'),
    created_by_id: text('User id of whoever created it.'),
    created_at: number('When it was created, in Unix seconds.'),
    updated_at: number('When it was last changed, in Unix seconds.'),
    denormalized_metadata: object('What else the API says of the task.'),
  },
  owner: {id: 'created_by_id'},
});

export const codexEnvironments = defineObjectStream({
  name: 'codex_environments',
  description: 'A Codex environment, without its variables and secrets.',
  fields: {
    id: idField,
    label: text('Name of the environment.'),
    machine_id: text('Machine it runs on.'),
    creator_id: text('User id of whoever created it.'),
    created_at: number('When it was created, in Unix seconds.'),
    repos: texts('Repositories it works on.'),
    removed_fields: z.array(z.string()).meta({
      description: 'Members that may hold credentials; they are cut out of the row and of object_json.',
    }),
  },
  owner: {id: 'creator_id'},
});

export const agents = defineObjectStream({
  name: 'agents',
  description: 'A published agent with its definition.',
  fields: {
    id: idField,
    name: text('Name of the agent.'),
    status: text('Status of the agent, such as published.'),
    owner_id: text('User id of the owner.'),
    owner_email: text("The owner's address."),
    created_at: number('When it was created, in Unix seconds.'),
    updated_at: number('When it was last changed, in Unix seconds.'),
    ...detailFields(
      'definition',
      'The exact JSON text of the agent with its definition; null for one that is listed but no longer published.'
    ),
    ...incompletePartsField,
  },
  owner: {id: 'owner_id', email: 'owner_email'},
});

export const skills = defineObjectStream({
  name: 'skills',
  description: 'A skill of the workspace or of its agents.',
  fields: {
    id: idField,
    listed_by: z.enum(['skills', 'agent-skills']).meta({description: 'Listing of the API that names the skill.'}),
    name: text('Name of the skill.'),
    description: text('What it is for.'),
    creator: text('User id of whoever made it.'),
    original_product_surface: text('Where it was made, such as chatgpt.'),
    created_at: number('When it was made, in Unix seconds.'),
    updated_at: number('When it was last changed, in Unix seconds.'),
    files: texts('Names of the files it consists of.'),
  },
  owner: {id: 'creator'},
});
