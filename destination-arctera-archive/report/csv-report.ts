// The counts of a run as CSV: one line a scope, a name and what was counted of it.
import type {Summary} from './summary';
import {outcomes} from './tally';

const columns = ['collected', ...outcomes, 'without_outcome'];

export function renderCsv(summary: Summary): string {
  const {run_id: runId, ended_at: endedAt, streams, users, days} = summary;
  const rows = [['run_id', 'ended_at', 'scope', 'name', ...columns]];
  for (const [scope, counted] of Object.entries({stream: streams, user: users, day: days})) {
    for (const [name, counts] of Object.entries(counted)) {
      rows.push([runId, endedAt, scope, name, ...columns.map((column) => String(counts[column] ?? 0))]);
    }
  }
  for (const [scope, counted] of Object.entries({
    item: summary.items,
    file: summary.files,
    rule: summary.left_out_by_rule,
  })) {
    for (const [name, count] of Object.entries(counted)) rows.push([runId, endedAt, scope, name, String(count)]);
  }
  for (const {lag_by_stream: lags} of summary.capture_runs) {
    for (const [stream, {lag_seconds: lag, behind_seconds: behind}] of Object.entries(lags)) {
      if (lag !== null) rows.push([runId, endedAt, 'lag_seconds', stream, String(lag)]);
      if (behind !== null) rows.push([runId, endedAt, 'behind_seconds', stream, String(behind)]);
    }
  }
  return rows.map((row) => `${row.map(toField).join(',')}\r\n`).join('');
}

/** A spreadsheet takes what begins like this for a formula. */
function toField(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
