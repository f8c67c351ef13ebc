// Stateful lists: members, library files, GPTs and projects, and the empty ones of kinds this workspace has none of.
import type {Assistant} from '../workspace/assistants';
import type {Person} from '../workspace/people';
import type {Upload} from '../workspace/upload';
import {refuseParameter, type Reply} from './reply';
import type {Call} from './call';

interface Listed {
  readonly id: string;
  readonly [field: string]: unknown;
}

const usersPerPage = 200;
const assistantsPerPage = 20;

export function listUsers({service, query}: Call): Reply {
  return page(
    query,
    'after',
    usersPerPage,
    service.workspace.people.map((person) =>
      toUser(person.id === service.leaver() ? {...person, status: 'inactive'} : person)
    )
  );
}

export function listLibraryFiles({service, query, ids: [userId]}: Call): Reply {
  const {people, uploads} = service.workspace;
  if (userId === service.leaver() || !people.some(({id}) => id === userId))
    return {status: 404, body: {detail: 'User not found'}};
  const own = uploads.filter(({place, ownerId, fate}) => place === 'library' && fate === 'kept' && ownerId === userId);
  return page(query, 'cursor', usersPerPage, own.map(toLibraryFile));
}

export function listAssistants(kind: Assistant['kind']): (call: Call) => Reply {
  return ({service, query}) => {
    const ofKind = service.workspace.assistants.filter((assistant) => assistant.kind === kind);
    return page(query, 'after', assistantsPerPage, ofKind.map(toAssistant));
  };
}

export function listNothing(): Reply {
  return {status: 200, body: {object: 'list', data: [], has_more: false, last_id: null, cursor: null}};
}

function page(
  query: URLSearchParams,
  position: 'after' | 'cursor',
  defaultLimit: number,
  items: readonly Listed[]
): Reply {
  const limit = Number(query.get('limit') ?? defaultLimit);
  if (!Number.isInteger(limit) || limit < 1 || limit > 200) {
    return refuseParameter('int_range', 'limit', 'Input should be a whole number from 1 to 200');
  }
  const from = query.get(position);
  const ascending = [...items].sort((a, b) => (a.id < b.id ? -1 : 1)).filter(({id}) => from === null || id > from);
  const data = ascending.slice(0, limit);
  const hasMore = ascending.length > limit;
  const lastId = data.at(-1)?.id ?? null;
  const cursor = position === 'cursor' ? {cursor: hasMore ? lastId : null} : {};
  return {status: 200, body: {object: 'list', data, has_more: hasMore, last_id: lastId, ...cursor}};
}

function toUser({id, email, name, createdSeconds, role, status}: Person): Listed {
  return {
    object: 'compliance.workspace.user',
    id,
    email,
    name,
    created_at: createdSeconds,
    role,
    status,
  };
}

function toLibraryFile(upload: Upload): Listed {
  return {
    object: 'compliance.workspace.user.library_file',
    id: upload.libraryFileId,
    file_id: upload.fileId,
    name: upload.name,
    user_id: upload.ownerId,
    created_at: upload.uploadedMicros / 1_000_000,
    mime_type: upload.type.mimeType,
    file_size_bytes: upload.measure().size,
    state: 'ready',
    trashed_at: null,
    expires_at: null,
    is_project: false,
  };
}

function toAssistant({kind, id, configId, name, instructions, owner, createdSeconds, knowledge}: Assistant): Listed {
  const object = `compliance.workspace.${kind}`;
  const permissions = {can_read: true, can_view_config: false, can_write: false};
  const files = knowledge.map((upload) => ({object: `${object}.file`, id: upload.fileId, name: upload.name}));
  const configuration = {
    object: `${object}.configuration`,
    id: configId,
    name,
    description: '',
    instructions,
    categories: [],
    conversation_starters: [],
    created_at: createdSeconds + 4.1,
    ...(kind === 'gpt' && {version_author: {id: owner.id, email: owner.email}}),
    files: {object: 'list', has_more: false, data: files},
    tools: {object: 'list', data: [{type: 'browser'}]},
    ...(kind === 'project' && {connector_scopes: {object: 'list', data: []}}),
  };
  return {
    object,
    id,
    created_at: createdSeconds,
    owner_id: owner.id,
    owner_email: owner.email,
    builder_name: kind === 'gpt' ? owner.name : undefined,
    sharing: {object: `${object}.sharing`, visibility: 'workspace', permissions, recipients: []},
    latest_config: {object: 'list', has_more: false, data: [configuration]},
  };
}
