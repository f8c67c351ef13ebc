// Listings of members and of the library files of one.
import type {Person} from '../workspace/people';
import type {Upload} from '../workspace/upload';
import type {Workspace} from '../workspace/workspace';
import type {Call} from './call';
import {type PageRules, toPage, toReply} from './pages';
import type {Reply} from './reply';
import {Seconds} from './service-json';

const perPage = {defaultLimit: 200, maxLimit: 200} as const;

export function listUsers(call: Call): Reply {
  const leaver = call.service.leaver();
  const people = call.service.workspace.people.map((person) => ({
    id: person.id,
    object: toUser(person.id === leaver ? {...person, status: 'inactive'} : person),
  }));
  return toReply(toPage(call, {...perPage, position: 'after'} satisfies PageRules, people));
}

export function listLibraryFiles(call: Call): Reply {
  const [userId = ''] = call.ids;
  const {people} = call.service.workspace;
  if (userId === call.service.leaver() || !people.some(({id}) => id === userId))
    return {status: 404, body: {detail: 'User not found'}};
  const own = libraryFilesOf(call.service.workspace, userId).map((upload) => ({
    id: upload.libraryFileId,
    object: toLibraryFile(upload),
  }));
  return toReply(toPage(call, {...perPage, position: 'cursor'} satisfies PageRules, own));
}

export function libraryFilesOf({uploads}: Workspace, userId: string): readonly Upload[] {
  return uploads.filter(({place, ownerId, fate}) => place === 'library' && fate === 'kept' && ownerId === userId);
}

export function toUser({id, email, name, createdSeconds, role, status}: Person): object {
  return {
    object: 'compliance.workspace.user',
    id,
    email,
    name,
    created_at: new Seconds(createdSeconds),
    role,
    status,
  };
}

export function toLibraryFile(upload: Upload): object {
  return {
    object: 'compliance.workspace.user.library_file',
    id: upload.libraryFileId,
    file_id: upload.fileId,
    name: upload.name,
    user_id: upload.ownerId,
    created_at: new Seconds(upload.uploadedMicros / 1_000_000),
    mime_type: upload.type.mimeType,
    file_size_bytes: upload.measure().size,
    state: 'ready',
    trashed_at: null,
    expires_at: null,
    is_project: false,
  };
}
