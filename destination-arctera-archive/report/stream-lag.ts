// How far each log stream of the source is behind, read tolerantly from its own report of the read.
import {type Json, object} from '../../core/json-values';

export interface StreamLag {
  /** End of the newest log file of the stream that was read; null where there was none. */
  readonly newest_end_time: string | null;
  /** Age of that log file when the read ended. */
  readonly lag_seconds: number | null;
  /** By how much the newest event that ChatGPT knows of is later; null where it does not say. */
  readonly behind_seconds: number | null;
}

export type LagByStream = Readonly<Record<string, StreamLag>>;

const maxStreams = 100;
const maxTimeLength = 40;

/** @param value `lag_by_stream` of `capture_runs`; rows of earlier versions have none */
export function toLagByStream(value: unknown): LagByStream {
  const entries = Object.entries(object(value)).filter(([stream]) => /^[a-z0-9_]{1,100}$/i.test(stream));
  return Object.fromEntries(entries.slice(0, maxStreams).map(([stream, lag]) => [stream, toStreamLag(object(lag))]));
}

function toStreamLag({newest_end_time: newest, lag_seconds: lag, behind_seconds: behind}: Json): StreamLag {
  return {
    newest_end_time: typeof newest === 'string' ? newest.slice(0, maxTimeLength) : null,
    lag_seconds: typeof lag === 'number' ? lag : null,
    behind_seconds: typeof behind === 'number' ? behind : null,
  };
}

export interface LateStream {
  readonly stream: string;
  readonly seconds: number;
}

/**
 * Streams that are behind by more than this. One without new events has old log files and is not behind; where ChatGPT
 * does not say when the newest event was, the newest log file of all such streams has to be older.
 */
export function findLate(lags: LagByStream, maxSeconds: number): readonly LateStream[] {
  const behind = Object.entries(lags).flatMap(([stream, {behind_seconds: seconds}]) =>
    seconds !== null && seconds > maxSeconds ? [{stream, seconds}] : []
  );
  const unsaid = Object.entries(lags).flatMap(([stream, {behind_seconds: told, lag_seconds: seconds}]) =>
    told === null && seconds !== null ? [{stream, seconds}] : []
  );
  const [newest] = unsaid.sort((a, b) => a.seconds - b.seconds);
  return newest !== undefined && newest.seconds > maxSeconds ? [...behind, newest] : behind;
}
