// Log events as people read them: what was done, by whom, when; a deletion is told as one.
import {toActor} from '../../contract/record-owner';
import type {Fact} from './fact';
import {toFlatFacts} from './flat-facts';
import type {DocumentSection} from './item';
import {filled, type Json, object, parseJson} from '../../core/json-values';
import type {RecordWords} from './record-words';

/** Actions of `audit_logs` that remove something, with what they remove. */
const deletions: Readonly<Record<string, string>> = {
  CONVERSATION_DELETE: 'Conversation',
  DELETE_CONVERSATION: 'Conversation',
  DELETE_USER_FILE: 'File',
  DELETE_USER_LIBRARY_FILE: 'Library file',
  DELETE_GPT: 'GPT',
  CUSTOM_GPT_DELETE: 'GPT',
  DELETE_PROJECT: 'Project',
  DELETE_GPT_FILE: 'File of a GPT',
  DELETE_PROJECT_FILE: 'File of a project',
  DELETE_PROJECT_GROUP_CHAT: 'Group chat of a project',
  DELETE_MEMORY: 'Memory',
  DELETE_CANVAS_TEXT_DOC: 'Canvas',
  DELETE_RECORDING: 'Recording',
  DELETE_AUTOMATION: 'Automation',
  DELETE_CODEX_TASK: 'Codex task',
  DELETE_CODEX_ENVIRONMENT: 'Codex environment',
  DELETE_CUSTOM_AGENT: 'Agent',
  SKILL_DELETE: 'Skill',
  DELETE_WORKSPACE_SKILL: 'Skill',
  USER_DELETE: 'User',
};

/** @param text the exact log line */
export function parseLogEvent(text: string): Json {
  return object(parseJson(text));
}

/** @returns undefined for an event that removes nothing: only what succeeded did */
export function describeDeletion(event: Json): RecordWords | undefined {
  const action = filled(event['action']) ?? '';
  const what = Object.hasOwn(deletions, action) ? deletions[action] : undefined;
  if (what === undefined || event['action_result'] !== 'SUCCESS') return undefined;
  const section = toLogSection(event);
  return {
    kind: 'tombstone',
    title: `${what} deleted`,
    facts: [{label: 'Deleted by', value: section.author ?? 'unknown'}],
    sections: [{...section, text: `${what} deleted in ChatGPT. What was captured before stays in this archive.`}],
    owner: toActor(object(event['actor'])),
    conversationId: filled(object(event['action_data'])['conversation_id']),
    timestamp: filled(event['timestamp']),
  };
}

export function toLogSection(event: Json): DocumentSection {
  const told = new Set(['event_id', 'type', 'timestamp', 'action', 'event_type', 'actor', 'principal']);
  const heading = filled(event['action']) ?? filled(event['event_type']) ?? filled(event['type']) ?? 'Event';
  return {
    heading,
    author: describeActor(event),
    timestamp: filled(event['timestamp']),
    facts: [...idFact(event), ...toFlatFacts(event, told)],
  };
}

function idFact(event: Json): Fact[] {
  const id = filled(event['event_id']);
  return id === undefined ? [] : [{label: 'event id', value: id}];
}

function describeActor(event: Json): string {
  const actor = object(event['actor']);
  const person = toActor(actor);
  if (person !== undefined) return person.email ?? person.id;
  const kind = filled(actor['type'])?.replaceAll('_', ' ').toLowerCase();
  const {id, api_key_id: keyId, redacted_id: redactedId, redacted_key: redactedKey} = actor;
  const name = [id, keyId, redactedId, redactedKey].map(filled).find((each) => each !== undefined);
  return [kind ?? 'unknown', name].filter((each) => each !== undefined).join(' ');
}
