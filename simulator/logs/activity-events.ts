// A few AUDIT_LOG and AUTH_LOG events beside the messages: deleted conversations and sign-ins.
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

export const activityTypes = ['AUDIT_LOG', 'AUTH_LOG'] as const;
export type ActivityLines = Readonly<Record<(typeof activityTypes)[number], LogLine[]>>;

export function toActivityLines(
  random: Random,
  workspaceId: string,
  history: readonly Happening[],
  endMicros: number
): ActivityLines {
  const lines: ActivityLines = {AUDIT_LOG: [], AUTH_LOG: []};
  const write = (type: keyof ActivityLines, atMicros: number, person: Person, fields: object): void => {
    if (atMicros >= endMicros) return;
    const eventId = random.uuid();
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
  for (const {conversation, position, atMicros} of history) {
    if (position > 0) continue;
    const {owner, id} = conversation;
    if (random.chance(signInShare)) {
      write('AUTH_LOG', atMicros - 5_000_000, owner, {action_data: {action: 'LOGIN', auth_provider_name: 'saml'}});
    }
    if (random.chance(deletedShare)) {
      write('AUDIT_LOG', atMicros + random.int(3_600, 40_000) * 1_000_000, owner, {
        action: 'CONVERSATION_DELETE',
        action_result: 'SUCCESS',
        action_privilege: 'STANDARD_USER',
        action_data: {conversation_id: id},
      });
    }
  }
  return lines;
}
