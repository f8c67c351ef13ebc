// What the policy tests share: a policy from the fields a test is about, and records to ask it about.
import {Policy} from '../../../destination-arctera-archive/policy/policy';
import type {Actor} from '../../../destination-arctera-archive/policy/actors';
import type {Archived, Decision} from '../../../destination-arctera-archive/policy/decision';
import {configSchema} from '../../../destination-arctera-archive/config';
import type {PolicyRecord} from '../../../destination-arctera-archive/policy/record-facts';

export function policyOf(fields: Readonly<Record<string, unknown>>, targets: readonly string[] = []): Policy {
  return new Policy(configSchema.parse({target: {type: 'folder', path: '/archive'}, ...fields}), targets);
}

export const ada: Actor = {
  id: 'user-ada',
  name: 'Ada',
  email: 'ada@desk.acme.test',
  collectorEmail: 'ada@gpt.test',
  isMonitored: true,
  isUnmapped: false,
};

export interface EventFields {
  readonly text?: unknown;
  readonly author?: Readonly<Record<string, unknown>>;
  readonly conversation?: Readonly<Record<string, unknown>>;
  readonly files?: readonly {readonly id: string; readonly name: string}[];
  readonly timestamp?: string;
}

export function recordOf(fields: EventFields = {}, recordId = 'e1'): PolicyRecord {
  const {text = 'hello', author = {type: 'user'}, conversation = {}, files = [], timestamp} = fields;
  return {
    stream: 'messages',
    recordId,
    text: JSON.stringify({
      event_id: recordId,
      timestamp: timestamp ?? '2026-03-01T08:00:00.000001Z',
      actor: {type: 'ACCOUNT_USER', user_id: 'user-ada', user_email: 'ada@gpt.test'},
      message: {id: 'm1', author, content: {type: 'text', value: text}, files},
      conversation: {id: 'c1', title: 'Title', ...conversation},
    }),
  };
}

/** Narrows a decision to one that archives. */
export function archived(decision: Decision): Archived {
  if (decision.disposition !== 'archive') throw new Error(`It is not archived: ${decision.why.reason}`);
  return decision;
}
