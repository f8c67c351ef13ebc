// The subject of a conversation: its first real title and a short id.
import {expect, test} from '@jest/globals';
import {sha256Hex} from '../../../core/digest';
import {toSubject} from '../../../destination-arctera-archive/render/subject';

const tag = ` [${sha256Hex('c-1').slice(0, 8)}]`;

test.each([
  [['Plan', 'Renamed'], 'Plan'],
  [['New chat', 'Plan'], 'Plan'],
  [['', null, undefined, 'Plan'], 'Plan'],
  [['  \r\n ', 'Plan'], 'Plan'],
  [['New chat'], 'ChatGPT conversation'],
  [[], 'ChatGPT conversation'],
  [['Line\r\nBcc: eve@evil.test'], 'Line Bcc: eve@evil.test'],
])('%j gives %j', (titles, subject) => {
  expect(toSubject(titles, 'c-1')).toBe(subject + tag);
});

test('a long title is cut at a character, within 200', () => {
  const subject = toSubject(['😀'.repeat(300)], 'c-1');
  expect(subject.length).toBeLessThanOrEqual(200);
  expect(subject).toMatch(/^(?:😀)+… \[[0-9a-f]{8}\]$/u);
});
