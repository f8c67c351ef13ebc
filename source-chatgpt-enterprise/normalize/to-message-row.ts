// One log line as a row of `messages`; a line that cannot be read is a row all the same.
import {unreadableEventId} from '../../contract/log-event';
import type {MessageRow} from '../../contract/messages';
import {asObject, asString, asText, type JsonObject, parseObject} from './json-object';
import type {LogLine} from './log-lines';
import type {LogOrigin} from './log-origin';

export function toMessageRow(line: LogLine, origin: LogOrigin): MessageRow {
  const event = line.encoding === null ? parseObject(line.text) : undefined;
  const eventId = asText(event?.event_id);
  return event === undefined || eventId === null
    ? toUnreadableRow(line, origin)
    : toEventRow(line, origin, event, eventId);
}

function toEventRow(line: LogLine, origin: LogOrigin, event: JsonObject, eventId: string): MessageRow {
  const message = asObject(event.message);
  const conversation = asObject(event.conversation);
  return {
    event_id: eventId,
    type: asString(event.type),
    timestamp: asString(event.timestamp),
    principal: asObject(event.principal),
    actor: asObject(event.actor),
    event: line.text,
    event_encoding: null,
    event_sha256: line.sha256,
    unreadable: false,
    log_file_id: origin.logFileId,
    log_line: line.number,
    log_file_verified: origin.verified,
    workspace_id: origin.workspaceId,
    conversation_id: asText(conversation?.id),
    message_id: asText(message?.id),
    previous_message_id: asText(event.previous_message_id),
    message,
    conversation,
  };
}

function toUnreadableRow(line: LogLine, origin: LogOrigin): MessageRow {
  return {
    event_id: unreadableEventId(origin.logFileId, line.number),
    type: null,
    timestamp: null,
    principal: null,
    actor: null,
    event: line.text,
    event_encoding: line.encoding,
    event_sha256: line.sha256,
    unreadable: true,
    log_file_id: origin.logFileId,
    log_line: line.number,
    log_file_verified: origin.verified,
    workspace_id: origin.workspaceId,
    conversation_id: null,
    message_id: null,
    previous_message_id: null,
    message: null,
    conversation: null,
  };
}
