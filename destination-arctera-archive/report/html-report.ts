// The report of a run as one HTML page that asks for nothing: no script, no font, no picture from anywhere.
import {type ErrorCode, errorCodes} from '../../core/error-codes';
import {remedies} from './alerts';
import type {CaptureFacts} from './reconciliation';
import {reportStyle} from './report-style';
import {isArchived, type Summary} from './summary';
import {outcomes} from './tally';

const shownUsers = 25;
const shownDays = 62;
const longestName = 200;

export function renderReport(summary: Summary): string {
  const {run_id: runId, complete, started_at: started, ended_at: ended, failure} = summary;
  const verdict = failure !== undefined ? 'failed' : complete ? 'complete' : 'incomplete';
  const sections = [
    section('At a glance', glance(summary)),
    section('What to do', actions(summary)),
    section('Records by stream', streamTable(summary)),
    section(isArchived(summary) ? 'Captured messages by day' : 'Messages that came by day', timeline(summary)),
    section('Coverage', coverage(summary)),
    section('Items and files', `${pairs('Item', summary.items)}${pairs('File reference', summary.files)}`),
    section('Items by target', targetTable(summary)),
    section('Rules of the policy that left records out', pairs('Rule', summary.left_out_by_rule)),
    section('Top users', countTable('User', topUsers(summary))),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>Archive run ${text(ended)}</title>
<style>${reportStyle}</style>
</head>
<body>
<header>
<h1>Archive run <span class="verdict ${verdict}">${verdict}</span></h1>
<p>${text(started)} to ${text(ended)} (UTC) · run ${text(runId)}</p>
</header>
<main>
${sections.filter((each) => each !== '').join('\n')}
</main>
<footer><p>Policy ${text(summary.policy_version)} · ${text(describe(summary.versions))} · This page holds counts and ids, never the text of messages.</p></footer>
</body>
</html>
`;
}

function glance(summary: Summary): string {
  const total = (name: string): number =>
    Object.values(summary.streams).reduce((sum, counts) => sum + (counts[name] ?? 0), 0);
  const cells = ['collected', ...outcomes, 'without_outcome'].map((name) => [toWords(name), total(name)] as const);
  const shown = cells.filter(([name, count]) => name !== 'without outcome' || count > 0);
  const sum = shown.slice(1).reduce((all, [, count]) => all + count, 0);
  const tiles = shown.map(([name, count]) => `<div><dt>${text(name)}</dt><dd>${number(count)}</dd></div>`).join('');
  const isRight = sum === total('collected');
  const adds = `${number(total('collected'))} collected = ${shown
    .slice(1)
    .map(([name, count]) => `${number(count)} ${name}`)
    .join(' + ')}`;
  const source =
    summary.reconciled === true
      ? 'The source counted the same.'
      : summary.reconciled === false
        ? 'The source counted otherwise: see below.'
        : 'The source did not say what it sent.';
  return `<dl class="tiles">${tiles}</dl><p class="${isRight && summary.reconciled !== false ? 'good' : 'bad'}">${text(adds)}${isRight ? '' : ' does not add up'}. ${source}</p>`;
}

/** Reasons in the words of the table of errors, with what to do. */
function actions({
  failure,
  set_aside_by_code: setAside,
  unreconciled = [],
  unmapped_people: unmapped,
  capture_runs: runs,
  complete,
  incomplete_transfers: cutOff,
}: Summary): string {
  const rows: string[][] = [];
  const remedy = (code: string): string[] => {
    const {meaning, remedy: todo} = (
      errorCodes as Readonly<Record<string, (typeof errorCodes)[ErrorCode] | undefined>>
    )[code] ?? {
      meaning: code,
      remedy: '',
    };
    return [meaning, todo];
  };
  if (failure !== undefined) rows.push(['The run failed', failure, ...remedy(failure)]);
  else if (!complete) {
    const what = cutOff === 0 ? 'It was told to end before its input did.' : `${transfers(cutOff)} cut off.`;
    rows.push(['The run is incomplete', '', what, 'Run the connection again: it goes on from the last states.']);
  }
  for (const [code, count] of Object.entries(setAside))
    rows.push([`${number(count)} set aside`, code, ...remedy(code)]);
  for (const {count, source, destination} of unreconciled) {
    const what =
      source === null
        ? `The count of the source is missing; ${destination} came.`
        : `Source ${source}, here ${destination}.`;
    rows.push([`Unreconciled: ${count}`, '', what, remedies.unreconciled]);
  }
  for (const {retention_gaps: gaps, files_at_risk: atRisk, unverified_log_files: unverified} of runs) {
    if (gaps.length > 0) rows.push(['Gap', '', 'A period had left retention before it was read.', remedies.gap]);
    if (atRisk > 0) {
      const what = 'They pass 48 hours before they can be read.';
      rows.push([`${number(atRisk)} uploads at risk`, '', what, remedies.files_at_risk]);
    }
    if (unverified.length > 0) {
      const code = 'log_file_unverified';
      rows.push([`${number(unverified.length)} log files unverified`, code, ...remedy(code)]);
    }
  }
  if (unmapped.length > 0) {
    const what = 'Their items are filed under the fallback address.';
    rows.push([`${number(unmapped.length)} people without a known identity`, '', what, remedies.unmapped_people]);
  }
  if (rows.length === 0) return '<p class="good">Nothing.</p>';
  return table(['What', 'Code', 'Why', 'What to do'], rows, 0);
}

function transfers(count: number): string {
  return count === 1 ? '1 transfer of a file was' : `${number(count)} transfers of files were`;
}

function timeline({days}: Summary): string {
  const all = Object.entries(days);
  const [others, shown] = [all.slice(0, -shownDays), all.slice(-shownDays)];
  const most = Math.max(1, ...shown.map(([, counts]) => counts['collected'] ?? 0));
  const rows = shown.map(([day, counts]) => {
    const {collected = 0} = counts;
    const share = ((collected / most) * 100).toFixed(1);
    return `<tr><th scope="row">${text(day)}</th><td class="bar"><span style="width:${share}%"></span></td><td>${number(collected)}</td></tr>`;
  });
  if (others.length > 0) {
    const collected = others.reduce((sum, [, counts]) => sum + (counts['collected'] ?? 0), 0);
    rows.unshift(`<tr><th scope="row">${theRest(others.length)}</th><td></td><td>${number(collected)}</td></tr>`);
  }
  const head = '<thead><tr><th>Day</th><td></td><th>Messages</th></tr></thead>';
  return rows.length === 0
    ? ''
    : `<div class="wide"><table class="timeline">${head}<tbody>${rows.join('')}</tbody></table></div>`;
}

function coverage(summary: Summary): string {
  const {capture_runs: runs, last_captured_at: last} = summary;
  const [newest, until] = isArchived(summary)
    ? ['Newest captured event', 'Captured until']
    : ['Newest event that came', 'Read until'];
  const rows: string[][] = [[newest, short(last ?? 'none in this run')]];
  for (const facts of runs) {
    const {lag_seconds: lag, retention_gaps: gaps, unverified_log_files: unverified} = facts;
    rows.push([until, facts.window_end ?? 'no new log file']);
    rows.push(['Lag behind the log', lag === null ? 'unknown' : duration(lag)]);
    rows.push(['Gaps that had left retention', gaps.length === 0 ? 'none' : gaps.map((gap) => bounds(gap)).join('; ')]);
    rows.push(['Files that wait', number(facts.files_waiting)], ['Files at risk', number(facts.files_at_risk)]);
    rows.push(
      ['Unreadable lines', number(facts.unreadable_lines)],
      ['Unverified log files', number(unverified.length)]
    );
  }
  return `${table(undefined, rows, 0)}${runs.map(lagTable).join('')}`;
}

function lagTable({lag_by_stream: lags}: CaptureFacts): string {
  const shown = (seconds: number | null): string => (seconds === null ? 'unknown' : duration(seconds));
  const rows = Object.entries(lags).map(
    ([stream, {newest_end_time: newest, lag_seconds: lag, behind_seconds: behind}]) => [
      stream,
      newest ?? 'none yet',
      newest === null ? '' : shown(lag),
      newest === null ? '' : shown(behind),
    ]
  );
  const head = ['Log stream', 'Newest log file', 'Its age', 'Behind the newest event'];
  return rows.length === 0 ? '' : table(head, rows, 0);
}

function bounds(gap: unknown): string {
  if (typeof gap !== 'object' || gap === null) return 'unknown';
  return Object.values(gap)
    .slice(0, 2)
    .map((each) => String(each).slice(0, 40))
    .join(' to ');
}

type Counted = readonly (readonly [string, Readonly<Record<string, number>>])[];

/** Of the run, without a row of their own, so that the rows add up. */
function theRest(count: number): string {
  return `(${number(count)} more)`;
}

function topUsers({users}: Summary): Counted {
  const sorted = Object.entries(users).sort(([, a], [, b]) => (b['collected'] ?? 0) - (a['collected'] ?? 0));
  const others = sorted.slice(shownUsers);
  const rest = [theRest(others.length), sumUp(others)] as const;
  return [...sorted.slice(0, shownUsers), ...(others.length > 0 ? [rest] : [])];
}

function streamTable({streams}: Summary): string {
  const rows = Object.entries(streams);
  return countTable('Stream', rows.length === 0 ? [] : [...rows, ['All', sumUp(rows)]]);
}

function sumUp(rows: Counted): Readonly<Record<string, number>> {
  const sum = (column: string): number => rows.reduce((all, [, counts]) => all + (counts[column] ?? 0), 0);
  return Object.fromEntries(['collected', ...outcomes].map((column) => [column, sum(column)]));
}

function countTable(what: string, rows: Counted): string {
  if (rows.length === 0) return '';
  const columns = ['collected', ...outcomes];
  const cells = rows.map(([name, counts]) => [short(name), ...columns.map((column) => number(counts[column] ?? 0))]);
  return table([what, ...columns.map(toWords)], cells, 1);
}

/** What one target refused is set aside for it, and delivered all the same where another one took it. */
function targetTable({targets}: Summary): string {
  const rows = Object.entries(targets);
  if (rows.length < 2 && rows.every(([, {set_aside: refused}]) => refused === 0)) return '';
  const cells = rows.map(([name, counts]) => [short(name), number(counts.delivered), number(counts.set_aside)]);
  return table(['Target', 'delivered', 'set aside because it refuses them'], cells, 1);
}

function pairs(what: string, counts: Readonly<Record<string, number>>): string {
  const rows = Object.entries(counts).map(([name, count]) => [short(toWords(name)), number(count)]);
  return rows.length === 0 ? '' : table([what, 'Count'], rows, 1);
}

/** @param numbersFrom index of the first column that holds numbers; 0: none does */
function table(head: readonly string[] | undefined, rows: readonly (readonly string[])[], numbersFrom: number): string {
  const of = (tag: string, index: number, value: string): string => {
    const kind = numbersFrom > 0 && index >= numbersFrom ? ' class="number"' : '';
    return `<${tag}${kind}>${text(value)}</${tag}>`;
  };
  const top =
    head === undefined ? '' : `<thead><tr>${head.map((each, index) => of('th', index, each)).join('')}</tr></thead>`;
  const body = rows.map(
    (row) => `<tr>${row.map((each, index) => of(index === 0 ? 'th' : 'td', index, each)).join('')}</tr>`
  );
  return `<div class="wide"><table class="${numbersFrom > 0 ? 'counts' : 'stack'}">${top}<tbody>${body.join('')}</tbody></table></div>`;
}

function section(title: string, content: string): string {
  return content === '' ? '' : `<section><h2>${title}</h2>${content}</section>`;
}

function describe(versions: Readonly<Record<string, string>>): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
}

function duration(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function toWords(name: string): string {
  return name.replaceAll('_', ' ');
}

/** Names of users, rules and streams come from outside, and have no end. */
function short(name: string): string {
  return name.length > longestName ? `${name.slice(0, longestName)}…` : name;
}

function text(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
