// Streams of what one member owns; each costs requests for every member of the workspace.
import * as z from 'zod';
import {defineObjectStream, detailFields, idField, incompletePartsField, memberField} from './captured-object';
import {flag, number, objects, text} from './optional-field';

export const memories = defineObjectStream({
  name: 'memories',
  description: 'What ChatGPT remembers of one member: all contexts and entries. Read for all members at once.',
  fields: {id: idField, memory_contexts: objects('Contexts, each with its entries.')},
  owner: {id: 'id'},
});

export const canvases = defineObjectStream({
  name: 'canvases',
  description:
    'One version of a canvas document, or a row without content for a canvas whose versions did not come. Costs two requests or more for each member and canvas.',
  fields: {
    textdoc_id: z.string().meta({description: 'Id of the canvas.'}),
    version: z.number().int().meta({
      description: 'Number of the version; -1 for one that came without, and for a canvas whose versions did not come.',
    }),
    user_id: memberField,
    textdoc_type: text('Type of the canvas, such as document.'),
    name: text('Name of the canvas in this version. Untrusted text.'),
    content: text('The text of this version.'),
    comments: objects('Comments on this version.'),
    updated_at: text('When this version was written, as the API wrote it.'),
    ...incompletePartsField,
  },
  owner: {id: 'user_id'},
  primaryKey: ['textdoc_id', 'version'],
});

export const recordings = defineObjectStream({
  name: 'recordings',
  description: 'A recording with its transcript and summary. Costs a request for each member and recording.',
  fields: {
    id: idField,
    user_id: memberField,
    start: number('When the recording began, in Unix seconds.'),
    end: number('When it ended, in Unix seconds.'),
    conversation_id: text('Conversation the recording belongs to.'),
    canvas_id: text('Canvas made of the recording.'),
    ...detailFields('transcript', 'The exact JSON text of the transcript with its summary; null when there is none.'),
    ...incompletePartsField,
  },
  owner: {id: 'user_id'},
});

export const automations = defineObjectStream({
  name: 'automations',
  description: 'A scheduled prompt of a member. Costs a request for each member.',
  fields: {
    id: idField,
    user_id: memberField,
    title: text('Title of the automation.'),
    schedule: text('When it runs.'),
    is_enabled: flag('Whether it runs.'),
    prompt: text('What ChatGPT is asked each time.'),
  },
  owner: {id: 'user_id'},
});

export const libraryFiles = defineObjectStream({
  name: 'library_files',
  description: "A file of a member's library, trashed ones included. Costs a request for each member.",
  fields: {
    id: idField,
    user_id: memberField,
    file_id: text("The file's id in ChatGPT, as messages name it."),
    name: text('File name. Untrusted text.'),
    created_at: number('When it was stored, in Unix seconds.'),
    mime_type: text('Media type.'),
    file_size_bytes: number('Size in bytes.'),
    state: text('created, indexing, ready or failed.'),
    trashed_at: number('When it was put into the trash, in Unix seconds.'),
    expires_at: number('When it expires, in Unix seconds.'),
    is_project: flag('Whether it belongs to a project.'),
  },
  owner: {id: 'user_id'},
});
