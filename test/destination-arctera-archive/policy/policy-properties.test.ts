// Properties of the policy over thousands of made-up policies, people and texts.
import {expect, test} from '@jest/globals';
import fc from '../../support/generated';
import {builtInDetectors} from '../../../destination-arctera-archive/policy/detectors';
import {buildAutomaton, toKeywordText} from '../../../destination-arctera-archive/policy/keyword-automaton';
import {detectorNames} from '../../../destination-arctera-archive/policy/policy-config';
import {toRedactor} from '../../../destination-arctera-archive/policy/redaction';
import {ada, policyOf, recordOf} from './policy-of';

const cases = 10_000;

const rule = fc.record(
  {
    roles: fc.subarray(['user', 'assistant', 'other'], {minLength: 1}),
    keyword_lists: fc.constant(['w']),
    detectors: fc.subarray([...detectorNames], {minLength: 1}),
    temporary_chat: fc.constantFrom('yes', 'no'),
    disposition: fc.constantFrom('archive', 'exclude', 'set_aside'),
    legal_hold: fc.constant('m-1'),
    targets: fc.subarray(['default', 'a', 'b']),
  },
  {requiredKeys: []}
);

const policies = fc
  .record({
    rules: fc.array(rule, {maxLength: 5}),
    monitored_users: fc.constantFrom('all', 'exclude'),
    monitored_list: fc.subarray(['user-ada', 'user-bob']),
    routing_mode: fc.constantFrom('default_only', 'first_match', 'copy_per_match', 'all_match_single'),
    routing_no_match: fc.constantFrom('default_target', 'exclude_and_count', 'fail'),
  })
  .map(({rules, ...rest}) => ({
    ...rest,
    keyword_lists: [{name: 'w', keywords: ['insider']}],
    rules: rules.map((each, index) => ({...each, name: `r${index}`})),
  }));

const secrets = fc.constantFrom(
  '4111 1111 1111 1111',
  'GB82 WEST 1234 5698 7654 32',
  '123-45-6789',
  'ana@acme.test',
  '+44 20 7946 0958',
  'AKIAABCDEFGHIJKLMNOP',
  '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'
);
const texts = fc
  .array(
    fc.oneof(
      secrets,
      fc.string({unit: 'binary', maxLength: 12}),
      fc.constantFrom(' ', '-', '.', '"', '\\', '\n', '1', 'insider')
    ),
    {maxLength: 8}
  )
  .map((parts) => parts.join(''));

test('every record is archived, excluded or set aside, by a reason that is named; and an archived one has a target', () => {
  fc.assert(
    fc.property(policies, fc.array(texts, {minLength: 1, maxLength: 4}), (fields, conversation) => {
      const policy = policyOf(fields, ['a', 'b']);
      const records = conversation.map((text, index) => recordOf({text}, `e${index}`));
      const counts = {archive: 0, exclude: 0, set_aside: 0};
      const decision = policy.decide(records, ada);
      counts[decision.disposition] += records.length;
      expect(counts.archive + counts.exclude + counts.set_aside).toBe(records.length);
      if (decision.disposition === 'archive') expect(decision.targets.length).toBeGreaterThan(0);
      else expect(decision.why.rule).not.toBe('');
      expect(policy.decide(records, ada)).toEqual(decision);
    }),
    {numRuns: cases}
  );
});

test('a redaction leaves valid JSON of the same shape, and nothing that a detector finds', () => {
  const detectors = Object.values(builtInDetectors);
  const redactor = toRedactor(detectors);
  const value = fc.oneof(
    texts,
    fc.array(fc.oneof(texts, fc.constantFrom(4111111111111111, -5500005555555559, 0.4111111111111111)), {maxLength: 3}),
    fc.record({parts: fc.array(texts, {maxLength: 2}), id: texts}),
    fc.dictionary(texts, texts, {maxKeys: 4})
  );
  fc.assert(
    fc.property(value, texts, (content, title) => {
      const {text} = recordOf({text: content, conversation: {title}});
      const masked = redactor.json(text);
      const before = JSON.parse(text) as unknown;
      const after = JSON.parse(masked) as {message: {content: unknown}; conversation: {title: string}};
      const words = [...strings(after.message.content), after.conversation.title];
      for (const word of words) for (const {find} of detectors) expect(find(word)).toEqual([]);
      expect(shape(after)).toBe(shape(before));
      expect(redactor.json(masked)).toBe(masked);
    }),
    {numRuns: cases}
  );
});

test('the automaton finds what looking for each keyword finds', () => {
  const word = fc.string({unit: fc.constantFrom('a', 'b', 'A', ' ', '-', 'é'), minLength: 1, maxLength: 4});
  fc.assert(
    fc.property(
      fc.array(word, {maxLength: 6}),
      fc.string({unit: fc.constantFrom('a', 'b', 'B', ' ', '.', 'é', 'x'), maxLength: 30}),
      (words, text) => {
        const keywords = [...new Set(words.map(toKeywordText).filter((each) => each !== ''))];
        const found = new Set<number>();
        buildAutomaton(keywords).scan(text, (keyword) => found.add(keyword));
        const plain = ` ${text
          .toLowerCase()
          .replace(/[^\p{L}]+/gu, ' ')
          .trim()} `;
        expect([...found].sort()).toEqual(
          [...keywords.keys()].filter((index) => plain.includes(keywords[index] ?? '')).sort()
        );
      }
    ),
    {numRuns: cases}
  );
});

/** Keys, strings and integers: a fraction is no number that anybody was given. */
function strings(value: unknown): string[] {
  if (typeof value === 'string' || Number.isInteger(value)) return [String(value)];
  if (typeof value !== 'object' || value === null) return [];
  return [...(Array.isArray(value) ? [] : Object.keys(value)), ...Object.values(value).flatMap(strings)];
}

/** The value without its words: no member is lost, and none comes between. */
function shape(value: unknown): string {
  if (typeof value === 'string' || Number.isInteger(value)) return 'word';
  if (Array.isArray(value)) return `[${value.map(shape).join()}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{${Object.values(value).map(shape).sort().join()}}`;
}
