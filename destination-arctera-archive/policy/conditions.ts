// The conditions of a rule as questions to an item's owner and to one record: cheap ones first, the text only when it is needed.
import {toFirstMoment} from '../../core/micros';
import {foldName} from '../../core/safe-name';
import type {Detector} from './detectors';
import {type CelRecord, compileExpression, type VariableName} from './expression';
import type {ExpressionAnswers} from './expression-answers';
import type {PatternSearch, PatternsFound} from './pattern-search';
import type {PolicyConfig, RuleConfig} from './policy-config';
import type {RecordFacts} from './record-facts';
import {isDay, type RecurringFact} from './recurring-facts';
import {compileUserSelector, type NamesOfUser} from './user-selector';

/** One record with what several rules ask of it, worked out once, when the first of them asks. */
export interface Examined {
  readonly facts: RecordFacts;
  readonly cel: CelRecord;
  readonly hasPattern: PatternsFound;
  /** Names of the keyword lists of which a keyword occurs. */
  keywordLists(): ReadonlySet<string>;
  readonly isFoundBy: (detector: Detector) => boolean;
}

/** An item as the rules look at it. */
export interface ExaminedItem {
  readonly records: readonly Examined[];
  readonly owner: NamesOfUser;
}

/** Fulfilled when it holds of one of the values that a record has of the fact. */
export interface FactCondition {
  readonly fact: RecurringFact;
  readonly holds: (value: string) => boolean;
}

/** What one rule asks: all of it has to be fulfilled. */
export interface Conditions {
  /** Of the owner of an item: the same for all its records. */
  readonly ofOwner: readonly ((owner: NamesOfUser) => boolean)[];
  /** Of one record; of a fact that has several values at most one. */
  readonly ofFacts: readonly FactCondition[];
  /** Of one record, what its facts and keywords do not tell, in the order of what they cost. */
  readonly ofRecord: readonly ((examined: Examined) => boolean)[];
  /** Lists of which the record has to have a keyword; undefined when it need not. */
  readonly keywordLists: readonly string[] | undefined;
}

export interface ConditionNames {
  readonly detectorNamed: (name: string) => Detector;
  readonly patterns: PatternSearch;
  readonly answers: ExpressionAnswers<VariableName>;
}

/** Throws an error with a readable message when a condition cannot be used. */
export function compileConditions(rule: RuleConfig, config: PolicyConfig, names: ConditionNames): Conditions {
  const lists = config.user_lists ?? [];
  const ofOwner: ((owner: NamesOfUser) => boolean)[] = [];
  const ofFacts: FactCondition[] = [];
  const ofRecord: ((examined: Examined) => boolean)[] = [];
  let keywordLists: readonly string[] | undefined;
  const given = <Value>(value: Value | undefined, use: (value: Value) => void): void => {
    if (value !== undefined && !(Array.isArray(value) && value.length === 0)) use(value);
  };
  const when = <Value>(value: Value | undefined, toCondition: (value: Value) => Conditions['ofRecord'][number]): void =>
    given(value, (each) => ofRecord.push(toCondition(each)));
  const whenFact = <Value>(
    fact: RecurringFact,
    value: Value | undefined,
    toHolds: (value: Value) => FactCondition['holds']
  ): void => given(value, (each) => ofFacts.push({fact, holds: toHolds(each)}));
  const facts =
    (ask: (facts: RecordFacts) => boolean) =>
    (examined: Examined): boolean =>
      ask(examined.facts);
  const whenDate = (date: string | undefined, holds: (time: string, date: string) => boolean): void =>
    given(date, (given) => {
      if (isDay(given)) ofFacts.push({fact: 'day', holds: (day) => holds(day, given)});
      else {
        const second = given.replace(/Z$/, ''); // text order: what is within the second comes behind it
        ofRecord.push(facts(({time}) => time !== undefined && holds(time, second)));
      }
    });
  given(rule.users, (users) => ofOwner.push(compileUserSelector(users, lists)));
  given(rule.except_users, (users) => {
    const isOne = compileUserSelector(users, lists);
    ofOwner.push((owner) => !isOne(owner));
  });
  given(rule.domains, (domains) => {
    const named = new Set(domains.map((domain) => assertWhole(domain).trim().toLowerCase().replace(/^@/, '')));
    ofOwner.push((owner) => owner.domains.some((domain) => named.has(domain)));
  });
  whenFact('stream', rule.streams, (streams) => oneOf(streams.map((stream) => assertWhole(stream).trim())));
  whenFact('role', rule.roles, oneOf);
  whenFact('isTemporaryChat', rule.temporary_chat, (wanted) => (value) => value === wanted);
  assertSpan(rule);
  whenDate(rule.from_date, (time, from) => time >= from);
  whenDate(rule.until_date, (time, until) => time < until);
  whenFact('model', rule.models, compileGlobs);
  whenFact('gpts', rule.gpts, compileGlobs);
  whenFact('projects', rule.projects, compileGlobs);
  whenFact('client', rule.clients, compileGlobs);
  whenFact('tools', rule.tools, compileGlobs);
  whenFact('fileTypes', rule.attachment_types, (types) => oneOf(types.map(toType)));
  when(rule.attachment_names, (globs) => {
    const isOne = compileGlobs(globs);
    ofFacts.push(withFile);
    return facts(({files}) => files.some(({name}) => isOne(name)));
  });
  when(rule.attachment_min_megabytes, (megabytes) => {
    ofFacts.push(withFile);
    return facts(({files}) => files.some(({size}) => size !== undefined && size >= megabytes * 1024 * 1024));
  });
  given(rule.keyword_lists, (named) => {
    for (const name of named) {
      const isKnown = (config.keyword_lists ?? []).some((list) => list.name === name);
      if (!isKnown) throw new Error(`there is no keyword list ${JSON.stringify(name)}`);
    }
    keywordLists = named;
  });
  when(rule.detectors, (named) => {
    const detectors = named.map(names.detectorNamed);
    return anyOf(detectors, ({isFoundBy}, detector) => isFoundBy(detector));
  });
  when(rule.patterns, (patterns) => {
    const numbers = patterns.map((pattern, index) => attempt(`patterns.${index}`, () => names.patterns.add(pattern)));
    return anyOf(numbers, ({hasPattern}, number) => hasPattern(number));
  });
  when(rule.expression, (text) => {
    const isTrue = attempt('expression', () => compileExpression(text, names.answers));
    return ({cel}) => isTrue(cel);
  });
  return {ofOwner, ofFacts, ofRecord, keywordLists};
}

const withFile: FactCondition = {fact: 'hasFile', holds: () => true};

/** Without a function for each record. */
function anyOf<Value>(
  values: readonly Value[],
  holds: (examined: Examined, value: Value) => boolean
): (examined: Examined) => boolean {
  return (examined) => {
    for (const value of values) if (holds(examined, value)) return true;
    return false;
  };
}

function oneOf(named: readonly string[]): (value: string) => boolean {
  const all = new Set(named);
  return (value) => all.has(value);
}

/** Ending of a file name as people write it: `PDF`, `.pdf` and `*.pdf` are one. Throws an error for a pattern of endings. */
export function toType(type: string): string {
  return assertWhole(
    type
      .trim()
      .toLowerCase()
      .replace(/^\*?\./, '')
  );
}

/** One that ends before it begins would never match, and nobody would be told. */
function assertSpan({from_date: from, until_date: until}: RuleConfig): void {
  if (from === undefined || until === undefined || toFirstMoment(from) < toFirstMoment(until)) return;
  throw new Error('until_date is not later than from_date');
}

/** Where an asterisk would be one, a rule would never match, and nobody would be told. */
function assertWhole(name: string): string {
  if (name.includes('*')) throw new Error(`${JSON.stringify(name)} has an asterisk, which stands for nothing there`);
  return name;
}

/** Names in any case, and composed or not as some disks write them, in which an asterisk stands for anything. */
function compileGlobs(globs: readonly string[]): (name: string) => boolean {
  const exact = new Set<string>();
  const parts: (readonly string[])[] = [];
  for (const glob of globs.map(toCompared)) {
    if (glob.includes('*')) parts.push(glob.split('*'));
    else exact.add(glob);
  }
  return (name) => {
    const folded = toCompared(name);
    return exact.has(folded) || parts.some((each) => matchesParts(folded, each));
  };
}

/** Spaces around a name are seen neither in a form nor in ChatGPT. */
function toCompared(name: string): string {
  return foldName(name).trim();
}

/** Each part at its first place behind the one before: linear, whatever the name is. */
function matchesParts(name: string, parts: readonly string[]): boolean {
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  let from = first.length;
  const end = name.length - last.length;
  for (const part of parts.slice(1, -1)) {
    const at = name.indexOf(part, from);
    if (at === -1 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}

function attempt<Result>(position: string, compile: () => Result): Result {
  try {
    return compile();
  } catch (error) {
    throw new Error(`${position}: ${error instanceof Error ? error.message : 'does not compile'}`, {cause: error});
  }
}
