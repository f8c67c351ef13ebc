// What in the summary of a run somebody should be told of: codes and counts, never content.
import {type ErrorCode, errorCodes} from '../../core/error-codes';
import type {CaptureFacts} from './reconciliation';
import {findLate} from './stream-lag';
import type {Summary} from './summary';

export interface Alert {
  readonly kind: 'failure' | 'gap' | 'set_aside' | 'unmapped_people' | 'unreconciled' | 'files_at_risk' | 'lag';
  readonly count: number;
  readonly text: string;
  /** Of the source, where the alert is about one. */
  readonly stream?: string;
  readonly code?: string;
  readonly what_to_do?: string;
}

/** @param maxLagHours how far a log stream may be behind; undefined: as far as it is */
export function toAlerts(summary: Summary, maxLagHours: number | undefined): readonly Alert[] {
  const alerts: Alert[] = [];
  const {failure, set_aside_by_code: setAside, unmapped_people: unmapped, unreconciled = []} = summary;
  if (failure !== undefined) alerts.push(toFailure(failure));
  for (const facts of summary.capture_runs) {
    const gaps = facts.retention_gaps.length;
    if (gaps > 0) {
      alerts.push({kind: 'gap', count: gaps, text: 'A period had left retention before it was read.'});
    }
    if (facts.files_at_risk > 0) {
      const text = 'Uploads pass 48 hours before they can be read.';
      alerts.push({kind: 'files_at_risk', count: facts.files_at_risk, text});
    }
    if (maxLagHours !== undefined) alerts.push(...toLagAlerts(facts, maxLagHours * 3600));
  }
  for (const [code, count] of Object.entries(setAside)) {
    alerts.push({...toFailure(code), kind: 'set_aside', count});
  }
  if (unmapped.length > 0) {
    alerts.push({kind: 'unmapped_people', count: unmapped.length, text: 'People have no known identity.'});
  }
  if (unreconciled.length > 0) {
    alerts.push({kind: 'unreconciled', count: unreconciled.length, text: 'Counts differ from those of the source.'});
  }
  return alerts;
}

/** A row without streams is one of an earlier version of the source. */
function toLagAlerts({lag_by_stream: lags, lag_seconds: lag}: CaptureFacts, maxSeconds: number): Alert[] {
  const isUnsaid = Object.keys(lags).length === 0;
  if (isUnsaid && lag !== null && lag > maxSeconds) {
    return [{kind: 'lag', count: lag, text: `The newest log file is ${toMinutes(lag)} minutes old.`}];
  }
  return findLate(lags, maxSeconds).map(({stream, seconds}) => ({
    kind: 'lag',
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
