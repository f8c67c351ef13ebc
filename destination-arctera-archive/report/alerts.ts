// What in the summary of a run somebody should be told of: codes and counts, never content.
import {type ErrorCode, errorCodes} from '../../core/error-codes';
import type {Summary} from './summary';

export interface Alert {
  readonly kind: 'failure' | 'gap' | 'set_aside' | 'unmapped_people' | 'unreconciled' | 'files_at_risk' | 'lag';
  readonly count: number;
  readonly text: string;
  readonly code?: string;
  readonly what_to_do?: string;
}

/** @param maxLagHours age of the newest log file that is still in order; undefined: any is */
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
    const {lag_seconds: lag} = facts;
    if (maxLagHours !== undefined && lag !== null && lag > maxLagHours * 3600) {
      alerts.push({kind: 'lag', count: lag, text: `The newest log file is ${Math.round(lag / 60)} minutes old.`});
    }
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

export function toFailure(code: string): Alert {
  const entry = errorCodes[code as ErrorCode] as (typeof errorCodes)[ErrorCode] | undefined;
  return {kind: 'failure', count: 1, code, text: entry?.meaning ?? code, what_to_do: entry?.remedy ?? ''};
}
