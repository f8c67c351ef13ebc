// Streams of the event types of the Compliance Logs Platform that are not messages, known ones and those a user names.
import * as z from 'zod';
import {logEventFields} from './log-event';
import {object, objects, text} from './optional-field';
import {defineStream, type StreamDefinition} from './row';

export interface LogStreamDefinition extends StreamDefinition {
  /** Event type of its log files. */
  readonly eventType: string;
}

function defineLogStream(
  name: string,
  eventType: string,
  description: string,
  fields: z.ZodRawShape = {}
): LogStreamDefinition {
  const definition = defineStream({
    name,
    description,
    row: z.object({...logEventFields, ...fields}),
    primaryKey: ['event_id'],
    cursorField: 'timestamp',
    isResumable: true,
  });
  return {...definition, eventType};
}

const appFields = {
  app_id: text('Id of the app.'),
  app_name: text('Name of the app.'),
  app_type: text('Kind of the app, such as MCP.'),
  conversation_id: text('Conversation in which it was used.'),
  log_type: text('request or response.'),
  input: object('What was sent to the app.'),
  output: objects('What the app gave back.'),
};

const detailedFields = {
  event_type: text('What happened, such as PROMPT_SENT; the envelope says only which log it is.'),
  client_id: text('Client it happened in.'),
  event_details: object('Details, with a detail_type of their own.'),
};

const auditLogs = defineLogStream('audit_logs', 'AUDIT_LOG', 'One action of an admin, a user or an API key.', {
  action: text('What was done, such as CONVERSATION_DELETE.'),
  action_result: text('SUCCESS, BLOCKED or ERROR.'),
  action_privilege: text('ADMIN or STANDARD_USER.'),
  action_data: object('What it was done to. Numbers and dates may be strings.'),
  request_metadata: object('Address, user agent and host of the request.'),
});

export const logStreams: readonly LogStreamDefinition[] = [
  auditLogs,
  defineLogStream('auth_logs', 'AUTH_LOG', 'One sign-in or sign-out.', {
    action_data: object('What was done, and by which provider.'),
    request_metadata: object('Address, user agent and host of the request.'),
  }),
  defineLogStream('app_logs', 'APP_LOG', 'One request to an app or connector, or its response.', appFields),
  defineLogStream('app_auth_logs', 'APP_AUTH_LOG', 'One authorisation of an app or connector.', appFields),
  defineLogStream('codex_logs', 'CODEX_LOG', 'One event of Codex.', detailedFields),
  defineLogStream('codex_security_logs', 'CODEX_SECURITY_LOG', 'One event of code scanning.', detailedFields),
  defineLogStream('custom_agents_logs', 'CUSTOM_AGENTS_LOG', 'One event of a custom agent.', detailedFields),
  defineLogStream(
    'plugin_spreadsheet_logs',
    'CHATGPT_PLUGIN_SPREADSHEET',
    'One event of the spreadsheet plug-in.',
    detailedFields
  ),
];

/** `CODEX_TURN` is `codex_turn_logs`, and `NEW_LOG` is `new_logs`. */
export function extraLogStream(eventType: string): LogStreamDefinition {
  const name = `${eventType.toLowerCase().replace(/_logs?$/, '')}_logs`;
  return defineLogStream(name, eventType, `One event of type ${eventType}.`);
}
