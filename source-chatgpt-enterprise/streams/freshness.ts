// Asks the service how new its newest events are.
import {ConnectorError} from '../../core/errors';
import {getMaxEventTime} from '../api/max-event-time';
import {awaiting, type ReadScope, type StreamOutputs} from './read-scope';

/** Null when the service does not say; one that does not answer is not asked for further types in this read. */
export async function* askMaxEventTime(
  scope: ReadScope,
  eventType: string,
  streams: readonly string[]
): StreamOutputs<string | null> {
  const {client, tally} = scope;
  if (!tally.tellsMaxEventTime) return null;
  try {
    return yield* awaiting(scope, streams, getMaxEventTime(client, eventType));
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    tally.tellsMaxEventTime = error.code === 'request_rejected'; // it may not know this one type
    return null;
  }
}
