// When a run has set aside so much that somebody must look.
import {expect, test} from '@jest/globals';
import {judgeSetAsideShare} from '../../../destination-arctera-archive/report/set-aside-share';
import type {Summary} from '../../../destination-arctera-archive/report/summary';

const none = {collected: 0, delivered: 0, duplicate: 0, excluded: 0, set_aside: 0, context: 0};
const limit = {percent: 5, records: 20};

test.each(['file_chunks', 'chatgpt_file_chunks'])(
  'the pieces of one large upload that is left out (%s) do not make a third of the messages a small share',
  (chunks) => {
    const streams = {
      messages: {...none, collected: 75, delivered: 50, set_aside: 25},
      [chunks]: {...none, collected: 3000, excluded: 3000},
    };
    const summary = {streams, set_aside_by_code: {unreadable_line: 25}} as unknown as Summary;
    expect(judgeSetAsideShare(summary, limit)?.message).toContain('25 of 75 new records were set aside');
  }
);

test('pieces alone that are set aside are all of what is new', () => {
  const streams = {file_chunks: {...none, collected: 900, set_aside: 25, context: 875}};
  const summary = {streams, set_aside_by_code: {record_malformed: 25}} as unknown as Summary;
  expect(judgeSetAsideShare(summary, limit)?.message).toContain('25 of 25 new records were set aside');
});
