// The counts of a run as CSV: one line a scope, a name and what was counted of it.
import type {Summary} from './summary';
import {outcomes} from './tally';

const columns = ['collected', ...outcomes, 'without_outcome'];

/** Every line has as many fields as the first one. */
export function renderCsv(summary: Summary): string {
  const {run_id: runId, ended_at: endedAt, streams, users, days} = summary;
  const head = ['run_id', 'ended_at', 'scope', 'name', ...columns];
  const rows: string[][] = [];
  for (const [scope, counted] of Object.entries({stream: streams, user: users, day: days})) {
    for (const [name, counts] of Object.entries(counted)) {
      rows.push([scope, name, ...columns.map((column) => String(counts[column] ?? 0))]);
    }
  }
  for (const [scope, counted] of Object.entries({
    item: summary.items,
    file: summary.files,
    rule: summary.left_out_by_rule,
  })) {
    for (const [name, count] of Object.entries(counted)) rows.push([scope, name, String(count)]);
  }
  for (const {lag_by_stream: lags} of summary.capture_runs) {
    for (const [stream, {lag_seconds: lag, behind_seconds: behind}] of Object.entries(lags)) {
      if (lag !== null) rows.push(['lag_seconds', stream, String(lag)]);
      if (behind !== null) rows.push(['behind_seconds', stream, String(behind)]);
    }
  }
  const none = head.map(() => '');
  const lines = rows.map(([scope = '', name = '', ...counts]) => {
    return [runId, endedAt, scope, toPlain(name), ...counts, ...none].slice(0, head.length);
  });
  return [head, ...lines].map((line) => `${line.map(toField).join(',')}\r\n`).join('');
}

/** A spreadsheet takes what begins like this for a formula. */
function toPlain(name: string): string {
  return /^[=+\-@\t\r]/.test(name) ? `'${name}` : name;
}

function toField(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
