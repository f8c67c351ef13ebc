// Registry of the streams of current objects, in the order they are read: what costs a request a member comes last.
import {automations, libraryFiles, memories} from '../../contract/member-objects';
import {codexEnvironments, codexTasks, skills} from '../../contract/workspace-objects';
import type {ApiObject} from '../api/object-listing';
import {withoutSecrets} from '../normalize/without-secrets';
import {asText, toIsoTime} from '../normalize/json-object';
import {agentStream} from './agents';
import {gptStream, projectStream} from './assistants';
import {canvasStream} from './canvases';
import type {ObjectFile, ObjectStream} from './object-stream';
import {recordingStream} from './recordings';

/** Listings that hold the whole workspace are paged to the end; those of a member are asked for member by member. */
export const objectStreams: readonly ObjectStream[] = [
  gptStream,
  projectStream,
  {
    definition: memories,
    owners: [''],
    listing: () => ({route: 'memories', path: ['memories'], paging: 'after', limit: 200}),
  },
  {
    definition: codexTasks,
    owners: [''],
    listing: () => ({route: 'codex_tasks', path: ['codex_tasks'], paging: 'cursor', limit: 30}),
  },
  {
    definition: codexEnvironments,
    owners: [''],
    listing: () => ({route: 'codex_environments', path: ['codex_environments'], paging: 'after', limit: 30}),
    *records(read, listed) {
      const {object, removed} = withoutSecrets(listed);
      yield read.record(object, {removed_fields: removed});
    },
  },
  agentStream,
  {
    definition: skills,
    owners: ['skills', 'agent-skills'],
    ownerField: 'listed_by',
    files: {stream: 'skills', of: (_read, skill) => skillExport(skill)},
    listing: (owner) => ({route: owner, path: [owner], paging: 'posted_cursor', limit: 100, isShared: true}),
  },
  {
    definition: automations,
    owners: 'members',
    ownerField: 'user_id',
    listing: (owner) => ({
      route: 'users/{id}/automations',
      path: ['users', owner, 'automations'],
      paging: 'after',
      limit: 100,
    }),
  },
  recordingStream,
  canvasStream,
  {
    definition: libraryFiles,
    owners: 'members',
    ownerField: 'user_id',
    files: {stream: 'library_files', of: (_read, file, owner) => libraryBytes(file, owner)},
    listing: (owner) => ({
      route: 'users/{id}/library_files',
      path: ['users', owner, 'library_files'],
      paging: 'cursor',
      limit: 200,
      isShared: true, // with the file lane, which also searches it for files that lie nowhere else
    }),
  },
];

function libraryBytes({value}: ApiObject, userId: string): ObjectFile[] {
  const ownerId = asText(value['id']);
  const fileId = asText(value['file_id']) ?? ownerId;
  if (ownerId === null || fileId === null) return [];
  const name = asText(value['name']);
  const isReady = value['state'] !== 'created' && value['state'] !== 'indexing';
  return [{fileId, name, ownerId, ownerName: name, userId, givenAt: toIsoTime(value['created_at']), isReady}];
}

/** A skill has no file ids: its export is one file for each time that it was changed. */
function skillExport({value}: ApiObject): ObjectFile[] {
  const ownerId = asText(value['id']);
  if (ownerId === null) return [];
  const ownerName = asText(value['name']);
  const givenAt = toIsoTime(value['updated_at'] ?? value['created_at']);
  return [
    {
      fileId: givenAt === null ? ownerId : `${ownerId}@${givenAt}`,
      name: `${ownerName ?? ownerId}.zip`,
      ownerId,
      ownerName,
      userId: asText(value['creator']),
      givenAt,
      isReady: true,
    },
  ];
}
