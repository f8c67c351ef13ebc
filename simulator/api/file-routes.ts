// File bytes by route: each kind of upload is found under its own route only.
import type {Upload} from '../workspace/upload';
import {exportOf} from '../workspace/machinery';
import {refuse, type Reply} from './reply';
import type {Call} from './call';

export function getUserFile(call: Call): Reply {
  const [userId = '', fileId = ''] = call.ids;
  const upload = findUpload(call, (one) => one.place === 'user' && one.fileId === fileId && one.ownerId === userId);
  if (upload?.needsConversation === true) {
    const conversationId = call.query.get('conversation_id');
    if (conversationId === null) return refuse(400, 'conversation_id is required for audio and video files');
    if (conversationId !== upload.conversationId) return refuse(404, 'File not found');
  }
  return serve(call, upload);
}

export function getProjectFile(call: Call): Reply {
  return serve(
    call,
    findUpload(call, ({place, fileId}) => place === 'project' && fileId === call.ids[0])
  );
}

export function getGptFile(call: Call): Reply {
  return serve(
    call,
    findUpload(call, ({place, fileId}) => place === 'gpt' && fileId === call.ids[0])
  );
}

export function getLibraryFile(call: Call): Reply {
  const [userId, libraryFileId] = call.ids;
  return serve(
    call,
    findUpload(call, (one) => one.place === 'library' && one.libraryFileId === libraryFileId && one.ownerId === userId)
  );
}

/** The archive itself, without a redirect. */
export function exportSkill({ids: [id = ''], service}: Call): Reply {
  const {skills, agentSkills} = service.workspace.machinery;
  const skill = [...skills, ...agentSkills].find((one) => one.id === id);
  if (skill === undefined) return refuse(404, 'Skill not found');
  const body = exportOf(skill);
  if (body === undefined) return refuse(400, 'Skill has no archive');
  return {status: 200, headers: {'content-type': 'application/zip'}, body};
}

function findUpload({service}: Call, isWanted: (upload: Upload) => boolean): Upload | undefined {
  return service.workspace.uploads.find(isWanted);
}

function serve({service, signedHost}: Call, upload: Upload | undefined): Reply {
  switch (upload?.outcome(service.nowMicros(), service.options.uploadLifeMs)) {
    case 'captured':
      return signedHost.redirect('file', upload.fileId);
    case 'expired':
      return refuse(410, 'File has expired');
    case 'forbidden':
      return refuse(403, 'Access to this file is not allowed');
    case 'not_found':
    case undefined:
      return refuse(404, 'File not found');
  }
}
