// What matching rules decide together: order, holds, retention, routing, and whom the policy looks at.
import {describe, expect, test} from '@jest/globals';
import {ada, archived, policyOf, recordOf} from './policy-of';

const record = recordOf({text: 'insider'});

test.each<[string, Record<string, unknown>[], Record<string, unknown>]>([
  ['nothing', [], {disposition: 'archive', targets: ['default'], tags: [], rules: []}],
  [
    'the first exclusion',
    [
      {name: 'a', disposition: 'exclude'},
      {name: 'b', tags: ['x']},
    ],
    {disposition: 'exclude', rules: ['a'], why: {rule: 'a'}},
  ],
  [
    'a set-aside',
    [
      {name: 'a', tags: ['x']},
      {name: 'b', disposition: 'set_aside'},
    ],
    {disposition: 'set_aside', rules: ['a', 'b']},
  ],
  [
    'tags in order, each once',
    [
      {name: 'a', tags: ['x', 'y']},
      {name: 'b', tags: ['y', 'z']},
    ],
    {tags: ['x', 'y', 'z']},
  ],
  [
    'the longest retention',
    [
      {name: 'a', retention_category: 'short', retention_days: 30},
      {name: 'b', retention_category: 'long', retention_days: 90},
      {name: 'c', retention_category: 'same', retention_days: 90},
    ],
    {retention: {category: 'long', days: 90}},
  ],
  [
    'a hold that a later rule cannot exclude',
    [
      {name: 'a', legal_hold: 'm-1'},
      {name: 'b', disposition: 'exclude'},
    ],
    {disposition: 'archive', legalHold: 'm-1'},
  ],
  [
    'every matter that it is held for, each once',
    [
      {name: 'a', legal_hold: 'm-1'},
      {name: 'b', legal_hold: 'm-2'},
      {name: 'c', legal_hold: 'm-1'},
    ],
    {disposition: 'archive', legalHold: 'm-1, m-2'},
  ],
  [
    'an exclusion before a hold',
    [
      {name: 'a', disposition: 'exclude'},
      {name: 'b', legal_hold: 'm-1'},
    ],
    {disposition: 'exclude'},
  ],
])('%s', (_, rules, decision) => {
  expect(policyOf({rules}).decide([record], ada)).toMatchObject(decision);
});

describe('routing', () => {
  const rules = [
    {name: 'one', keyword_lists: ['w'], targets: ['a']},
    {name: 'two', roles: ['user'], targets: ['b', 'a']},
    {name: 'three', roles: ['assistant'], targets: ['c']},
  ];
  const fields = {keyword_lists: [{name: 'w', keywords: ['insider']}], rules};
  const targets = ['a', 'b', 'c'];

  test.each([
    ['default_only', 'insider', ['default']],
    ['default_only', 'other', ['default']],
    ['first_match', 'insider', ['a']],
    ['first_match', 'other', ['b']],
    ['copy_per_match', 'insider', ['a', 'b']],
    ['copy_per_match', 'other', ['b', 'a']],
    ['all_match_single', 'insider', ['a']],
    ['all_match_single', 'other', ['b']],
  ])('%s routes %s to %j', (mode, text, expected) => {
    const policy = policyOf({...fields, routing_mode: mode}, targets);
    expect(archived(policy.decide([recordOf({text})], ada)).targets).toEqual(expected);
  });

  test.each([
    ['default_only', ['default']],
    ['first_match', ['b']],
    ['copy_per_match', ['b', 'a', 'c']],
    ['all_match_single', ['c']],
  ])('%s routes an item that matches two of three rules, the last of them alone for its target, to %j', (mode, to) => {
    const some = [
      {name: 'two', roles: ['user'], targets: ['b', 'a']},
      {name: 'never', roles: ['other'], targets: ['a', 'b']},
      {name: 'three', keyword_lists: ['w'], targets: ['c', 'a']},
    ];
    const policy = policyOf({...fields, rules: some, routing_mode: mode}, targets);
    expect(archived(policy.decide([record], ada)).targets).toEqual(to);
  });

  test('all_match_single finds no target when each has a rule that does not match', () => {
    const each = [
      {name: 'matches', roles: ['user'], targets: ['a']},
      {name: 'does-not', roles: ['assistant'], targets: ['a']},
    ];
    const settings = {rules: each, routing_mode: 'all_match_single', routing_no_match: 'exclude_and_count'};
    expect(policyOf(settings, targets).decide([record], ada)).toMatchObject({
      disposition: 'exclude',
      why: {rule: 'routing_no_match'},
    });
  });

  test.each([
    ['default_target', {disposition: 'archive', targets: ['default']}],
    ['exclude_and_count', {disposition: 'exclude', why: {rule: 'routing_no_match'}}],
    ['fail', {disposition: 'set_aside', why: {rule: 'routing_no_match'}}],
  ])('an item that no rule routes: %s', (noMatch, decision) => {
    const unrouted = [{name: 'r', roles: ['assistant'], targets: ['a']}];
    for (const mode of ['first_match', 'copy_per_match', 'all_match_single']) {
      const policy = policyOf({rules: unrouted, routing_mode: mode, routing_no_match: noMatch}, targets);
      expect(policy.decide([record], ada)).toMatchObject(decision);
    }
  });
});

test('what is held is not left out because no rule routes it', () => {
  const rules = [
    {name: 'hold', legal_hold: 'm-1'},
    {name: 'r', roles: ['assistant'], targets: ['a']},
  ];
  for (const mode of ['first_match', 'copy_per_match', 'all_match_single']) {
    const policy = policyOf({rules, routing_mode: mode, routing_no_match: 'exclude_and_count'}, ['a']);
    expect(policy.decide([record], ada)).toMatchObject({
      disposition: 'archive',
      targets: ['default'],
      legalHold: 'm-1',
    });
  }
});

describe('people', () => {
  const map = {
    identity_map: [{collector_id: 'Ana@gpt.test', corp_email: 'ana@acme.test', display_name: 'Ana', monitor: true}],
  };

  test.each([
    [{}, {id: 'u', email: undefined, name: undefined}, {email: undefined, isUnmapped: true}],
    [{}, {id: 'u', email: 'u@gpt.test', name: 'U'}, {email: 'u@gpt.test', name: 'U', isUnmapped: false}],
    [
      map,
      {id: 'u', email: 'ANA@gpt.test', name: 'U'},
      {email: 'ana@acme.test', name: 'Ana', collectorEmail: 'ANA@gpt.test', isUnmapped: false},
    ],
    [map, {id: 'u', email: 'u@gpt.test', name: undefined}, {email: 'u@gpt.test', isUnmapped: true}],
  ])('with %j, %j is %j', (fields, actor, resolved) => {
    expect(policyOf(fields).resolve(actor)).toMatchObject(resolved);
  });

  const user_lists = [
    {name: 'addresses', members: ['bob@desk.acme.test', 'Ada@Desk.Acme.test']},
    {name: 'ids', members: ['user-ada']},
    {name: 'domains', members: ['@gpt.test']},
    {name: 'others', members: ['bob@desk.acme.test', 'user-bob', '@acme.test']},
  ];

  const forms: readonly (readonly [entry: string, isAda: boolean])[] = [
    ['ADA@desk.acme.test', true],
    ['ada@gpt.test', true],
    ['bob@desk.acme.test', false],
    ['user-ada', true],
    ['user-bob', false],
    ['@desk.acme.test', true],
    ['@gpt.test', true],
    ['@acme.test', false],
    ['list:addresses', true],
    ['list:ids', true],
    ['list:domains', true],
    ['list:others', false],
  ];

  test.each(
    forms.flatMap(([entry, isAda]) => [
      ['all', entry, 'archive'],
      ['include', entry, isAda ? 'archive' : 'exclude'],
      ['exclude', entry, isAda ? 'exclude' : 'archive'],
    ])
  )('monitored are %s %j: an item of Ada is for %s', (mode, entry, disposition) => {
    const policy = policyOf({user_lists, monitored_users: mode, monitored_list: ['user-nobody', entry]});
    expect(policy.decide([record], ada)).toMatchObject({disposition});
    if (disposition === 'exclude') {
      expect(policy.decide([record], ada)).toMatchObject({why: {rule: 'monitored_users'}});
    }
  });

  test.each([
    ['all', [], 'archive'],
    ['exclude', [], 'archive'],
  ])('monitored are %s with an empty list: an item of Ada is for %s', (mode, list, disposition) => {
    const policy = policyOf({monitored_users: mode, monitored_list: list});
    expect(policy.decide([record], ada).disposition).toBe(disposition);
  });

  test.each(['all', 'include', 'exclude'])('whom the identity map does not monitor is left out under %s', (mode) => {
    const policy = policyOf({monitored_users: mode, monitored_list: mode === 'exclude' ? [] : ['user-ada']});
    expect(policy.decide([record], {...ada, isMonitored: false}).disposition).toBe('exclude');
  });

  test('an include list without anyone, and a list that does not exist, are refused', () => {
    expect(() => policyOf({monitored_users: 'include'})).toThrow('monitored_list must name whom to include');
    expect(() =>
      policyOf({
        user_lists: [{name: 'empty', members: []}],
        monitored_users: 'include',
        monitored_list: ['list:empty', 'list: empty'],
      })
    ).toThrow('monitored_list must name whom to include');
    expect(() => policyOf({monitored_users: 'exclude', monitored_list: ['list:nobody']})).toThrow(
      'there is no user list "nobody"'
    );
  });

  test('an identity map that names someone twice, or cannot be read, is refused', () => {
    expect(() => policyOf({...map, identity_map_csv: 'collector_id,corp_email\nana@gpt.test,b@acme.test'})).toThrow(
      'twice'
    );
    expect(() => policyOf({identity_map_csv: 'collector_id,corp_email\n"open,b@acme.test'})).toThrow(
      'identity_map_csv is not CSV'
    );
    expect(() => policyOf({identity_map_csv: 'corp_email\nb@acme.test'})).toThrow('row 1, collector_id');
    for (const header of ['collector_id,corp_email,display_name,Monitor', 'collector_id;corp_email'])
      expect(() => policyOf({identity_map_csv: `${header}\n`})).toThrow(
        'its header is collector_id,corp_email,display_name,monitor'
      );
  });
});

test('the version is that of what the policy says, not of how it is written', () => {
  const version = policyOf({rules: [{name: 'a', tags: ['x']}]}).version;
  expect(policyOf({rules: [{tags: ['x'], name: 'a'}], user_lists: []}).version).toBe(version);
  expect(policyOf({rules: [{name: 'a', tags: ['y']}]}).version).not.toBe(version);
  expect(policyOf({rules: [{name: 'a', tags: ['x']}]}, ['other']).version).not.toBe(version);
  expect(policyOf({grouping: 'message'}).version).toBe(policyOf({}).version);
});

test.each([
  ['default_only', undefined, undefined],
  [{attachment_mode: 'replace_all'}, 'a.pdf', 'attachments are not archived'],
  [{attachment_allow: ['pdf']}, 'a.PDF', undefined],
  [{attachment_allow: ['pdf']}, 'a.exe', 'files of this type are not archived'],
  [{attachment_allow: ['pdf']}, undefined, 'files of this type are not archived'],
  [{attachment_deny: ['.exe'], attachment_note: 'Gone.'}, 'a.exe', 'Gone.'],
  [{max_attachment_megabytes: 1}, 'a.pdf', 'the file is larger than 1 MB'],
])('attachments under %j: %s is replaced by %j', (fields, name, note) => {
  const policy = policyOf(typeof fields === 'string' ? {} : fields);
  expect(policy.attachments.replacement(name, 2 * 2 ** 20)).toBe(note);
});
