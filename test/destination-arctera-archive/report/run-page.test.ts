// What the page and the alerts of a run tell people: nothing that counts is cut off, left out of a sum, or without what to do.
import {describe, expect, test} from '@jest/globals';
import {parse} from 'csv-parse/sync';
import {errorCodes} from '../../../core/error-codes';
import {toAlerts} from '../../../destination-arctera-archive/report/alerts';
import {renderCsv} from '../../../destination-arctera-archive/report/csv-report';
import {renderReport} from '../../../destination-arctera-archive/report/html-report';
import type {Summary} from '../../../destination-arctera-archive/report/summary';

const counts = (collected: number): Record<string, number> => ({
  collected,
  delivered: collected,
  duplicate: 0,
  excluded: 0,
  set_aside: 0,
  context: 0,
});

const captured: Summary['capture_runs'][number] = {
  workspace_id: 'ws-1',
  run_ids: ['run-1'],
  records: {messages: 2},
  window_end: '2026-01-16T10:00:00Z',
  lag_seconds: 60,
  lag_by_stream: {},
  unreadable_lines: 0,
  files_waiting: 0,
  files_at_risk: 0,
  retention_gaps: [],
  unverified_log_files: [],
};

const summary: Summary = {
  run_id: '11111111-1111-4111-8111-111111111111',
  started_at: '2026-01-16T10:00:00.000Z',
  ended_at: '2026-01-16T10:01:00.000Z',
  complete: true,
  streams: {messages: counts(2)},
  users: {'user-ada': counts(2)},
  days: {'2026-01-15': counts(2)},
  last_captured_at: '2026-01-15T09:30:00.000000Z',
  set_aside_by_code: {},
  files: {},
  items: {messages: 1},
  targets: {default: {delivered: 1, set_aside: 0}},
  ignored_lines: {},
  policy_version: 'a'.repeat(64),
  versions: {destination: '0.1.0'},
  left_out_by_rule: {},
  unmapped_people: [],
  incomplete_transfers: 0,
  states_released: 1,
  states_held_back: 0,
  reconciled: true,
  capture_runs: [captured],
};

const toMarkup = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** The section of the page under this heading. */
function sectionOf(page: string, heading: string): string {
  return page.split(`<h2>${heading}</h2>`)[1]?.split('</section>')[0] ?? '';
}

const cellsOf = (section: string): string[] =>
  [...section.matchAll(/<td[^>]*>([\d,]+)<\/td>/g)].flatMap(([, cell]) => cell ?? []);
const sumOf = (cells: readonly string[]): number =>
  cells.reduce((sum, cell) => sum + Number(cell.replaceAll(',', '')), 0);

describe('the page of a run', () => {
  test.each(Object.entries(errorCodes))('tells to the end what %s means and what to do', (code, {meaning, remedy}) => {
    const page = renderReport({...summary, set_aside_by_code: {[code]: 3}});
    expect(page).toContain(`<td>${toMarkup(meaning)}</td><td>${toMarkup(remedy)}</td>`);
  });

  test('has nothing to do for a run in which nothing went wrong', () => {
    expect(sectionOf(renderReport(summary), 'What to do')).toContain('Nothing.');
  });

  test.each([
    ['a gap', {retention_gaps: [{from: '2026-01-01T00:00:00Z', until: '2026-01-02T00:00:00Z'}]}, 'hour'],
    ['files at risk', {files_at_risk: 7}, 'requests_per_minute'],
    ['an unverified log file', {unverified_log_files: [{id: 'log-1'}]}, 'OpenAI support'],
  ])('tells what to do about %s', (_, facts, told) => {
    const page = renderReport({...summary, capture_runs: [{...captured, ...facts}]});
    expect(sectionOf(page, 'What to do')).toContain(told);
    expect(sectionOf(page, 'What to do')).not.toContain('Nothing.');
  });

  test('tells what to do about a run that is incomplete', () => {
    const page = renderReport({...summary, complete: false, incomplete_transfers: 1});
    expect(sectionOf(page, 'What to do')).toContain('1 transfer of a file was cut off.');
  });

  test('calls nothing captured that a run which failed only read', () => {
    const days = {'2026-01-15': {...counts(2), delivered: 0, without_outcome: 2}};
    const page = renderReport({...summary, complete: false, failure: 'target_unavailable', days});
    expect(sectionOf(page, 'Coverage')).toContain('<th>Newest event that came</th>');
    expect(sectionOf(page, 'Coverage')).toContain('<th>Read until</th>');
    expect(sectionOf(page, 'Messages that came by day')).toContain('2026-01-15');
    expect(page).not.toMatch(/<h2>Captured|Captured until|Newest captured/);
  });

  test('counts the days and the users that have no row of their own', () => {
    const days = Object.fromEntries(
      Array.from({length: 100}, (_, day) => [new Date(day * 86_400_000).toISOString().slice(0, 10), counts(10)])
    );
    const users = Object.fromEntries(Array.from({length: 60}, (_, user) => [`user-${user}`, counts(user)]));
    const page = renderReport({...summary, days: {'(no day)': counts(5), ...days}, users});
    expect(sumOf(cellsOf(sectionOf(page, 'Captured messages by day')))).toBe(1005);
    const collected = [...sectionOf(page, 'Top users').matchAll(/<\/th><td class="number">([\d,]+)/g)];
    expect(sumOf(collected.flatMap(([, cell]) => cell ?? []))).toBe(1770);
  });

  test('tells which target refused what another one took', () => {
    const targets = {default: {delivered: 3, set_aside: 0}, trading: {delivered: 1, set_aside: 2}};
    const page = renderReport({...summary, targets, set_aside_by_code: {item_refused: 2}});
    expect(sectionOf(page, 'Items by target')).toContain(
      '<th>trading</th><td class="number">1</td><td class="number">2</td>'
    );
  });

  test('cuts names from outside, which have no end', () => {
    expect(renderReport({...summary, users: {['u'.repeat(5000)]: counts(1)}})).not.toContain('u'.repeat(300));
  });
});

test('every line of the CSV has the same number of fields', () => {
  const lags = {messages: {newest_end_time: '2026-01-16T10:00:00Z', lag_seconds: -5, behind_seconds: 60}};
  const facts = {
    left_out_by_rule: {'=rule': 1},
    files: {captured: 1},
    capture_runs: [{...captured, lag_by_stream: lags}],
  };
  const rows = parse<Record<string, string>>(renderCsv({...summary, ...facts}), {columns: true});
  expect(rows.find(({scope}) => scope === 'rule')).toMatchObject({name: "'=rule", collected: '1', delivered: ''});
  expect(rows.find(({scope}) => scope === 'lag_seconds')).toMatchObject({name: 'messages', collected: '-5'});
});

test('every alert says what to do', () => {
  const late = {messages: {newest_end_time: null, lag_seconds: null, behind_seconds: 90_000}};
  const alerts = toAlerts(
    {
      ...summary,
      failure: 'target_unavailable',
      set_aside_by_code: {item_refused: 2},
      unmapped_people: ['user-x'],
      unreconciled: [{workspace_id: 'ws-1', count: 'records of messages', source: 3, destination: 2}],
      capture_runs: [{...captured, retention_gaps: [{}], files_at_risk: 2, lag_by_stream: late}],
    },
    1
  );
  expect(alerts.map(({kind}) => kind).sort()).toEqual(
    ['failure', 'files_at_risk', 'gap', 'lag', 'set_aside', 'unmapped_people', 'unreconciled'].sort()
  );
  expect(alerts.filter(({what_to_do: todo}) => todo === '')).toEqual([]);
});
