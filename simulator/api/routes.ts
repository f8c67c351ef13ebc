// The table of routes: method, path below the workspace, the scope it needs, and who answers.
import type {Scope} from '../options';
import type {Call} from './call';
import {exportSkill, getGptFile, getLibraryFile, getProjectFile, getUserFile} from './file-routes';
import {listAssistants, listConfigurations, listSharedUsers} from './assistant-routes';
import {listLibraryFiles, listUsers} from './lists';
import {downloadLog, listLogs, maxEventTime} from './log-routes';
import {
  getAgent,
  getCanvas,
  getTranscript,
  listAgents,
  listAutomations,
  listCanvases,
  listCodexEnvironments,
  listCodexTasks,
  listMemories,
  listPosted,
  listRecordings,
} from './object-routes';
import {refuse, type Reply} from './reply';

export interface Route {
  readonly method: string;
  readonly path: string;
  readonly scope: Scope;
  readonly answer: (call: Call) => Reply;
}

const routes: readonly Route[] = [
  get('/logs', 'logs', listLogs),
  get('/logs/{}', 'logs', downloadLog),
  get('/max_event_time', 'logs', maxEventTime),
  get('/users', 'stateful', listUsers),
  get('/users/{}/files/{}', 'files', getUserFile),
  get('/users/{}/library_files', 'stateful', listLibraryFiles),
  get('/users/{}/library_files/{}', 'files', getLibraryFile),
  get('/project_files/{}', 'files', getProjectFile),
  get('/gpt_files/{}', 'files', getGptFile),
  get('/gpts', 'stateful', listAssistants('gpt')),
  get('/projects', 'stateful', listAssistants('project')),
  get('/conversations', 'stateful', () =>
    refuse(410, 'This endpoint has been removed; use the Compliance Logs Platform')
  ),
  get('/gpts/{}/configs', 'stateful', listConfigurations('gpt')),
  get('/projects/{}/configs', 'stateful', listConfigurations('project')),
  get('/gpts/{}/shared_users', 'stateful', listSharedUsers('gpt')),
  get('/projects/{}/shared_users', 'stateful', listSharedUsers('project')),
  get('/memories', 'stateful', listMemories),
  get('/codex_tasks', 'stateful', listCodexTasks),
  get('/codex_environments', 'stateful', listCodexEnvironments),
  get('/agents', 'stateful', listAgents),
  get('/agents/{}', 'stateful', getAgent),
  get('/users/{}/canvases', 'stateful', listCanvases),
  get('/users/{}/canvas/{}', 'stateful', getCanvas),
  get('/users/{}/recordings', 'stateful', listRecordings),
  get('/users/{}/recordings/{}/transcript', 'stateful', getTranscript),
  get('/users/{}/automations', 'stateful', listAutomations),
  get('/skills/{}/export', 'files', exportSkill),
  {method: 'POST', path: '/skills', scope: 'stateful', answer: listPosted('skills')},
  {method: 'POST', path: '/agent-skills', scope: 'stateful', answer: listPosted('agentSkills')},
];

/** The route of a path below the workspace with its ids; undefined when there is none or an id is not decodable. */
export function findRoute(method: string, path: string): {readonly route: Route; readonly ids: string[]} | undefined {
  const given = path.split('/');
  for (const route of routes) {
    const wanted = route.path.split('/');
    if (route.method !== method || wanted.length !== given.length) continue;
    if (!wanted.every((part, index) => part === given[index] || (part === '{}' && given[index] !== ''))) continue;
    try {
      return {route, ids: given.filter((_, index) => wanted[index] === '{}').map(decodeURIComponent)};
    } catch {
      return undefined;
    }
  }
  return undefined;
}

function get(path: string, scope: Scope, answer: Route['answer']): Route {
  return {method: 'GET', path, scope, answer};
}
