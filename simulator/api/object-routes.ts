// Listings and single reads of what members own and of what the workspace runs.
import type {Belongings} from '../workspace/belongings';
import type {Call} from './call';
import {isReply, pageFrom, type PageRules, toPage, toReply, type Listed} from './pages';
import {refuse, refuseParameter, type Reply} from './reply';

export function listMemories(call: Call): Reply {
  const memories = [...call.service.workspace.belongings].flatMap(([id, {memory}]) =>
    memory === undefined ? [] : [{id, object: memory}]
  );
  return toReply(toPage(call, {position: 'after', defaultLimit: 200, maxLimit: 200}, memories));
}

/** A listing of what one member owns; the first inactive member is unknown to all of them. */
function ofMember(rules: PageRules, list: (own: Belongings) => readonly Listed[]): (call: Call) => Reply {
  return (call) => {
    const own = call.service.workspace.belongings.get(call.ids[0] ?? '');
    return own === undefined ? refuse(404, 'User not found') : toReply(toPage(call, rules, list(own)));
  };
}

export const listCanvases = ofMember({position: 'after', defaultLimit: 30, maxLimit: 30}, ({canvases}) =>
  canvases.map(({textdocId}) => ({id: textdocId, object: {textdoc_id: textdocId}}))
);

export const listRecordings = ofMember(
  {position: 'cursor', defaultLimit: 10, maxLimit: 20},
  ({recordings}) => recordings
);

const listAutomationsPage = ofMember(
  {position: 'after', defaultLimit: 100, maxLimit: 100, hasNoLastId: true},
  ({automations}) => automations.map(toListed)
);

export function listAutomations(call: Call): Reply {
  const isBoth = call.query.has('after') && call.query.has('since_timestamp');
  return isBoth ? refuse(400, 'after and since_timestamp exclude each other') : listAutomationsPage(call);
}

/** Pages by the number of the version, and the list is a member of the answer. */
export function getCanvas(call: Call): Reply {
  const [userId = '', textdocId] = call.ids;
  const own = call.service.workspace.belongings.get(userId);
  const canvas = own?.canvases.find((one) => one.textdocId === textdocId);
  if (canvas === undefined) return refuse(404, 'Canvas not found');
  const versions = canvas.versions.map((object, index) => ({id: String(index + 1), object}));
  const rules: PageRules = {position: 'after', defaultLimit: 30, maxLimit: 30, lastMember: 'last_version'};
  const page = toPage(call, rules, versions);
  if (isReply(page)) return page;
  return toReply({textdoc_id: canvas.textdocId, textdoc_type: canvas.type, version_contents: page});
}

export function getTranscript(call: Call): Reply {
  const [userId = '', recordingId] = call.ids;
  const own = call.service.workspace.belongings.get(userId);
  const transcript = own?.recordings.find(({id}) => id === recordingId)?.transcript;
  if (transcript === undefined) return refuse(404, 'Recording not found');
  return toReply(call.query.get('include_summary') === 'true' ? transcript : {...transcript, summary: null});
}

export function listCodexTasks(call: Call): Reply {
  const rules: PageRules = {position: 'cursor', defaultLimit: 30, maxLimit: 30, hasNoLastId: true};
  return toReply(toPage(call, rules, call.service.workspace.machinery.codexTasks.map(toListed)));
}

export function listCodexEnvironments(call: Call): Reply {
  const rules: PageRules = {position: 'after', defaultLimit: 30, maxLimit: 30, hasNoLastId: true};
  return toReply(toPage(call, rules, call.service.workspace.machinery.codexEnvironments.map(toListed)));
}

/** Pages are short, and `last_id` is there though it leads nowhere. */
export function listAgents(call: Call): Reply {
  const rules: PageRules = {position: 'cursor', defaultLimit: 20, maxLimit: 50, shortened: 3};
  const agents = call.service.workspace.machinery.agents.map((agent) => ({
    id: agent.id,
    object: {...agent, definition: undefined},
  }));
  return toReply(toPage(call, rules, agents));
}

export function getAgent({ids: [id], service}: Call): Reply {
  const agent = service.workspace.machinery.agents.find((one) => one.id === id);
  return agent?.definition === undefined ? refuse(404, 'Agent not found') : toReply(agent);
}

/** Listings that are POSTs: position and limit come in the body, and the limit must. */
export function listPosted(kind: 'skills' | 'agentSkills'): (call: Call) => Reply {
  return ({body, service}) => {
    const {cursor = null, limit} = body as {cursor?: string | null; limit?: number};
    if (limit === undefined) return refuseParameter('missing', 'limit', 'Field required');
    if (!Number.isInteger(limit) || limit < 1 || limit > 100) {
      return refuseParameter('int_range', 'limit', 'Input should be a whole number from 1 to 100');
    }
    const rules: PageRules = {position: 'cursor', defaultLimit: 100, maxLimit: 100, shortened: 5};
    return toReply(pageFrom(cursor, limit, rules, service.workspace.machinery[kind].map(toListed)));
  };
}

function toListed(object: {readonly id: string}): Listed {
  return {id: object.id, object};
}
