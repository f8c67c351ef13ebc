// Every condition of a rule, with records that fulfil it and records that do not.
import {expect, test} from '@jest/globals';
import {conditionNames} from './condition-names';
import {ada, archived, type EventFields, policyOf, recordOf} from './policy-of';

const lists = {
  user_lists: [
    {name: 'traders', members: ['ada@desk.acme.test', '@floor.test']},
    {name: 'ids', members: ['user-ada']},
    {name: 'twice', members: ['user-bob']},
    {name: 'twice', members: ['user-ada']},
    {name: 'desk', members: ['@desk.acme.test']},
    {name: 'others', members: ['bob@desk.acme.test', 'user-bob', '@floor.test']},
  ],
  keyword_lists: [
    {
      name: 'words',
      keywords: ['insider', 'Front Running', 'guarant*', '*phile', 'bonus NEAR/3 secret', 'straße', 'café', '内部*'],
    },
  ],
  custom_detectors: [
    {name: 'account', pattern: 'acc-[0-9]{4}'},
    {name: 'konto', pattern: 'pr\u00fcfkonto [0-9]'},
  ],
};

const rows: readonly (readonly [condition: Record<string, unknown>, record: EventFields, isMatched: boolean])[] = [
  [{}, {}, true],
  [{users: ['ADA@desk.acme.test']}, {}, true],
  [{users: ['ada@gpt.test']}, {}, true],
  [{users: ['user-ada']}, {}, true],
  [{users: ['@desk.acme.test']}, {}, true],
  [{users: ['@acme.test']}, {}, false],
  [{users: ['list:traders']}, {}, true],
  [{users: ['list:ids']}, {}, true],
  [{users: ['list:desk']}, {}, true],
  [{users: ['list:others']}, {}, false],
  [{users: ['user-bob']}, {}, false],
  [{users: ['bob@desk.acme.test']}, {}, false],
  [{users: ['ada']}, {}, false],
  [{users: ['desk.acme.test']}, {}, true],
  [{users: ['acme.test']}, {}, false],
  [{users: ['list:twice']}, {}, true],
  [{domains: [' desk.acme.test ']}, {}, true],
  [{streams: ['messages ']}, {}, true],
  [{models: [' gpt-5* ']}, {author: {type: 'assistant', model: 'gpt-5-mini'}}, true],
  [{projects: ['FY26']}, {conversation: {project_id: 'p-1', project_name: 'FY26 '}}, true],
  [{except_users: ['list:traders']}, {}, false],
  [{except_users: ['user-bob']}, {}, true],
  [{except_users: ['@desk.acme.test']}, {}, false],
  [{except_users: ['list:others']}, {}, true],
  [{domains: ['Desk.Acme.test']}, {}, true],
  [{domains: ['acme.test']}, {}, false],
  [{roles: ['user']}, {}, true],
  [{roles: ['user']}, {author: {type: 'assistant'}}, false],
  [{roles: ['assistant']}, {author: {type: 'assistant'}}, true],
  [{roles: ['assistant']}, {}, false],
  [{roles: ['other']}, {author: {type: 'robot'}}, true],
  [{roles: ['other']}, {}, false],
  [{roles: ['other']}, {author: {type: 'assistant'}}, false],
  [{roles: ['user', 'other']}, {author: {type: 'robot'}}, true],
  [{models: ['gpt-5*']}, {author: {type: 'assistant', model: 'GPT-5-mini'}}, true],
  [{models: ['gpt-5']}, {author: {type: 'assistant', model: 'gpt-5-mini'}}, false],
  [{models: ['*']}, {}, false],
  [{gpts: ['g-1']}, {conversation: {gpt_id: 'g-1', gpt_name: 'Analyst'}}, true],
  [{gpts: ['ana*']}, {conversation: {gpt_id: 'g-1', gpt_name: 'Analyst'}}, true],
  [{gpts: ['ana']}, {conversation: {gpt_id: 'g-1', gpt_name: 'Analyst'}}, false],
  [{gpts: ['g-1']}, {}, false],
  [{projects: ['p-1']}, {conversation: {project_id: 'p-1'}}, true],
  [{projects: ['p-1']}, {}, false],
  [{projects: ['FY*6']}, {conversation: {project_name: 'FY26'}}, true],
  [{projects: ['FY*7']}, {conversation: {project_name: 'FY26'}}, false],
  [{projects: ['aba*aba']}, {conversation: {project_name: 'aba'}}, false],
  [{clients: ['ios_*']}, {author: {type: 'user', client_type: 'ios_app'}}, true],
  [{clients: ['ios_*']}, {author: {type: 'user', client_type: 'windows_app'}}, false],
  [{temporary_chat: 'yes'}, {conversation: {is_temporary_chat: true}}, true],
  [{clients: ['*']}, {}, false],
  [{temporary_chat: 'yes'}, {}, false],
  [{temporary_chat: 'yes'}, {conversation: {is_temporary_chat: false}}, false],
  [{temporary_chat: 'no'}, {}, true],
  [{temporary_chat: 'no'}, {conversation: {is_temporary_chat: true}}, false],
  [{keyword_lists: ['words']}, {text: 'An INSIDER said'}, true],
  [{keyword_lists: ['words']}, {text: 'insiders'}, false],
  [{keyword_lists: ['words']}, {text: 'front-\n running!'}, true],
  [{keyword_lists: ['words']}, {text: 'in front of running'}, false],
  [{keyword_lists: ['words']}, {text: 'it is guaranteed'}, true],
  [{keyword_lists: ['words']}, {text: 'unguaranteed'}, false],
  [{keyword_lists: ['words']}, {text: 'a bibliophile reads'}, true],
  [{keyword_lists: ['words']}, {text: 'secret, and so is the bonus.'}, false],
  [{keyword_lists: ['words']}, {text: 'bonus is a secret'}, true],
  [{keyword_lists: ['words']}, {text: 'a secret bonus'}, true],
  [{keyword_lists: ['words']}, {text: 'bonus bonus bonus'}, false],
  [{keyword_lists: ['words']}, {text: 'in der STRAßE'}, true],
  [{keyword_lists: ['words']}, {text: 'an in\u00adsi\u00adder, or inside\u2060r'}, true],
  [{keyword_lists: ['words']}, {text: 'in\u200bsider'}, false],
  [{keyword_lists: ['words']}, {text: 'cafe\u0301'}, true],
  [{keyword_lists: ['words']}, {text: '内部者'}, true],
  [{keyword_lists: ['words']}, {text: {parts: ['an insider in a list']}}, true],
  [{keyword_lists: ['words']}, {conversation: {title: 'Insider'}}, true],
  [{keyword_lists: ['words']}, {files: [{id: 'f', name: 'insider.txt'}]}, true],
  [{patterns: ['project\\s+falcon']}, {text: 'Project   Falcon'}, true],
  [{patterns: ['^falcon$']}, {text: 'project falcon'}, false],
  [{patterns: ['(?-i)FALCON']}, {text: 'falcon'}, false],
  [{patterns: ['caf\u00e9s?']}, {text: 'to the cafe\u0301'}, true],
  [{patterns: ['CAFE\u0301']}, {text: 'to the caf\u00e9'}, true],
  [{patterns: ['\u00e9']}, {text: 'e\u0301'}, true],
  [{patterns: ['cafe\\x{301}']}, {text: 'cafe\u0301'}, true],
  [{patterns: ['\u00e9']}, {text: 'e'}, false],
  [{patterns: ['geh\u00e4lter\\.xlsx']}, {files: [{id: 'f', name: 'Geha\u0308lter.xlsx'}]}, true],
  [{detectors: ['konto']}, {text: 'Pru\u0308fkonto 7'}, true],
  [{expression: "record.text.matches('caf\u00e9')"}, {text: 'cafe\u0301'}, true],
  [{expression: "record.text.matches('cafe\u0301')"}, {text: 'caf\u00e9'}, true],
  [{detectors: ['payment_card']}, {text: '4111111111111111'}, true],
  [{detectors: ['payment_card']}, {text: '4111111111111112'}, false],
  [{detectors: ['account']}, {text: 'ACC-1234'}, true],
  [{detectors: ['account']}, {text: 'ACC-123'}, false],
  [{attachment_names: ['*salary*']}, {files: [{id: 'f', name: 'Salary 2026.xlsx'}]}, true],
  [{attachment_names: ['*salary*']}, {files: [{id: 'f', name: 'menu.pdf'}]}, false],
  [{attachment_names: ['Gehälter*']}, {files: [{id: 'f', name: 'Geha\u0308lter.xlsx'}]}, true],
  [{attachment_names: ['*geha\u0308lter.xlsx']}, {files: [{id: 'f', name: 'GEHÄLTER.xlsx'}]}, true],
  [{attachment_types: ['.XLSX']}, {files: [{id: 'f', name: 'a.xlsx'}]}, true],
  [{attachment_types: ['xls']}, {files: [{id: 'f', name: 'a.xlsx'}]}, false],
  [{attachment_types: ['xlsx']}, {}, false],
  [{attachment_types: ['exe']}, {files: [{id: 'f', name: 'a.EXE. '}]}, true],
  [{attachment_types: ['exe']}, {files: [{id: 'f', name: 'a.exe\u200b'}]}, true],
  [{attachment_min_megabytes: 1}, {files: [{id: 'large', name: 'a'}]}, true],
  [{attachment_min_megabytes: 1}, {files: [{id: 'small', name: 'a'}]}, false],
  [{attachment_min_megabytes: 1}, {files: [{id: 'unknown', name: 'a'}]}, false],
  [{tools: ['browser']}, {author: {type: 'assistant', tools_used: ['browser']}}, true],
  [{tools: ['skill-*']}, {author: {type: 'assistant', skills_used: ['skill-9']}}, true],
  [{tools: ['browser']}, {}, false],
  [{tools: ['skill-*']}, {author: {type: 'assistant', tools_used: ['browser']}}, false],
  [{from_date: '2026-03-01'}, {}, true],
  [{from_date: '2026-03-02'}, {}, false],
  [{until_date: '2026-03-01T08:00:00Z'}, {timestamp: '2026-03-01T07:59:59.999999Z'}, true],
  [{from_date: '2026-03-01T08:00:00Z'}, {timestamp: '2026-03-01T07:59:59.999999Z'}, false],
  [{from_date: '2026-03-01T08:00:00Z'}, {timestamp: '2026-03-01T08:00:00.5Z'}, true],
  [{from_date: '2026-03-01T08:00:00Z'}, {timestamp: '2026-03-01T08:00:00Z'}, true],
  [{until_date: '2026-03-01T08:00:00Z'}, {timestamp: '2026-03-01T08:00:00.5Z'}, false],
  [{until_date: '2026-03-01T08:00:00Z'}, {timestamp: '2026-03-01T08:00:00Z'}, false],
  [{until_date: '2026-03-01'}, {}, false],
  [{streams: ['messages']}, {}, true],
  [{streams: ['memories']}, {}, false],
  [{expression: "record.user == 'ada@desk.acme.test' && record.domain.endsWith('acme.test')"}, {}, true],
  [{expression: "record.user == 'bob@desk.acme.test'"}, {}, false],
  [{expression: "record.files.exists(f, f.type == 'pdf')"}, {files: [{id: 'f', name: 'a.PDF'}]}, true],
  [{expression: "record.files.exists(f, f.type == 'pdf')"}, {}, false],
  [{expression: "record.text.matches('(?i)falcon')"}, {text: 'FALCON'}, true],
  [{expression: "record.text.matches('(?i)falcon')"}, {text: 'heron'}, false],
  [{expression: "record.text.matches('falcon+(?i)?')"}, {text: 'falco'}, true],
  [{patterns: ['falcon+(?m)?']}, {text: 'falco'}, true],
  [{expression: "['falcon', 'heron'].exists(w, w.matches('^her')) && !record.text.matches('^her')"}, {}, true],
  [{expression: "['falcon', 'heron'].all(w, record.text.matches('her'))"}, {text: 'heron'}, true],
  [{expression: "record.event.conversation.id == 'c1'"}, {}, true],
  [{expression: "record.event.nothing.here == 'c1'"}, {}, false],
  [{roles: ['user'], keyword_lists: ['words']}, {text: 'insider'}, true],
  [{roles: ['assistant'], keyword_lists: ['words']}, {text: 'insider'}, false],
];

test.each(rows)('%j of %j is %s', (condition, record, isMatched) => {
  const policy = policyOf({...lists, rules: [{name: 'r', ...condition}]});
  const sizes: Record<string, number> = {large: 2 ** 20, small: 2 ** 20 - 1};
  expect(archived(policy.decide([recordOf(record)], ada, (id) => sizes[id])).rules).toEqual(isMatched ? ['r'] : []);
});

test.each(conditionNames)('the table has a record that fulfils %s alone and one that does not', (name) => {
  const ofName = rows.filter(([condition]) => Object.keys(condition).join() === name);
  expect(new Set(ofName.map(([, , isMatched]) => isMatched))).toEqual(new Set([true, false]));
});

test('one record has to fulfil all conditions, and one that does decides the whole item', () => {
  const policy = policyOf({...lists, rules: [{name: 'r', roles: ['assistant'], keyword_lists: ['words']}]});
  const prompt = recordOf({text: 'insider'}, 'e1');
  const answer = recordOf({author: {type: 'assistant'}, text: 'hello'}, 'e2');
  const guilty = recordOf({author: {type: 'assistant'}, text: 'insider'}, 'e3');
  expect(policy.decide([prompt, answer], ada).rules).toEqual([]);
  expect(policy.decide([prompt, answer, guilty], ada).rules).toEqual(['r']);
});

test.each([
  ['custom_agents_logs', {message: {id: 'm', text: 'an insider tip'}}],
  ['custom_agents_logs', {message: {author: {type: 'user'}, content: {}}, event_details: {said: 'insider'}}],
  ['messages', {message: {author: {type: 'user'}, content: {}, reasoning: [{summary: 'insider'}]}}],
  ['recordings', {transcript_json: '{"transcript":"Ana:\\tgood morning\\ninsider tips"}'}],
  ['recordings', {transcript_json: '{"transcript":"the caf\\u00e9"}'}],
  ['agents', {object_json: 'no JSON but insider'}],
])('words of a record of %s are found wherever they are: %j', (stream, event) => {
  const policy = policyOf({...lists, rules: [{name: 'r', keyword_lists: ['words']}]});
  expect(policy.decide([{stream, recordId: 'e1', text: JSON.stringify(event)}], ada).rules).toEqual(['r']);
});

test.each([
  ['memories', true],
  ['chatgpt_memories', true],
  ['library_files', false],
])('a rule for memories: a record of %s, %s', (stream, isMatched) => {
  const policy = policyOf({rules: [{name: 'r', streams: ['memories']}]});
  expect(policy.decide([{stream, recordId: 'm-1', text: '{}'}], ada).rules).toEqual(isMatched ? ['r'] : []);
});

test.each(['1.5', '1e300', '-0.1', '1e999'])('a size of %s is none, and fails no expression', (size) => {
  const policy = policyOf({rules: [{name: 'r', expression: 'record.files.all(f, f.size == 0)'}]});
  const text = `{"file_id": "f", "name": "a", "size": ${size}}`;
  expect(policy.decide([{stream: 'invoices', recordId: 'i-1', text}], ada).rules).toEqual(['r']);
});

test.each([
  ['guarant* NEAR/1 return', 'guaranteed return', true],
  ['guarant* NEAR/1 return', 'return guaranteed', true],
  ['guarant* NEAR/1 return', 'return is guaranteed', false],
  ['guarant* NEAR/1 return', 'guaranteed a return', false],
  ['*phile NEAR/2 sec*', 'bibliophile or secret', true],
  ['bonus NEAR/1 front running', 'bonus front running', true],
  ['bonus NEAR/1 front running', 'front running bonus', true],
  ['bonus NEAR/1 front running', 'bonus in front running', false],
  ['front running NEAR/2 side deal', 'a side deal by front running', true],
  ['front running NEAR/1 side deal', 'a side deal by front running', false],
  ['ΛΌΓΟΣ', 'ὁ λόγος', true],
  ['λόγος', 'ΛΌΓΟΣ', true],
  ['ısıtma', 'ISITMA', true],
  ['İstanbul', 'istanbul', true],
  ['istanbul', 'İSTANBUL', true],
])('the keyword %j in %j: %s', (keyword, text, isFound) => {
  const policy = policyOf({
    keyword_lists: [{name: 'w', keywords: [keyword]}],
    rules: [{name: 'r', keyword_lists: ['w']}],
  });
  expect(policy.decide([recordOf({text})], ada).rules).toEqual(isFound ? ['r'] : []);
});

test.each([
  ['guarant* return*', 'has an asterisk that is neither its first nor its last character'],
  ['f***', 'has an asterisk that is neither its first nor its last character'],
  ['bonus near/5 secret', 'has a NEAR/n that does not stand between two keywords'],
  ['bonus NEAR/5 secret NEAR/5 deal', 'has a NEAR/n that does not stand between two keywords'],
  ['bonus NEAR/1000 secret', 'has a NEAR/n that does not stand between two keywords'],
  ['NEAR/5 secret', 'has a NEAR/n that does not stand between two keywords'],
])('the keyword %j is refused: it would never be found', (keyword, problem) => {
  const make = (): unknown => policyOf({keyword_lists: [{name: 'w', keywords: ['insider', keyword]}]});
  expect(make).toThrow(`keyword_lists.0 (w), keyword 2 ${problem}`);
});

test.each([
  [{users: ['list:nobody']}, 'there is no user list "nobody"'],
  [{users: ['*@acme.test']}, '"*@acme.test" has an asterisk: a domain is written as @acme.test'],
  [{domains: ['*.acme.test']}, '"*.acme.test" has an asterisk'],
  [{streams: ['codex_*']}, '"codex_*" has an asterisk'],
  [{attachment_types: ['xls*']}, '"xls*" has an asterisk'],
  [{keyword_lists: ['nothing']}, 'there is no keyword list "nothing"'],
  [{patterns: ['a', '(']}, 'patterns.1: '],
  [{expression: "record.files.all(f, record.tools.all(t, t == 'x'))"}, 'it has a loop inside a loop'],
  [
    {expression: "record.role == 'x' && record.text.matches('(')"},
    'expression: error parsing regexp: missing closing )',
  ],
  [{expression: 'record.text.matches(record.title)'}, 'expression: matches needs a pattern'],
  [{expression: "record.files.exists(f, record.text.matches('a' + f.name))"}, 'expression: matches needs a pattern'],
  [{expression: 'record.text'}, 'it does not say true or false'],
  [{expression: "record.txt.contains('falcon')"}, 'expression: record has no "txt"'],
  [{expression: "record.text + 1 == 'x'"}, 'expression: '],
  [{retention_days: 3}, 'retention_days needs a retention_category'],
  [{from_date: '2026-07-01', until_date: '2026-01-01'}, 'until_date is not later than from_date'],
  [{from_date: '2026-07-01', until_date: '2026-07-01T00:00:00Z'}, 'until_date is not later than from_date'],
])('a rule with %j is refused with its position', (condition, problem) => {
  const make = (): unknown => policyOf({...lists, rules: [{name: 'first'}, {name: 'bad one', ...condition}]});
  expect(make).toThrow('rule 2 (bad one): ');
  expect(make).toThrow(problem);
});

test.each([
  [{attachment_allow: ['*']}, '"*" has an asterisk'],
  [{attachment_deny: ['*.exe', 'doc*']}, '"doc*" has an asterisk'],
  [{monitored_users: 'include', monitored_list: ['*@acme.test']}, '"*@acme.test" has an asterisk'],
  [
    {user_lists: [{name: 'all', members: ['list:traders']}], monitored_users: 'exclude', monitored_list: ['list:all']},
    '"list:traders" stands within a list',
  ],
])('%j is refused: it would leave out what nobody meant', (fields, problem) => {
  expect(() => policyOf(fields)).toThrow(problem);
});

test('a pattern that would hang other engines ends at once, in rules, expressions and detectors', () => {
  const evil = '(a+)+$';
  const policy = policyOf({
    custom_detectors: [{name: 'evil', pattern: '(x+x+)+y'}],
    rules: [
      {name: 'pattern', patterns: [evil, '(a|aa)+$', '([a-z]+)*#']},
      {name: 'expression', expression: `record.text.matches('${evil}')`},
      {
        name: 'detector',
        detectors: ['evil', 'email', 'phone', 'payment_card', 'iban', 'api_key', 'private_key', 'us_ssn'],
      },
    ],
  });
  for (const text of [
    `${'a'.repeat(200_000)}!`,
    'x'.repeat(200_000),
    '1 '.repeat(100_000),
    'a@a.'.repeat(50_000),
    '-----BEGIN '.repeat(20_000),
  ]) {
    expect(policy.decide([recordOf({text})], ada).rules).toEqual([]);
  }
});

test.each([
  ['exclude', {users: []}, true],
  ['exclude', {users: [], gpts: []}, true],
  ['exclude', {users: [], domains: ['acme.test']}, false],
  ['exclude', {users: [], expression: 'true'}, false],
  ['exclude', {tags: []}, false],
  ['exclude', {}, false],
  ['archive', {users: []}, false],
])(
  'a rule that was to %s, and whose last condition was emptied, does not exclude everything: %j',
  (disposition, fields, isRefused) => {
    const make = (): unknown => policyOf({rules: [{name: 'interns', disposition, ...fields}]});
    if (isRefused) expect(make).toThrow('rule 1 (interns): would exclude everything, since its conditions are empty');
    else expect(make).not.toThrow();
  }
);
