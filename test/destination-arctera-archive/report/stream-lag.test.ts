// Which log streams are late: those with newer events than were read, not those in which nothing happens.
import {expect, test} from '@jest/globals';
import {findLate, toLagByStream} from '../../../destination-arctera-archive/report/stream-lag';

const hour = 3600;
const lag = (ageHours: number | null, behindHours: number | null): object => ({
  newest_end_time: ageHours === null ? null : '2026-02-10T05:59:00.000000Z',
  max_event_time: null,
  lag_seconds: ageHours === null ? null : ageHours * hour,
  behind_seconds: behindHours === null ? null : behindHours * hour,
});

test.each([
  {title: 'one with newer events', lags: {messages: lag(3, 3), audit_logs: lag(1, 0)}, late: ['messages']},
  {title: 'several', lags: {messages: lag(3, 3), audit_logs: lag(9, 4)}, late: ['messages', 'audit_logs']},
  {title: 'none in which nothing happens', lags: {messages: lag(1, 0), codex_logs: lag(90, 0)}, late: []},
  {title: 'none without log files', lags: {messages: lag(1, 0), codex_logs: lag(null, null)}, late: []},
  {
    title: 'the newest where ChatGPT does not say, and that is old',
    lags: {messages: lag(3, null), codex_logs: lag(90, null)},
    late: ['messages'],
  },
  {
    title: 'none where ChatGPT does not say, and one of them is new',
    lags: {messages: lag(1, null), codex_logs: lag(90, null)},
    late: [],
  },
])('late is $title', ({lags, late}) => {
  expect(findLate(toLagByStream(lags), 2 * hour).map(({stream}) => stream)).toEqual(late);
});

test.each([
  {value: undefined, expected: {}},
  {value: null, expected: {}},
  {value: [], expected: {}},
  {value: {'<b>': lag(1, 1), ['x'.repeat(200)]: lag(1, 1)}, expected: {}},
  {
    value: {messages: {newest_end_time: 7, lag_seconds: 'x'}, audit_logs: null},
    expected: {
      messages: {newest_end_time: null, lag_seconds: null, behind_seconds: null},
      audit_logs: {newest_end_time: null, lag_seconds: null, behind_seconds: null},
    },
  },
])('whatever a row says is read without trust: $value', ({expected, value}) => {
  expect(toLagByStream(value)).toEqual(expected);
});
