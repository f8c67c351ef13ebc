// The summary of a run in which everything happened that a report can tell of.
import type {Summary} from '../../destination-arctera-archive/report/summary';

export function busySummary(): Summary {
  const counts = (delivered: number, more: object = {}): Record<string, number> => {
    const each = {delivered, duplicate: 0, excluded: 0, set_aside: 0, context: 0, ...more};
    return {collected: Object.values(each).reduce((sum, count) => sum + count, 0), ...each};
  };
  const day = (index: number): string => new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10);
  return {
    run_id: '0a17eaaa-3010-48f8-bdfc-d782cbef532a',
    started_at: '2026-02-10T06:00:00.000Z',
    ended_at: '2026-02-10T06:12:31.412Z',
    complete: true,
    streams: {
      audit_logs: counts(812),
      capture_runs: counts(0, {context: 1}),
      file_chunks: counts(0, {context: 644}),
      files: counts(0, {context: 210}),
      messages: counts(10_221, {duplicate: 31, excluded: 240, set_aside: 47}),
      users: counts(0, {context: 200}),
    },
    users: Object.fromEntries(
      Array.from({length: 40}, (_, index) => [`user-${index}`, counts(900 - index * 21, {duplicate: index})])
    ),
    days: Object.fromEntries(
      Array.from({length: 41}, (_, index) => [day(index), counts(index % 7 > 4 ? 12 : 200 + ((index * 37) % 140))])
    ),
    last_captured_at: '2026-02-10T05:58:12.000000Z',
    failure: 'target_unavailable',
    set_aside_by_code: {unreadable_line: 3, item_refused: 44},
    files: {captured: 180, expired: 20, not_found: 7, too_large: 3},
    targets: {default: {delivered: 3148, set_aside: 0}},
    items: {messages: 3120, addendum: 14, log: 12, tombstone: 2},
    ignored_lines: {},
    policy_version: '2f6d1c0a9b',
    versions: {destination: '0.1.0', source: '0.1.0'},
    left_out_by_rule: {'works-council': 200, 'health-data': 40},
    unmapped_people: ['user-91', 'user-92'],
    incomplete_transfers: 0,
    states_released: 41,
    states_held_back: 0,
    reconciled: false,
    unreconciled: [{workspace_id: 'ws-1', count: 'records of messages', source: 10_540, destination: 10_539}],
    capture_runs: [
      {
        workspace_id: 'ws-1',
        run_ids: ['run-1'],
        records: {messages: 10_540},
        window_end: '2026-02-10T05:59:00.000000Z',
        lag_seconds: 780,
        lag_by_stream: {
          messages: {newest_end_time: '2026-02-10T05:59:00.000000Z', lag_seconds: 780, behind_seconds: 60},
          audit_logs: {newest_end_time: '2026-02-09T22:10:00.000000Z', lag_seconds: 28_920, behind_seconds: 0},
          codex_logs: {newest_end_time: null, lag_seconds: null, behind_seconds: null},
        },
        unreadable_lines: 3,
        files_waiting: 12,
        files_at_risk: 2,
        retention_gaps: [{from: '2026-01-02T00:00:00Z', to: '2026-01-04T00:00:00Z'}],
        unverified_log_files: [],
      },
    ],
  };
}
