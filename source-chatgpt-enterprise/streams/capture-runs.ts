// Stream `capture_runs`: one row at the end of the read, what it covered and counted.
import {packageVersion} from '../../airbyte/connector-process';
import type {SourceOutput} from '../../airbyte/source';
import {type CaptureRunRow, captureRuns} from '../../contract/capture-runs';
import {microsOf, microsOfMs} from '../../core/micros';
import type {StreamLag} from '../cursor/stream-lag';
import {nowIso, type ReadScope, type SelectedStates} from './read-scope';

const stream = captureRuns.name;

/**
 * @param startedAt when the read began
 * @param lagByStream how far each log stream is behind
 */
export function* readCaptureRuns(
  scope: ReadScope,
  selected: SelectedStates,
  startedAt: string,
  lagByStream: Readonly<Record<string, StreamLag>>
): Generator<SourceOutput, void, undefined> {
  if (!selected.has(stream)) return;
  yield {kind: 'started', stream};
  const row = {...toCaptureRunRow(scope, startedAt), lag_by_stream: {...lagByStream}};
  yield {kind: 'record', stream, data: row};
  const state = {version: 1, run_id: row.run_id, ended_at: row.ended_at, ...scope.gaps.told()};
  yield {kind: 'state', stream, state};
  yield {kind: 'completed', stream};
}

function toCaptureRunRow(scope: ReadScope, startedAt: string): Omit<CaptureRunRow, 'lag_by_stream'> {
  const {tally} = scope;
  const gap = scope.gaps.toRow();
  const lag = tally.windowEnd === null ? null : microsOfMs(scope.clock.nowMs()) - microsOf(tally.windowEnd);
  return {
    run_id: scope.runId,
    workspace_id: scope.workspaceId,
    connector_version: packageVersion(),
    started_at: startedAt,
    ended_at: nowIso(scope),
    window_start: tally.windowStart,
    window_end: tally.windowEnd,
    log_files: tally.logFiles,
    log_bytes: tally.logBytes,
    events: tally.events,
    repeated_events: tally.repeatedEvents,
    unreadable_lines: tally.unreadableLines,
    events_before_start_date: tally.eventsBeforeStartDate,
    records: {...tally.records},
    files_by_outcome: {...tally.filesByOutcome},
    files_waiting: tally.filesWaiting,
    files_at_risk: tally.filesAtRisk,
    unverified_log_files: tally.unverifiedLogFiles,
    retention_gap: gap === null ? null : {...gap},
    lag_seconds: lag === null ? null : Number(lag / 1_000_000n),
  };
}
