// Builds TRACE messages from fixed fields, so that nothing of an HTTP exchange or a record can slip into one.
import type {ConnectorError} from '../core/errors';
import type {ProtocolMessage, StreamDescriptor, StreamStatus} from './protocol';

export function toErrorTrace(error: ConnectorError, nowMs: number, stream?: string): ProtocolMessage {
  return {
    type: 'TRACE',
    trace: {
      type: 'ERROR',
      emitted_at: nowMs,
      error: {
        message: error.message,
        internal_message: `${error.name} ${error.code}`,
        failure_type: error.failureType,
        ...(stream === undefined ? {} : {stream_descriptor: {name: stream}}),
      },
    },
  };
}

/** @param rateLimitedUntilMs Unix milliseconds at which a rate limit ends; the platform shows it to the user */
export function toStatusTrace(
  stream: StreamDescriptor,
  status: StreamStatus,
  nowMs: number,
  rateLimitedUntilMs?: number
): ProtocolMessage {
  const reasons =
    rateLimitedUntilMs === undefined
      ? {}
      : {reasons: [{type: 'RATE_LIMITED', rate_limited: {quota_reset: rateLimitedUntilMs}}]};
  return {
    type: 'TRACE',
    trace: {
      type: 'STREAM_STATUS',
      emitted_at: nowMs,
      stream_status: {stream_descriptor: stream, status, ...reasons},
    },
  };
}

/** What the whole read is expected to bring for the stream; a later estimate replaces it. */
export function toEstimateTrace(
  stream: string,
  {bytes, rows}: {readonly bytes: number; readonly rows: number},
  nowMs: number
): ProtocolMessage {
  return {
    type: 'TRACE',
    trace: {
      type: 'ESTIMATE',
      emitted_at: nowMs,
      estimate: {name: stream, type: 'STREAM', row_estimate: rows, byte_estimate: bytes},
    },
  };
}
