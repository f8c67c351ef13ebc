// What in the summary of a run somebody should be told of: codes and counts, never content.
import {type ErrorCode, errorCodes} from '../../core/error-codes';
import type {CaptureFacts} from './reconciliation';
import {findLate} from './stream-lag';
import type {Summary} from './summary';

/** Of what has no code, and so no entry in the table of errors. */
export const remedies = {
  gap: 'What the API no longer holds cannot be read. Let the connection run every hour, so that failures are seen long before 30 days.',
  files_at_risk:
    'Let the connection run every hour, and raise requests_per_minute as far as the limits of the workspace allow.',
  unmapped_people: 'Add them to the identity map.',
  unreconciled: 'Run the connection again; if it stays, compare with capture_runs.',
  lag: 'See whether syncs of the connection fail, or take longer than its schedule; if not, ask OpenAI support.',
} as const;

export interface Alert {
  readonly kind: 'failure' | 'set_aside' | keyof typeof remedies;
  readonly count: number;
  readonly text: string;
  /** Of the source, where the alert is about one. */
  readonly stream?: string;
  readonly code?: string;
  readonly what_to_do: string;
}

/** @param maxLagHours how far a log stream may be behind; undefined: as far as it is */
export function toAlerts(summary: Summary, maxLagHours: number | undefined): readonly Alert[] {
  const alerts: Alert[] = [];
  const add = (kind: keyof typeof remedies, count: number, text: string): void =>
    void alerts.push({kind, count, text, what_to_do: remedies[kind]});
  const {failure, set_aside_by_code: setAside, unmapped_people: unmapped, unreconciled = []} = summary;
  if (failure !== undefined) alerts.push(toFailure(failure));
  for (const facts of summary.capture_runs) {
    const gaps = facts.retention_gaps.length;
    if (gaps > 0) add('gap', gaps, 'A period had left retention before it was read.');
    if (facts.files_at_risk > 0) {
      add('files_at_risk', facts.files_at_risk, 'Uploads pass 48 hours before they can be read.');
    }
    if (maxLagHours !== undefined) alerts.push(...toLagAlerts(facts, maxLagHours * 3600));
  }
  for (const [code, count] of Object.entries(setAside)) {
    alerts.push({...toFailure(code), kind: 'set_aside', count});
  }
  if (unmapped.length > 0) add('unmapped_people', unmapped.length, 'People have no known identity.');
  if (unreconciled.length > 0) add('unreconciled', unreconciled.length, 'Counts differ from those of the source.');
  return alerts;
}

/** A row without streams is one of an earlier version of the source. */
function toLagAlerts({lag_by_stream: lags, lag_seconds: lag}: CaptureFacts, maxSeconds: number): Alert[] {
  const isUnsaid = Object.keys(lags).length === 0;
  const late = {kind: 'lag', what_to_do: remedies.lag} as const;
  if (isUnsaid && lag !== null && lag > maxSeconds) {
    return [{...late, count: lag, text: `The newest log file is ${toMinutes(lag)} minutes old.`}];
  }
  return findLate(lags, maxSeconds).map(({stream, seconds}) => ({
    ...late,
    count: seconds,
    stream,
    text: `Stream ${stream} is ${toMinutes(seconds)} minutes behind.`,
  }));
}

function toMinutes(seconds: number): number {
  return Math.round(seconds / 60);
}

export function toFailure(code: string): Alert {
  const entry = errorCodes[code as ErrorCode] as (typeof errorCodes)[ErrorCode] | undefined;
  return {kind: 'failure', count: 1, code, text: entry?.meaning ?? code, what_to_do: entry?.remedy ?? ''};
}
