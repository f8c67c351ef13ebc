// Listings of GPTs and projects, of their configurations and of the people they are shared with.
import type {Assistant} from '../workspace/assistants';
import type {Call} from './call';
import {type PageRules, toPage, toReply} from './pages';
import {refuse, type Reply} from './reply';
import {Seconds} from './service-json';

type FileForm = (fileId: string) => object;

/** Pages are short: only `has_more` says that one is the last. */
const shortPages: PageRules = {position: 'after', defaultLimit: 20, maxLimit: 100, shortened: 3};

export function listAssistants(kind: Assistant['kind']): (call: Call) => Reply {
  return (call) => {
    const ofKind = call.service.workspace.assistants.filter((assistant) => assistant.kind === kind);
    const listed = ofKind.map((assistant) => ({id: assistant.id, object: toAssistant(assistant, fileForm(call))}));
    return toReply(toPage(call, shortPages, listed));
  };
}

export function listConfigurations(kind: Assistant['kind']): (call: Call) => Reply {
  return ofAssistant(kind, (assistant, call) =>
    toReply(
      toPage(
        call,
        {position: 'after', defaultLimit: 20, maxLimit: 20},
        toConfigurations(assistant, fileForm(call)).map((object) => ({id: object.id, object}))
      )
    )
  );
}

export function listSharedUsers(kind: Assistant['kind']): (call: Call) => Reply {
  return ofAssistant(kind, (assistant, call) =>
    toReply(
      toPage(
        call,
        {position: 'after', defaultLimit: 200, maxLimit: 200},
        toSharedUsers(assistant).map((object) => ({id: object.id, object}))
      )
    )
  );
}

function ofAssistant(
  kind: Assistant['kind'],
  answer: (assistant: Assistant, call: Call) => Reply
): (call: Call) => Reply {
  return (call) => {
    const found = call.service.workspace.assistants.find((one) => one.kind === kind && one.id === call.ids[0]);
    return found === undefined ? refuse(400, `Invalid ${kind}_id`) : answer(found, call);
  };
}

/** Unless ids are asked for, each listing signs addresses anew. */
function fileForm({query, signedHost}: Call): FileForm {
  if (query.get('file_format') === 'id') return () => ({});
  return (fileId) => ({download_url: signedHost.redirect('file', fileId).headers?.['location']});
}

export function toAssistant(assistant: Assistant, form: FileForm = () => ({})): object {
  const {kind, id, owner, createdSeconds} = assistant;
  const object = `compliance.workspace.${kind}`;
  return {
    object,
    id,
    created_at: new Seconds(createdSeconds),
    owner_id: owner.id,
    owner_email: owner.email,
    builder_name: kind === 'gpt' ? owner.name : undefined,
    sharing: {
      object: `${object}.sharing`,
      visibility: 'workspace',
      permissions: {can_read: true, can_view_config: false, can_write: false},
      recipients: toSharedUsers(assistant),
    },
    latest_config: {object: 'list', has_more: false, data: toConfigurations(assistant, form).slice(0, 1)},
  };
}

/** Newest first. */
function toConfigurations(assistant: Assistant, form: FileForm = () => ({})): {readonly id: string}[] {
  const {kind, configId, name, instructions, owner, createdSeconds, knowledge, earlierInstructions} = assistant;
  const object = `compliance.workspace.${kind}`;
  const files = knowledge.map((upload) => ({
    object: `${object}.file`,
    id: upload.fileId,
    name: upload.name,
    ...form(upload.fileId),
  }));
  return [instructions, ...earlierInstructions].map((text, age) => ({
    object: `${object}.configuration`,
    id: age === 0 ? configId : `${configId}_${age}`,
    name,
    description: '',
    instructions: text,
    categories: [],
    conversation_starters: [],
    created_at: new Seconds(createdSeconds + 86_400.1 - age * 60),
    ...(kind === 'gpt' && {version_author: {id: owner.id, email: owner.email}}),
    files: {object: 'list', has_more: false, data: files},
    tools: {
      object: 'list',
      data: [
        {type: 'browser'},
        {type: 'custom_action', action_domain: 'api.acme.test', auth_type: 'oauth', action_openapi_raw: '{}'},
      ],
    },
    ...(kind === 'project' && {connector_scopes: {object: 'list', data: []}}),
  }));
}

function toSharedUsers({kind, sharedWith}: Assistant): {readonly id: string}[] {
  return sharedWith.map(({id, email}) => ({
    object: `compliance.workspace.${kind}.shared_user`,
    id,
    email,
    permissions: {can_read: true},
  }));
}
