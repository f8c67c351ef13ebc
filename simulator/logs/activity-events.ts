// Events beside the messages: deleted conversations, sign-ins, calls of apps, Codex, agents, the spreadsheet plug-in.
import {formatMicros} from '../micro-time';
import type {Random} from '../random';
import type {Happening} from '../workspace/conversation';
import type {Person} from '../workspace/people';
import {toLogLine, type LogLine} from './log-line';

const deletedShare = 0.02;
const signInShare = 0.1;
const requestMetadata = {
  client_ip: '192.0.2.17',
  client_user_agent: 'Mozilla/5.0',
  destination_hostname: 'chatgpt.test',
};

export const activityTypes = [
  'AUDIT_LOG',
  'AUTH_LOG',
  'APP_LOG',
  'APP_AUTH_LOG',
  'CODEX_LOG',
  'CODEX_SECURITY_LOG',
  'CUSTOM_AGENTS_LOG',
  'CHATGPT_PLUGIN_SPREADSHEET',
  'CODEX_TURN',
] as const;
export type ActivityLines = Readonly<Record<(typeof activityTypes)[number], LogLine[]>>;

export function toActivityLines(
  random: Random,
  workspaceId: string,
  history: readonly Happening[],
  endMicros: number
): ActivityLines {
  const lines = Object.fromEntries(activityTypes.map((type) => [type, []])) as unknown as ActivityLines;
  const others = random.fork('others');
  const write = (
    type: keyof ActivityLines,
    atMicros: number,
    person: Person,
    fields: object,
    source: Random = random
  ): void => {
    if (atMicros >= endMicros) return;
    const eventId = source.uuid();
    const event = {
      event_id: eventId,
      type,
      timestamp: formatMicros(atMicros),
      principal: {id: workspaceId, type: 'CHATGPT_WORKSPACE'},
      actor: {type: 'ACCOUNT_USER', user_id: person.id, user_email: person.email},
      request_metadata: requestMetadata,
      ...fields,
    };
    lines[type].push(toLogLine(event, eventId, atMicros, []));
  };
  let isFirst = true; // the oldest conversation has something of every kind
  for (const {conversation, position, atMicros} of history) {
    if (position > 0) continue;
    const {owner, id} = conversation;
    for (const [type, fields] of otherActivity(others, id, isFirst)) {
      write(type, atMicros + others.int(1, 900) * 1_000_000, owner, fields, others);
    }
    if (random.chance(signInShare) || isFirst) {
      write('AUTH_LOG', atMicros - 5_000_000, owner, {action_data: {action: 'LOGIN', auth_provider_name: 'saml'}});
    }
    if (random.chance(deletedShare) || isFirst) {
      write('AUDIT_LOG', atMicros + random.int(3_600, 40_000) * 1_000_000, owner, {
        action: 'CONVERSATION_DELETE',
        action_result: 'SUCCESS',
        action_privilege: 'STANDARD_USER',
        action_data: {conversation_id: id},
      });
    }
    isFirst = false;
  }
  return lines;
}

function otherActivity(
  random: Random,
  conversationId: string,
  isOfEveryKind: boolean
): (readonly [keyof ActivityLines, object])[] {
  const happened: (readonly [keyof ActivityLines, object])[] = [];
  const happen = (share: number, type: keyof ActivityLines, fields: object): void => {
    if (random.chance(share) || isOfEveryKind) happened.push([type, fields]);
  };
  const app = {
    app_id: `app_${random.int(1, 4)}`,
    app_name: 'Tickets',
    app_type: 'MCP',
    conversation_id: conversationId,
  };
  const client = {client_id: `client_${random.int(1, 9)}`};
  happen(0.06, 'APP_LOG', {...app, log_type: 'request', input: {query: `ticket ${random.int(1, 900)}`}, output: []});
  happen(0.02, 'APP_AUTH_LOG', {...app, log_type: 'response', output: [{granted: true}]});
  happen(0.05, 'CODEX_LOG', {
    ...client,
    event_type: 'PROMPT_SENT',
    event_details: {detail_type: 'prompt', text: `Fix test ${random.int(1, 90)}`},
  });
  happen(0.02, 'CODEX_SECURITY_LOG', {
    ...client,
    event_type: 'FINDING_OPENED',
    event_details: {detail_type: 'finding', severity: 'low'},
  });
  happen(0.03, 'CUSTOM_AGENTS_LOG', {
    ...client,
    event_type: 'AGENT_RUN_MESSAGE',
    event_details: {detail_type: 'message', agent_id: `agent_${random.hex(6)}`},
  });
  happen(0.02, 'CHATGPT_PLUGIN_SPREADSHEET', {
    ...client,
    event_type: 'FORMULA_REQUESTED',
    event_details: {detail_type: 'formula', cells: random.int(1, 40)},
  });
  happen(0.03, 'CODEX_TURN', {turn: {id: `turn_${random.hex(8)}`, tokens: random.int(100, 9_000)}});
  return happened;
}
