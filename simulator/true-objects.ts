// What a perfect capture would hold of the current objects: their keys and the hash of their exact text.
import {sha256Hex} from '../core/digest';
import {toAssistant} from './api/assistant-routes';
import {libraryFilesOf, toLibraryFile, toUser} from './api/lists';
import {toServiceJson} from './api/service-json';
import type {Service} from './service';
import {exportOf, type Skill} from './workspace/machinery';
import type {Upload, UploadOutcome} from './workspace/upload';
import type {Workspace} from './workspace/workspace';

export interface TrueObject {
  /** Name of the stream that captures it. */
  readonly stream: string;
  /** Values of the stream's key, joined by a space. */
  readonly key: string;
  /** Of the object as the service sends it, with file ids for addresses and null for what may hold credentials. */
  readonly sha256: string;
}

/** A file that an object holds. */
export interface TrueOwnedFile {
  /** Stream of the object. */
  readonly stream: string;
  readonly ownerId: string;
  readonly fileId: string;
  readonly outcome: UploadOutcome;
  readonly size: number;
  readonly sha256: string;
}

export function tellOwnedFiles(service: Service): TrueOwnedFile[] {
  const {assistants, machinery, people} = service.workspace;
  const nowMicros = service.nowMicros();
  const tell = (stream: string, ownerId: string, upload: Upload): TrueOwnedFile => {
    const outcome = upload.outcome(nowMicros, service.options.uploadLifeMs);
    return {stream, ownerId, fileId: upload.fileId, outcome, ...upload.measure()};
  };
  return [
    ...assistants.flatMap(({id, kind, knowledge}) => knowledge.map((upload) => tell(`${kind}s`, id, upload))),
    ...people
      .filter(({id}) => id !== service.leaver())
      .flatMap(({id}) => libraryFilesOf(service.workspace, id))
      .map((upload) => tell('library_files', upload.libraryFileId, upload)),
    ...[...machinery.skills, ...machinery.agentSkills].map(tellExport),
  ];
}

function tellExport(skill: Skill): TrueOwnedFile {
  const bytes = exportOf(skill);
  const {value} = skill.updated_at ?? skill.created_at;
  return {
    stream: 'skills',
    ownerId: skill.id,
    fileId: `${skill.id}@${new Date(value * 1000).toISOString()}`,
    outcome: bytes === undefined ? 'not_found' : 'captured',
    size: bytes?.length ?? 0,
    sha256: bytes === undefined ? '' : sha256Hex(bytes),
  };
}

/** @param leaver the member who is inactive by now, and whose library is gone */
export function tellObjects(workspace: Workspace, leaver: string | undefined): TrueObject[] {
  const told: TrueObject[] = [];
  const tell = (stream: string, key: string, object: object): void => {
    told.push({stream, key, sha256: sha256Hex(toServiceJson(object))});
  };
  const {assistants, belongings, machinery, people} = workspace;
  for (const person of people) {
    const hasLeft = person.id === leaver;
    tell('users', person.id, toUser(hasLeft ? {...person, status: 'inactive'} : person));
    if (hasLeft) continue;
    for (const upload of libraryFilesOf(workspace, person.id)) {
      tell('library_files', upload.libraryFileId, toLibraryFile(upload));
    }
  }
  for (const assistant of assistants) tell(`${assistant.kind}s`, assistant.id, toAssistant(assistant));
  for (const [id, {automations, canvases, memory, recordings}] of belongings) {
    if (memory !== undefined) tell('memories', id, memory);
    for (const automation of automations) tell('automations', automation.id, automation);
    for (const recording of recordings) tell('recordings', recording.id, recording.object);
    for (const {textdocId, versions} of canvases) {
      for (const [index, version] of versions.entries()) tell('canvases', `${textdocId} ${index + 1}`, version);
    }
  }
  for (const task of machinery.codexTasks) tell('codex_tasks', task.id, task);
  for (const environment of machinery.codexEnvironments) {
    tell('codex_environments', environment.id, {...environment, env_vars: null, secrets: null});
  }
  for (const agent of machinery.agents) tell('agents', agent.id, {...agent, definition: undefined});
  for (const skill of [...machinery.skills, ...machinery.agentSkills]) tell('skills', skill.id, skill);
  return told;
}
