// Every route that the source uses, asked once: its status, and the form of what refuses.
import {logStreams} from '../../contract/log-streams';
import {type Json, object} from '../../core/json-values';
import {messageEventType} from '../../source-chatgpt-enterprise/streams/message-pass';
import {begin, type Facts, say} from './fact-sheet';
import {formOf, toObjects, toText} from './json-facts';
import type {Answer, Prober} from './prober';

const newerTypes = ['CODEX_TURN'];

/** Asks for what may be listed for the whole workspace. Returns a member to ask for things of. */
export async function askWorkspaceRoutes(prober: Prober, facts: Facts, after: string): Promise<string | undefined> {
  begin('Status by route');
  const statuses: Answer['status'][] = [];
  for (const type of [messageEventType, ...logStreams.map(({eventType}) => eventType), ...newerTypes]) {
    const answer = await prober.get(['logs'], {event_type: type, after, limit: '1'});
    statuses.push(answer.status);
    const isEmpty = answer.status === 200 && toObjects(answer.json['data']).length === 0;
    tell(`logs ${type}`, answer, isEmpty ? ', none in 48 h' : '');
  }
  if (statuses.every((status) => status === 403)) facts.missingScopes.push('logs');
  tell('logs without a time', await prober.get(['logs'], {event_type: messageEventType}));
  const users = await prober.get(['users'], {limit: '200'});
  const listed = toObjects(users.json['data']);
  tell('users', users);
  if (users.status === 403) facts.missingScopes.push('stateful');
  if (users.status === 200 && users.json['has_more'] !== true) facts.members = listed.length;
  const active = listed.find((user) => user['status'] !== 'inactive') ?? listed[0];
  return active === undefined ? undefined : toText(active['id']);
}

/** Asks for current objects and what belongs to one of each. */
export async function askObjectRoutes(prober: Prober, users: readonly string[]): Promise<void> {
  for (const kind of ['gpts', 'projects']) {
    const listing = await prober.get([kind], {limit: '1', file_format: 'id'});
    tell(kind, listing);
    const one = firstOf(listing);
    const id = toText(one['id']);
    if (id === '') continue;
    tell(`${kind}/{id}/configs`, await prober.get([kind, id, 'configs'], {limit: '1', file_format: 'id'}));
    tell(`${kind}/{id}/shared_users`, await prober.get([kind, id, 'shared_users']));
    const fileId = toText(knowledgeOf(one)['id']);
    const route = kind === 'gpts' ? 'gpt_files' : 'project_files';
    if (fileId !== '') tell(`${route}/{id}`, await prober.get([route, fileId]));
  }
  tell('memories', await prober.get(['memories'], {limit: '1'}));
  tell('codex_tasks', await prober.get(['codex_tasks'], {limit: '1'}));
  tell('codex_environments', await prober.get(['codex_environments'], {limit: '1'}));
  const agents = await prober.get(['agents'], {limit: '1'});
  tell('agents', agents);
  const agentId = toText(firstOf(agents)['id']);
  if (agentId !== '') tell('agents/{id}', await prober.get(['agents', agentId]));
  for (const kind of ['skills', 'agent-skills']) {
    const listing = await prober.list([kind], {cursor: null, limit: 1});
    tell(kind, listing);
    const skillId = toText(firstOf(listing)['id']);
    if (skillId !== '') tell(`${kind}: skills/{id}/export`, await prober.get(['skills', skillId, 'export']));
  }
  if (users.length > 0) await askMemberRoutes(prober, users);
}

async function askMemberRoutes(prober: Prober, users: readonly string[]): Promise<void> {
  const one = {limit: '1'};
  const canvas = await askUntilFound(prober, users, 'canvases');
  if (canvas !== undefined) {
    const id = toText(canvas.object['textdoc_id']) || toText(canvas.object['id']);
    tell('users/{id}/canvas/{id}', await prober.get(['users', canvas.user, 'canvas', id], one));
  }
  const recording = await askUntilFound(prober, users, 'recordings');
  if (recording !== undefined) {
    const path = ['users', recording.user, 'recordings', toText(recording.object['id']), 'transcript'];
    tell('users/{id}/recordings/{id}/transcript', await prober.get(path, {include_summary: 'true'}));
  }
  await askUntilFound(prober, users, 'automations');
  const file = await askUntilFound(prober, users, 'library_files');
  if (file !== undefined) {
    const path = ['users', file.user, 'library_files', toText(file.object['id'])];
    tell('users/{id}/library_files/{id}', await prober.get(path));
  }
}

/** The first thing that one of these members has. */
async function askUntilFound(
  prober: Prober,
  users: readonly string[],
  what: string
): Promise<{readonly user: string; readonly object: Json} | undefined> {
  for (const user of users) {
    const listing = await prober.get(['users', user, what], {limit: '1'});
    const [object] = toObjects(listing.json['data']);
    tell(`users/{id}/${what}`, listing, object === undefined ? ', none' : '');
    if (object !== undefined) return {user, object};
    if (listing.status !== 200) return undefined;
  }
  return undefined;
}

function tell(route: string, {bytes, status}: Answer, more = ''): void {
  const isRefused = typeof status === 'number' && status >= 400;
  say(route, `${status}${isRefused ? `, ${formOf(bytes)}` : more}`);
}

function firstOf({json}: Answer): Json {
  return toObjects(json['data'])[0] ?? {};
}

function knowledgeOf(assistant: Json): Json {
  const [config = {}] = toObjects(object(assistant['latest_config'])['data']);
  return toObjects(object(config['files'])['data'])[0] ?? {};
}
