// The Compliance Logs Platform: list, download and newest event time of log files.
import {toListItem} from '../logs/log-file';
import {formatMicros, parseMicros} from '../micro-time';
import {refuse, refuseParameter, type Reply} from './reply';
import type {Call} from './routes';

/** Served under the organization route only. */
const organizationTypes = ['COSTS'];

export function listLogs({service, query}: Call): Reply {
  const eventTypes = query.getAll('event_type').flatMap((text) => text.split(',').filter(Boolean));
  if (eventTypes.length === 0) return refuseParameter('missing', 'event_type', 'Field required');
  const misplaced = eventTypes.find((type) => organizationTypes.includes(type));
  if (misplaced !== undefined) {
    return refuse(400, `${misplaced} is served by /v1/compliance/organizations/{organization_id}/logs`);
  }
  const after = query.get('after');
  if (after === null) return refuseParameter('missing', 'after', 'Field required');
  const afterMicros = parseMicros(after);
  if (afterMicros === undefined)
    return refuseParameter('datetime_parsing', 'after', 'Input should be a valid datetime');
  const before = query.get('before');
  const beforeMicros = before === null ? Infinity : parseMicros(before);
  if (beforeMicros === undefined) {
    return refuseParameter('datetime_parsing', 'before', 'Input should be a valid datetime');
  }
  const limit = Number(query.get('limit') ?? 100);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) {
    return refuseParameter('int_range', 'limit', 'Input should be a whole number from 1 to 100');
  }
  const page = service.logs.list({eventTypes, afterMicros, beforeMicros, limit}, service.nowMicros());
  const last = page.files.at(-1);
  return {
    status: 200,
    body: {
      data: page.files.map(toListItem),
      has_more: page.hasMore,
      last_end_time: last === undefined ? null : formatMicros(last.endMicros),
    },
  };
}

export function downloadLog({service, signedHost, ids: [id = '']}: Call): Reply {
  if (!/^eclf_[0-9a-f]+$/.test(id)) return refuse(400, 'Invalid log_file_id');
  const file = service.logs.find(id, service.nowMicros());
  return file === undefined ? refuse(404, 'Log file not found') : signedHost.redirect('log', id);
}

export function maxEventTime({service, query}: Call): Reply {
  const eventType = query.get('event_type');
  if (eventType === null) return refuseParameter('missing', 'event_type', 'Field required');
  const newest = service.logs.kept(service.nowMicros()).findLast((file) => file.eventType === eventType);
  return {
    status: 200,
    body: {max_event_time: {[eventType]: newest === undefined ? null : formatMicros(newest.endMicros)}},
  };
}
