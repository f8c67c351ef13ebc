// Rules match the items that plain questions, one record and one condition after another, tell.
import {expect, test} from '@jest/globals';
import fc from '../../support/generated';
import type {Actor} from '../../../destination-arctera-archive/policy/actors';
import {ada, archived, policyOf, recordOf} from './policy-of';

const globs = ['gpt-4*', '*mini', 'gpt-4o', '*', 'G-1', '*lab*'];
const given = <Value extends string>(...values: Value[]): fc.Arbitrary<Value[]> => fc.subarray(values, {minLength: 1});
const allConditions = fc.record(
  {
    users: given('user-ada', '@desk.acme.test', 'bob@other.test', '@other.test'),
    except_users: given('@desk.acme.test', 'user-bob'),
    domains: given('desk.acme.test', 'other.test'),
    streams: given('messages', 'gpts'),
    roles: given('user', 'assistant', 'other'),
    temporary_chat: fc.constantFrom('yes', 'no'),
    from_date: fc.constantFrom('2026-03-01', '2026-03-02', '2026-03-01T08:00:00Z', '2026-03-01T09:00:00Z'),
    until_date: fc.constantFrom('2026-03-01', '2026-03-02', '2026-03-01T08:00:00Z', '2026-03-01T09:00:00Z'),
    models: given(...globs),
    gpts: given(...globs),
    projects: given(...globs),
    clients: given('web', 'ios*'),
    tools: given('python', 'web*'),
    attachment_names: given('*salary*', 'plan.pdf'),
    attachment_types: given('pdf', '.XLSX'),
    attachment_min_megabytes: fc.constantFrom(1, 2),
    keyword_lists: given('one', 'two'),
  },
  {requiredKeys: []}
);
type Conditions = typeof allConditions extends fc.Arbitrary<infer Value> ? Value : never;
/** Few of them, so that many rules match. */
const conditions = fc
  .tuple(allConditions, fc.integer({min: 0, max: 17}), fc.integer({min: 1, max: 3}))
  .map(([all, from, count]): Conditions => Object.fromEntries(Object.entries(all).slice(from, from + count)))
  // Others are refused.
  .filter(({from_date: from, until_date: until}) => !from || !until || Date.parse(from) < Date.parse(until));

const names = fc.constantFrom('', 'gpt-4o', 'GPT-4o-mini', 'g-1', 'my lab', 'other');
const events = fc.record({
  text: fc.constantFrom('', 'insider', 'an INSIDER tip', 'front  running', 'nothing'),
  author: fc.record(
    {
      type: fc.constantFrom('user', 'assistant', 'tool'),
      model: names,
      client_type: fc.constantFrom('web', 'ios_17', ''),
      tools_used: fc.array(fc.constantFrom('python', 'web.run', ''), {maxLength: 2}),
      skills_used: fc.array(fc.constantFrom('python', 'x'), {maxLength: 1}),
    },
    {requiredKeys: []}
  ),
  conversation: fc.record(
    {gpt_id: names, gpt_name: names, project_id: names, project_name: names, is_temporary_chat: fc.boolean()},
    {requiredKeys: []}
  ),
  files: fc.subarray([
    {id: 'f1', name: 'Salary plan.pdf'},
    {id: 'f2', name: 'plan.pdf'},
    {id: 'f3', name: 'figures.xlsx'},
    {id: 'f4', name: 'none'},
  ]),
  timestamp: fc.constantFrom(
    '2026-02-28T23:59:59.999999Z',
    '2026-03-01T08:00:00.000001Z',
    '2026-03-01T08:00:00Z',
    '2026-03-02T00:00:00Z'
  ),
});
type Event = typeof events extends fc.Arbitrary<infer Value> ? Value : never;

const sizes: Readonly<Record<string, number>> = {f1: 3 * 1024 * 1024, f2: 1024 * 1024, f3: 10};
const bob: Actor = {...ada, id: 'user-bob', email: 'Bob@other.test', collectorEmail: undefined};
const people: readonly (Actor | undefined)[] = [ada, bob, undefined];

test('an item matches the rules of which one of its records fulfils every condition', () => {
  fc.assert(
    fc.property(
      fc.array(conditions, {minLength: 1, maxLength: 70}),
      fc.array(fc.tuple(fc.constantFrom(...people), fc.array(events, {minLength: 1, maxLength: 3})), {
        minLength: 1,
        maxLength: 3,
      }),
      (rules, items) => {
        const named = rules.map((rule, index) => ({name: `r${index}`, ...rule}));
        const policy = policyOf({
          keyword_lists: [
            {name: 'one', keywords: ['insider']},
            {name: 'two', keywords: ['front running', 'noth*']},
          ],
          rules: named,
        });
        for (const [owner, item] of items) {
          const records = item.map((event, index) => recordOf(event, `e${index}`));
          const expected = named.filter((rule) => item.some((event) => fulfils(rule, event, owner)));
          const {rules: matched} = archived(policy.decide(records, owner, (id) => sizes[id]));
          expect(matched).toEqual(expected.map(({name}) => name));
        }
      }
    ),
    {numRuns: 2000}
  );
});

function fulfils(rule: Conditions, event: Event, owner: Actor | undefined): boolean {
  const {author, conversation, files, timestamp} = event;
  const filled = (values: readonly (string | undefined)[]): string[] => values.flatMap((value) => value || []);
  const people = filled([owner?.id, owner?.email, owner?.collectorEmail]).map((name) => name.toLowerCase());
  const domains = people.filter((name) => name.includes('@')).map((name) => name.replace(/^.*@/, ''));
  const isOne = (entry: string): boolean =>
    entry.startsWith('@') ? domains.includes(entry.slice(1)) : people.includes(entry);
  const one = <Value>(wanted: readonly Value[] | undefined, isTrue: (value: Value) => boolean): boolean =>
    wanted === undefined || wanted.some(isTrue);
  const glob = (wanted: string, values: readonly (string | undefined)[]): boolean => {
    const pattern = new RegExp(`^${wanted.replace(/[.]/g, '\\.').replaceAll('*', '.*')}$`, 'is');
    return filled(values).some((value) => pattern.test(value));
  };
  const role = author.type === 'user' || author.type === 'assistant' ? author.type : 'other';
  const lists = {one: /insider/i, two: /front {2}running|nothing/i};
  return [
    one(rule.users, isOne),
    rule.except_users === undefined || !rule.except_users.some(isOne),
    one(rule.domains, (domain) => domains.includes(domain)),
    one(rule.streams, (stream) => stream === 'messages'),
    one(rule.roles, (wanted) => wanted === role),
    rule.temporary_chat === undefined || (rule.temporary_chat === 'yes') === (conversation.is_temporary_chat === true),
    rule.from_date === undefined || Date.parse(timestamp) >= Date.parse(rule.from_date),
    rule.until_date === undefined || Date.parse(timestamp) < Date.parse(rule.until_date),
    one(rule.models, (wanted) => glob(wanted, [author.model])),
    one(rule.gpts, (wanted) => glob(wanted, [conversation.gpt_id, conversation.gpt_name])),
    one(rule.projects, (wanted) => glob(wanted, [conversation.project_id, conversation.project_name])),
    one(rule.clients, (wanted) => glob(wanted, [author.client_type])),
    one(rule.tools, (wanted) => glob(wanted, [...(author.tools_used ?? []), ...(author.skills_used ?? [])])),
    one(rule.attachment_names, (wanted) => files.some(({name}) => glob(wanted, [name]))),
    one(rule.attachment_types, (type) =>
      files.some(({name}) => name.endsWith(type.toLowerCase().replace(/^\.?/, '.')))
    ),
    rule.attachment_min_megabytes === undefined ||
      files.some(({id}) => (sizes[id] ?? 0) >= (rule.attachment_min_megabytes ?? 0) * 1024 * 1024),
    one(rule.keyword_lists, (list) => lists[list].test(event.text)),
  ].every(Boolean);
}
