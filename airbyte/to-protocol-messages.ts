// Turns what a source read yields into protocol messages: stats, statuses, traces and the verdict at the end.
import {ConfigError, type ConnectorError, IntegrityError, toConnectorError, TransientError} from '../core/errors';
import type {Clock} from '../core/clock';
import type {ProtocolMessage} from './protocol';
import {RecordRows} from './record-rows';
import type {SourceOutput} from './source';
import {StateNews} from './state-news';
import {StreamCounts} from './stream-counts';
import {toErrorTrace, toEstimateTrace, toStatusTrace} from './traces';

/** Ends with the names of the streams that failed; the process then exits with 1. */
export async function* toProtocolMessages(
  outputs: AsyncIterable<SourceOutput>,
  clock: Clock
): AsyncGenerator<ProtocolMessage | RecordRows, readonly string[]> {
  const counts = new StreamCounts();
  const news = new StateNews();
  const running = new Set<string>();
  const open = new Set<string>();
  const failed: string[] = [];
  let first: ConnectorError | undefined;

  const fail = function* (stream: string, error: ConnectorError): Generator<ProtocolMessage> {
    failed.push(stream);
    first ??= error;
    open.delete(stream);
    yield toStatusTrace({name: stream}, 'INCOMPLETE', clock.nowMs());
    yield toErrorTrace(error, clock.nowMs(), stream);
  };
  const run = function* (stream: string): Generator<ProtocolMessage> {
    running.add(stream);
    yield toStatusTrace({name: stream}, 'RUNNING', clock.nowMs());
  };

  try {
    for await (const output of outputs) {
      const {stream} = output;
      switch (output.kind) {
        case 'started':
          open.add(stream);
          yield toStatusTrace({name: stream}, 'STARTED', clock.nowMs());
          break;
        case 'record':
          if (!running.has(stream)) yield* run(stream);
          counts.add(stream);
          yield {type: 'RECORD', record: {stream, data: output.data, emitted_at: clock.nowMs()}};
          break;
        case 'rows':
          if (!running.has(stream)) yield* run(stream);
          counts.add(stream, output.rows.length);
          yield new RecordRows(stream, output.rows, clock.nowMs());
          break;
        case 'state':
          if (!running.has(stream)) yield* run(stream);
          if (!news.isNews(stream, output.state, counts.of(stream))) break;
          yield {
            type: 'STATE',
            state: {
              type: 'STREAM',
              stream: {stream_descriptor: {name: stream}, stream_state: output.state},
              sourceStats: {recordCount: counts.take(stream)},
            },
          };
          break;
        case 'rate_limited':
          running.add(stream);
          yield toStatusTrace({name: stream}, 'RUNNING', clock.nowMs(), output.untilMs);
          break;
        case 'estimate':
          yield toEstimateTrace(stream, output, clock.nowMs());
          break;
        case 'completed':
          open.delete(stream);
          yield toStatusTrace({name: stream}, 'COMPLETE', clock.nowMs());
          break;
        case 'failed':
          yield* fail(stream, output.error);
          break;
      }
    }
  } catch (error) {
    // A failure that belongs to no one stream ends all that are still open.
    const cause = toConnectorError(error);
    for (const stream of [...open]) {
      failed.push(stream);
      yield toStatusTrace({name: stream}, 'INCOMPLETE', clock.nowMs());
    }
    yield toErrorTrace(cause, clock.nowMs());
    if (failed.length === 0) failed.push('(none)');
    return failed;
  }
  for (const stream of [...open]) {
    yield* fail(stream, new IntegrityError('streams_failed', `Stream ${stream} ended without a verdict.`));
  }
  if (first !== undefined && failed.length > 1) yield toErrorTrace(toSummary(failed, first), clock.nowMs());
  return failed;
}

/** People are shown one failure of a read first: this one says what else failed. It is of the first one's class. */
function toSummary(failed: readonly string[], {failureType}: ConnectorError): ConnectorError {
  const detail = `${failed.length} streams could not be read completely: ${failed.join(', ')}.`;
  if (failureType === 'config_error') return new ConfigError('streams_failed', detail);
  if (failureType === 'transient_error') return new TransientError('streams_failed', detail);
  return new IntegrityError('streams_failed', detail);
}
