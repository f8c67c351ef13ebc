// Properties of what makes many rules cheap: the same rules match as when each is asked alone, and the same patterns.
import {expect, test} from '@jest/globals';
import fc from '../../support/generated';
import {compilePattern} from '../../../destination-arctera-archive/policy/detectors';
import {PatternSearch} from '../../../destination-arctera-archive/policy/pattern-search';
import {requiredLiteral} from '../../../destination-arctera-archive/policy/required-literal';
import {patternsOf} from './patterns-of';
import {ada, archived, policyOf, recordOf} from './policy-of';

const patterns = patternsOf(
  [
    ...['abc', 'ka', 'Ss', 'b', '.', '\\s', '\\b', '\\.', '|', '(?:a|bc)', '(ab)', '[ab]', '[^a]', '[]a]', '[\\]b]'],
    ...['*', '+', '?', '{2}', '{0,3}', '{', '}', '(?-i)', '(?i)', '^', '$', '\\x61', '\\Qa*\\E', 'ſ', 'é', ' '],
  ],
  6
);
const texts = fc
  .array(fc.constantFrom('abc', 'ABC', 'KA', 'Ka', 'ss', 'ſS', 'a', 'b', 'c', '.', ' ', '{', '|', 'é', 'aa', '\n'), {
    maxLength: 12,
  })
  .map((parts) => parts.join(''));

test('a search for many patterns finds those that each of them finds alone', () => {
  fc.assert(
    fc.property(fc.array(patterns, {minLength: 1, maxLength: 20}), texts, (many, text) => {
      const search = new PatternSearch();
      const numbers = many.map((pattern) => search.add(pattern));
      const found = search.in(() => text);
      expect(numbers.map((number) => found(number))).toEqual(
        many.map((pattern) => compilePattern(pattern).matcher(text).find())
      );
    }),
    {numRuns: 2000}
  );
});

test('each of many patterns is found by the piece of text that it needs, one that is added later too', () => {
  const search = new PatternSearch();
  const words = Array.from({length: 50}, (_, number) => `desk-${number}/a`);
  const numbers = words.map((word) => search.add(`${word}[0-9]`));
  for (const [place, word] of words.entries()) {
    const found = search.in(() => `it is ${word.toUpperCase()}7, so to say`);
    expect(numbers.filter((number) => found(number))).toEqual([numbers[place]]);
  }
  const later = search.add('insider tip[s]?');
  expect(search.in(() => 'Insider tips')(later)).toBe(true);
});

test.each([
  ['project\\s+falcon', 'project'],
  ['AC1-[0-9]{8}', 'ac1-'],
  ['confidential.{0,40}draft 7', 'confidential'],
  ['(?:buy|sell)\\s+shares', 'shares'],
  ['guarantee[ds]? return', 'guarantee'],
  ['colou?r codes', 'r codes'],
  ['abcd{2}', 'abc'],
  ['buy|sell', undefined],
  ['ab{|cdef', undefined],
  ['\\x61bcdef', undefined],
  ['a.b', undefined],
  ['abc(?i)?', undefined],
  ['abc+(?i)?', undefined],
  ['abcd+?(?s){0,}', undefined],
  ['abcd(?m)(?i)?', undefined],
  ['abc(?i)d+', 'abcd'],
  ['(?i)abcd', 'abcd'],
])('what %s cannot do without is %s', (pattern, literal) => {
  expect(requiredLiteral(pattern)).toBe(literal);
});

const rules = fc.array(
  fc.record(
    {
      keyword_lists: fc.subarray(['one', 'two', 'near'], {minLength: 1}),
      users: fc.subarray(['user-ada', '@other.test'], {minLength: 1}),
      except_users: fc.subarray(['@desk.acme.test', 'user-bob'], {minLength: 1}),
      roles: fc.subarray(['user', 'assistant'], {minLength: 1}),
      detectors: fc.subarray(['email', 'account'], {minLength: 1}),
      patterns: fc.array(patterns, {minLength: 1, maxLength: 2}),
      expression: fc.constantFrom(
        "record.role == 'user'",
        "'text' in record && record.text.contains('abc')",
        'size(record.files) > 0',
        "record.event.message.id == 'm1' && record.model == ''"
      ),
    },
    {requiredKeys: []}
  ),
  {maxLength: 12}
);
const conversations = fc.array(
  fc.record({
    text: fc
      .array(
        fc.oneof(
          fc.constantFrom(
            'insider ',
            'front running ',
            'bonus ',
            'secret ',
            'ACC-1234 ',
            'ana@acme.test ',
            'guarantees '
          ),
          texts
        ),
        {maxLength: 6}
      )
      .map((words) => words.join('')),
    author: fc.constantFrom({type: 'user'}, {type: 'assistant'}),
    files: fc.constantFrom([], [{id: 'f', name: 'a.pdf'}]),
  }),
  {minLength: 1, maxLength: 3}
);

test('of many rules those match that match alone', () => {
  const lists = {
    keyword_lists: [
      {name: 'one', keywords: ['insider', 'guarant*']},
      {name: 'two', keywords: ['front running']},
      {name: 'near', keywords: ['bonus NEAR/2 secret']},
    ],
    custom_detectors: [{name: 'account', pattern: 'acc-[0-9]{4}'}],
  };
  fc.assert(
    fc.property(rules, conversations, (unnamed, messages) => {
      const named = unnamed.map((rule, index) => ({name: `r${index}`, ...rule}));
      const records = messages.map((message, index) => recordOf(message, `e${index}`));
      const alone = named.filter((rule) => policyOf({...lists, rules: [rule]}).decide(records, ada).rules.length > 0);
      const together = archived(policyOf({...lists, rules: named}).decide(records, ada)).rules;
      expect(together).toEqual(alone.map(({name}) => name));
    }),
    {numRuns: 300}
  );
});
