// Content of a form that nobody has seen yet is shown, not left out.
import {expect, test} from '@jest/globals';
import {parseConversationEvent} from '../../../destination-arctera-archive/render/conversation-event';

const shownOf = (content: string): (string | undefined)[] => {
  const {text, otherContent} = parseConversationEvent(`{"event_id":"e","message":{"content":${content}}}`);
  return [text, otherContent];
};

test.each([
  ['"as it was said"', 'as it was said', undefined],
  ['["one",{"text":"two"},1.10]', undefined, '["one",{"text":"two"},1.10]'],
  ['7.0', undefined, '7.0'],
  ['{"type":"text","value":"a caption","parts":["seen"]}', 'a caption', '{"parts":["seen"]}'],
  ['{"type":"quotation","value":"mine","quote":"theirs","file_id":"file-1"}', 'mine', '{"quote":"theirs"}'],
  ['{"type":"quotation","quote":"theirs","file_id":"file-1","page":3}', 'theirs', '{"page":3}'],
  ['{"type":"multimodal","value":["a",1e400],"annotations":[]}', undefined, '{"value":["a",1e400]}'],
  ['{"type":"text","value":"all","annotations":[]}', 'all', undefined],
  ['{"type":"text","value":null}', undefined, undefined],
  ['{}', undefined, undefined],
  ['[]', undefined, undefined],
  ['null', undefined, undefined],
  ['""', undefined, undefined],
])('content %s is shown', (content, text, otherContent) => {
  expect(shownOf(content)).toEqual([text, otherContent]);
});
