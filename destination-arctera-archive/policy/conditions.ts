// The conditions of a rule as questions to an item's owner and to one record: cheap ones first, the text only when it is needed.
import type {Detector} from './detectors';
import {type CelRecord, compileExpression} from './expression';
import type {PatternSearch, PatternsFound} from './pattern-search';
import type {PolicyConfig, RuleConfig} from './policy-config';
import type {RecordFacts} from './record-facts';
import {compileUserSelector, type NamesOfUser} from './user-selector';

/** One record with what several rules ask of it, worked out once, when the first of them asks. */
export interface Examined {
  readonly facts: RecordFacts;
  readonly cel: CelRecord;
  readonly hasPattern: PatternsFound;
  /** Names of the keyword lists of which a keyword occurs. */
  keywordLists(): ReadonlySet<string>;
  isFoundBy(detector: Detector): boolean;
}

/** What one rule asks. */
export interface Conditions {
  /** Of the owner of an item: the same for all its records. */
  readonly ofOwner: readonly ((owner: NamesOfUser) => boolean)[];
  /** Of one record, in the order of what they cost. */
  readonly ofRecord: readonly ((examined: Examined) => boolean)[];
  /** Lists of which the record has to have a keyword; undefined when it need not. */
  readonly keywordLists: readonly string[] | undefined;
}

export interface ConditionNames {
  readonly detectorNamed: (name: string) => Detector;
  readonly patterns: PatternSearch;
}

/** Throws an error with a readable message when a condition cannot be used. */
export function compileConditions(rule: RuleConfig, config: PolicyConfig, names: ConditionNames): Conditions {
  const lists = config.user_lists ?? [];
  const ofOwner: ((owner: NamesOfUser) => boolean)[] = [];
  const ofRecord: ((examined: Examined) => boolean)[] = [];
  let keywordLists: readonly string[] | undefined;
  const given = <Value>(value: Value | undefined, use: (value: Value) => void): void => {
    if (value !== undefined && !(Array.isArray(value) && value.length === 0)) use(value);
  };
  const when = <Value>(value: Value | undefined, toCondition: (value: Value) => Conditions['ofRecord'][number]): void =>
    given(value, (each) => ofRecord.push(toCondition(each)));
  const facts =
    (ask: (facts: RecordFacts) => boolean) =>
    (examined: Examined): boolean =>
      ask(examined.facts);
  given(rule.users, (users) => ofOwner.push(compileUserSelector(users, lists)));
  given(rule.except_users, (users) => {
    const isOne = compileUserSelector(users, lists);
    ofOwner.push((owner) => !isOne(owner));
  });
  given(rule.domains, (domains) => {
    const named = new Set(domains.map((domain) => domain.toLowerCase().replace(/^@/, '')));
    ofOwner.push((owner) => owner.domains.some((domain) => named.has(domain)));
  });
  when(rule.streams, (streams) => {
    const named = new Set(streams);
    return facts(({stream}) => named.has(stream));
  });
  when(rule.roles, (roles) => facts(({role}) => roles.includes(role)));
  when(rule.temporary_chat, (wanted) => facts(({isTemporaryChat}) => isTemporaryChat === (wanted === 'yes')));
  when(rule.from_date, (from) => facts(({timestamp}) => timestamp !== undefined && timestamp >= from));
  when(rule.until_date, (until) => facts(({timestamp}) => timestamp !== undefined && timestamp < until));
  when(rule.models, (globs) => {
    const isOne = compileGlobs(globs);
    return facts(({model}) => model !== undefined && isOne(model));
  });
  when(rule.gpts, (globs) => {
    const isOne = compileGlobs(globs);
    return facts(({gpts}) => gpts.some(isOne));
  });
  when(rule.projects, (globs) => {
    const isOne = compileGlobs(globs);
    return facts(({projects}) => projects.some(isOne));
  });
  when(rule.clients, (globs) => {
    const isOne = compileGlobs(globs);
    return facts(({client}) => client !== undefined && isOne(client));
  });
  when(rule.tools, (globs) => {
    const isOne = compileGlobs(globs);
    return facts(({tools}) => tools.some(isOne));
  });
  when(rule.attachment_names, (globs) => {
    const isOne = compileGlobs(globs);
    return facts(({files}) => files.some(({name}) => isOne(name)));
  });
  when(rule.attachment_types, (types) => {
    const named = new Set(types.map(toType));
    return facts(({files}) => files.some(({type}) => named.has(type)));
  });
  when(rule.attachment_min_megabytes, (megabytes) =>
    facts(({files}) => files.some(({size}) => size !== undefined && size >= megabytes * 1024 * 1024))
  );
  given(rule.keyword_lists, (named) => {
    for (const name of named) {
      const isKnown = (config.keyword_lists ?? []).some((list) => list.name === name);
      if (!isKnown) throw new Error(`there is no keyword list ${JSON.stringify(name)}`);
    }
    keywordLists = named;
    ofRecord.push((examined) => named.some((name) => examined.keywordLists().has(name)));
  });
  when(rule.detectors, (named) => {
    const detectors = named.map(names.detectorNamed);
    return (examined) => detectors.some((detector) => examined.isFoundBy(detector));
  });
  when(rule.patterns, (patterns) => {
    const numbers = patterns.map((pattern, index) => attempt(`patterns.${index}`, () => names.patterns.add(pattern)));
    return ({hasPattern}) => numbers.some(hasPattern);
  });
  when(rule.expression, (text) => {
    const isTrue = attempt('expression', () => compileExpression(text));
    return ({cel}) => isTrue(cel);
  });
  return {ofOwner, ofRecord, keywordLists};
}

/** Ending of a file name as people write it: `PDF`, `.pdf` and `pdf` are one. */
export function toType(type: string): string {
  return type
    .trim()
    .toLowerCase()
    .replace(/^\*?\./, '');
}

/** Names in any case in which an asterisk stands for anything. */
function compileGlobs(globs: readonly string[]): (name: string) => boolean {
  const exact = new Set<string>();
  const parts: (readonly string[])[] = [];
  for (const glob of globs.map((each) => each.toLowerCase())) {
    if (glob.includes('*')) parts.push(glob.split('*'));
    else exact.add(glob);
  }
  return (name) => {
    const folded = name.toLowerCase();
    return exact.has(folded) || parts.some((each) => matchesParts(folded, each));
  };
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
