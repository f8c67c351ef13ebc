// The log streams other than messages, each with a pass of its own, and those that the user names by event type.
import type {SourceOutput} from '../../airbyte/source';
import {extraLogStream, type LogStreamDefinition, logStreams} from '../../contract/log-streams';
import {ConfigError} from '../../core/errors';
import {toSortableTime} from '../../core/micros';
import type {DownloadedLog} from '../api/log-download';
import {toCountedEventRows} from './log-file-rows';
import {readLogPass} from './log-pass';
import {messageEventType} from './message-pass';
import type {ReadScope, SelectedStates, StreamOutputs} from './read-scope';

/** Streams for the event types that have none built in. */
export function toExtraLogStreams(
  eventTypes: readonly string[],
  builtIn: readonly {readonly name: string}[]
): readonly LogStreamDefinition[] {
  const extra = [...new Set(eventTypes)].filter((type) => builtInStreamOf(type) === undefined).map(extraLogStream);
  const names = [...builtIn, ...extra].map(({name}) => name);
  const taken = names.find((name, index) => names.indexOf(name) !== index);
  if (taken === undefined) return extra;
  throw new ConfigError('config_invalid', `Two of the log types would be stream ${taken}: see extra_log_types.`);
}

/** Name of the stream that has the event type already. */
export function builtInStreamOf(eventType: string): string | undefined {
  if (eventType === messageEventType) return 'messages';
  return logStreams.find((definition) => definition.eventType === eventType)?.name;
}

export async function* readLogStream(
  scope: ReadScope,
  selected: SelectedStates,
  definition: LogStreamDefinition
): StreamOutputs {
  yield* readLogPass(scope, selected, {
    eventType: definition.eventType,
    streams: [definition.name],
    records: (log) => toRecords(scope, log, definition),
  });
}

function* toRecords(
  scope: ReadScope,
  log: DownloadedLog,
  definition: LogStreamDefinition
): Generator<SourceOutput, void, undefined> {
  for (const data of toCountedEventRows(scope, log, definition)) {
    if (!data.unreadable && toSortableTime(data.timestamp ?? '') === undefined) scope.tally.unreadableTimes++;
    yield {kind: 'record', stream: definition.name, data};
  }
}
