// One log line as a row of its stream; a line that cannot be read is a row all the same.
import {unreadableEventId} from '../../contract/log-event';
import type {LogStreamDefinition} from '../../contract/log-streams';
import {asObject, asString, asText, parseObject, unlessTooDeep} from './json-object';
import type {LogLine} from './log-lines';
import type {LogOrigin} from './log-origin';
import {pickFields} from './pick-fields';

export interface LogEventRow {
  readonly event_id: string;
  readonly timestamp: string | null;
  readonly unreadable: boolean;
  readonly [field: string]: unknown;
}

/** Fields of its own that the definition names are taken from the event when they have their type. */
export function toLogEventRow(definition: LogStreamDefinition, line: LogLine, origin: LogOrigin): LogEventRow {
  const parsed = line.encoding === null ? parseObject(line.text) : undefined;
  const eventId = asText(parsed?.event_id);
  const event = eventId === null ? undefined : parsed;
  return Object.assign(pickFields(definition, event ?? {}), {
    event_id: event === undefined || eventId === null ? unreadableEventId(origin.logFileId, line.number) : eventId,
    type: asString(event?.type),
    timestamp: asString(event?.timestamp),
    principal: unlessTooDeep(asObject(event?.principal)),
    actor: unlessTooDeep(asObject(event?.actor)),
    event: line.text,
    event_encoding: line.encoding,
    event_sha256: line.sha256,
    unreadable: event === undefined,
    log_file_id: origin.logFileId,
    log_line: line.number,
    log_file_verified: origin.verified,
    workspace_id: origin.workspaceId,
  });
}
