// A policy of 500 rules with 2,000 keywords, of every kind of condition, that marks items and leaves none out.
type Rule = Readonly<Record<string, unknown>>;

const listCount = 100;
const keywordsInList = 20;

/** Rules that only mark keep what is archived the same, so that a run with them can be held against one without. */
export function toLargePolicy(): Readonly<Record<string, unknown>> {
  const rules = [
    ...times(360, toKeywordRule),
    ...times(40, toPeopleRule),
    ...times(40, toFactRule),
    ...times(20, toFileRule),
    ...times(15, toDetectorRule),
    ...times(15, toPatternRule),
    ...times(10, toExpressionRule),
  ];
  return {
    user_lists: times(10, (list) => ({
      name: `desk ${list}`,
      members: times(50, (member) => `person-${list}-${member}@desk.acme.test`),
    })),
    keyword_lists: times(listCount, toKeywordList),
    custom_detectors: times(5, (number) => ({name: `account ${number}`, pattern: `AC${number}-[0-9]{8}`})),
    rules: rules.map((rule, index) => ({name: `rule ${index}`, ...rule})),
  };
}

/** What the people of the simulator say now and then. */
const phrases = ['prior written consent', 'deferred revenue', 'timing difference', 'clause', 'supplier', 'contract'];

/** Most lists look for what nobody says; in some one keyword occurs. */
function toKeywordList(list: number): object {
  const said = list % 20 === 0 ? phrases.slice(list / 20, list / 20 + 1) : [];
  const keywords = times(keywordsInList - said.length, (number) => {
    const word = `${word26(list)}${word26(number + 7)}`;
    const forms = [word, `${word}*`, `*${word}`, `front ${word}`, `${word} market close`, `bonus NEAR/5 ${word}`];
    return forms[number % forms.length];
  });
  return {name: `list ${list}`, keywords: [...said, ...keywords]};
}

function toKeywordRule(number: number): Rule {
  const conditions = [{}, {roles: ['user']}, {users: [`list:desk ${number % 10}`]}, {from_date: '2026-01-01'}];
  const keyword_lists = number % 3 === 0 ? [toListName(number), toListName(number + 1)] : [toListName(number)];
  return {...conditions[number % conditions.length], keyword_lists, tags: [`tag ${number % 20}`]};
}

function toPeopleRule(number: number): Rule {
  const people = [
    {users: [`list:desk ${number % 10}`]},
    {domains: [`unit-${number}.acme.test`]},
    {users: [`user-${number}`, `@unit-${number}.acme.test`]},
    {users: ['@desk.acme.test'], except_users: [`person-1-${number}@desk.acme.test`]},
  ];
  return {...people[number % people.length], retention_category: 'desk', retention_days: 2555 + number};
}

function toFactRule(number: number): Rule {
  const facts = [
    {models: [`model-${number}*`]},
    {gpts: [`*Analyst ${number}*`]},
    {projects: [`FY${number}*`]},
    {clients: [`client_${number}`]},
    {tools: [`tool-${number}`]},
    {temporary_chat: 'yes', roles: ['assistant'], models: [`model-${number}`]},
  ];
  return {...facts[number % facts.length], tags: ['facts']};
}

function toFileRule(number: number): Rule {
  const files = [
    {attachment_names: [`*salary ${number}*`]},
    {attachment_types: ['exe']},
    {attachment_min_megabytes: 10},
  ];
  return {...files[number % files.length], tags: ['files']};
}

function toDetectorRule(number: number): Rule {
  const detectors = ['payment_card', 'iban', 'us_ssn', 'email', 'phone', 'api_key', 'private_key'];
  const own = times(5, (each) => `account ${each}`);
  return {detectors: [[...detectors, ...own][number % 12]], tags: ['data']};
}

function toPatternRule(number: number): Rule {
  const patterns = [`project\\s+falcon ${number}`, `\\bwire ${number}\\b`, `confidential.{0,40}draft ${number}`];
  return {patterns: [patterns[number % patterns.length]], tags: ['patterns']};
}

function toExpressionRule(number: number): Rule {
  const expressions = [
    `record.role == 'user' && size(record.files) > ${number}`,
    `record.title.startsWith('Deal ${number}') || record.model == 'model-${number}'`,
    `record.tools.exists(t, t == 'tool-${number}')`,
  ];
  return {expression: expressions[number % expressions.length], tags: ['expressions']};
}

function toListName(number: number): string {
  return `list ${number % listCount}`;
}

/** A made-up word for a number. */
function word26(number: number): string {
  const syllables = ['ba', 'do', 'fe', 'gu', 'ki', 'lo', 'mu', 'ne', 'pi', 'ra', 'so', 'tu', 've', 'wi', 'zo'];
  return `${syllables[number % 15]}${syllables[Math.floor(number / 15) % 15]}${syllables[(number * 7) % 15]}`;
}

function times<Value>(count: number, make: (index: number) => Value): Value[] {
  return Array.from({length: count}, (_, index) => make(index));
}
