// What every stream of one read shares: the client, the clock, the bounds, the counts.
import type {SourceOutput} from '../../airbyte/source';
import type {LogStreamDefinition} from '../../contract/log-streams';
import type {Clock} from '../../core/clock';
import type {ComplianceClient} from '../api/client';
import type {RateLimitNotices} from '../api/rate-limit-notices';
import type {SourceEvents} from '../events';
import type {RetentionGaps} from './retention-gaps';
import type {RunTally} from './run-tally';

export interface ReadScope {
  readonly client: ComplianceClient;
  readonly clock: Clock;
  readonly events: SourceEvents;
  readonly notices: RateLimitNotices;
  readonly tally: RunTally;
  /** What had left retention before it was read. */
  readonly gaps: RetentionGaps;
  /** Of this read, as its row in `capture_runs` has it. */
  readonly runId: string;
  readonly newId: () => string;
  readonly workspaceId: string;
  /** Streams of the event types that the user named. */
  readonly extraLogStreams: readonly LogStreamDefinition[];
  readonly refreshHours: number;
  readonly requestsPerMinute: number;
  /** Streams that are read anew each time, and so to their end however long it takes. */
  readonly readWhole?: ReadonlySet<string>;
  /** Files beyond it are not captured: their outcome is `too_large`. */
  readonly maxFileBytes: number;
  /** Log files that end up to here are not listed by a new cursor. */
  readonly listStart: string;
  /** Events before this are left out; undefined when the user gave no start date. */
  readonly startDate: string | undefined;
  /** Streams that left out events which are asked for now: they begin anew, whatever was saved. */
  readonly beginAnew?: ReadonlySet<string>;
}

/** The saved state of each selected stream; undefined where it starts anew. */
export type SelectedStates = ReadonlyMap<string, unknown>;

export type StreamOutputs<Result = void> = AsyncGenerator<SourceOutput, Result, undefined>;

/** Awaits the promise and reports waits for rate limits as outputs of the streams. */
export async function* awaiting<T>(
  scope: ReadScope,
  streams: readonly string[],
  promise: Promise<T>
): StreamOutputs<T> {
  const waits = scope.notices.awaiting(promise);
  for (;;) {
    const next = await waits.next();
    if (next.done === true) return next.value;
    scope.events.rateLimited(next.value);
    for (const stream of streams) yield {kind: 'rate_limited', stream, untilMs: next.value};
  }
}

export function nowIso(scope: ReadScope): string {
  return new Date(scope.clock.nowMs()).toISOString();
}
