// The rules in order, and what those that an item matches decide of it.
import {compileConditions, type ConditionNames, type Conditions, type Examined, type ExaminedItem} from './conditions';
import {addMatters, type Decision} from './decision';
import type {Detector} from './detectors';
import type {PolicyConfig, RuleConfig} from './policy-config';
import {type Redactor, toRedactor} from './redaction';
import {defaultTarget, route, type RoutingRule} from './routing';
import {type Candidates, has, nextOf, RuleIndex} from './rule-index';

export interface CompiledRule {
  readonly config: RuleConfig;
  readonly conditions: Conditions;
  readonly redact: readonly Detector[];
}

/** Throws an error that says which rule cannot be used and why. */
export function compileRules(
  config: PolicyConfig,
  targets: ReadonlySet<string>,
  conditionNames: ConditionNames
): CompiledRule[] {
  const names = new Set<string>();
  return (config.rules ?? []).map((rule, index) => {
    try {
      if (names.has(rule.name)) throw new Error('another rule has the same name');
      names.add(rule.name);
      for (const target of rule.targets ?? []) {
        if (!targets.has(target)) throw new Error(`there is no target ${JSON.stringify(target)}`);
      }
      if (rule.retention_days !== undefined && rule.retention_category === undefined) {
        throw new Error('retention_days needs a retention_category');
      }
      const conditions = compileConditions(rule, config, conditionNames);
      assertMeant(rule, conditions);
      return {
        config: rule,
        conditions,
        redact: (rule.redact ?? []).map(conditionNames.detectorNamed),
      };
    } catch (error) {
      const problem = error instanceof Error ? error.message : 'cannot be used';
      throw new Error(`rule ${index + 1} (${rule.name}): ${problem}`, {cause: error});
    }
  });
}

/** Lists of a rule that are no conditions. */
const effects: ReadonlySet<string> = new Set(['redact', 'tags', 'targets']);

/** A form leaves an empty list behind where the last person, word or name was taken out: nobody means everything by that. */
function assertMeant(rule: RuleConfig, {ofOwner, ofFacts, ofRecord, keywordLists}: Conditions): void {
  const isEmptied = Object.entries(rule).some(
    ([field, value]) => Array.isArray(value) && value.length === 0 && !effects.has(field)
  );
  const isBare = ofOwner.length + ofFacts.length + ofRecord.length === 0 && keywordLists === undefined;
  if (rule.disposition !== 'exclude' || !isEmptied || !isBare) return;
  throw new Error(
    'would exclude everything, since its conditions are empty: fill one, or say `true` as its expression'
  );
}

/** Redactors by the detectors they have, so that equal items are masked by one and the same. */
export class Redactors {
  private readonly known = new Map<string, Redactor>();

  of(detectors: ReadonlySet<Detector>): Redactor | undefined {
    if (detectors.size === 0) return undefined;
    const key = JSON.stringify([...detectors].map(({name}) => name));
    let redactor = this.known.get(key);
    if (redactor === undefined) {
      redactor = toRedactor([...detectors]);
      this.known.set(key, redactor);
    }
    return redactor;
  }
}

/**
 * Finds the rules that an item matches: a rule decides the whole item as soon as one record of it fulfils all of the
 * rule's conditions. The index leaves few rules to be looked at.
 */
export class RuleBook {
  private readonly index: RuleIndex;
  private readonly routing: readonly CompiledRule[];

  constructor(readonly rules: readonly CompiledRule[]) {
    this.index = new RuleIndex(rules.map(({conditions}) => conditions));
    this.routing = rules.filter(({config}) => (config.targets ?? []).length > 0);
  }

  /** In the order of the configuration, each worked out when it is asked for. */
  *matching(item: ExaminedItem): Generator<CompiledRule> {
    const candidates = this.index.candidates(item);
    for (let place = -1; (place = nextOf(candidates.ofItem, place)) !== -1;) {
      const rule = this.rules[place];
      if (rule !== undefined && isMatched(rule, place, candidates, item)) yield rule;
    }
  }

  /** The rules that route, with whether they are among these. */
  routingOf(matched: ReadonlySet<CompiledRule>): RoutingRule[] {
    return this.routing.map((rule) => ({targets: rule.config.targets ?? [], isMatched: matched.has(rule)}));
  }
}

function isMatched(
  {conditions}: CompiledRule,
  place: number,
  {ofRecords}: Candidates,
  {records}: ExaminedItem
): boolean {
  for (let row = 0; row < records.length; row++) {
    const record = records[row];
    const left = ofRecords[row];
    if (record !== undefined && left !== undefined && has(left, place) && fulfils(record, conditions)) return true;
  }
  return false;
}

/** Written out: it is asked of many rules for each record. */
function fulfils(record: Examined, {ofRecord}: Conditions): boolean {
  for (const condition of ofRecord) if (!condition(record)) return false;
  return true;
}

export function decideByRules(
  book: RuleBook,
  item: ExaminedItem,
  config: PolicyConfig,
  redactors: Redactors
): Decision {
  const matched = new Set<CompiledRule>();
  const tags = new Set<string>();
  const redact = new Set<Detector>();
  let retention: {category: string; days: number | undefined} | undefined;
  let legalHold: string | undefined;
  for (const rule of book.matching(item)) {
    const {config: said} = rule;
    const {disposition = 'archive'} = said;
    if (disposition === 'set_aside' || (disposition === 'exclude' && legalHold === undefined)) {
      const why = {rule: said.name, reason: `it matches the rule ${JSON.stringify(said.name)}`};
      return {disposition, why, rules: [...namesOf(matched), said.name]};
    }
    matched.add(rule);
    for (const tag of said.tags ?? []) tags.add(tag);
    for (const detector of rule.redact) redact.add(detector);
    legalHold = addMatters(legalHold, said.legal_hold);
    if (said.retention_category !== undefined && isLonger(said.retention_days, retention)) {
      retention = {category: said.retention_category, days: said.retention_days};
    }
  }
  const rules = namesOf(matched);
  const targets = toTargets(config, book.routingOf(matched), legalHold !== undefined);
  if ('disposition' in targets) return {...targets, rules};
  return {
    disposition: 'archive',
    targets: targets.names,
    tags: [...tags],
    retention,
    legalHold,
    redactor: redactors.of(redact),
    rules,
  };
}

function namesOf(rules: Iterable<CompiledRule>): string[] {
  return Array.from(rules, ({config}) => config.name);
}

/** A period beats none, a longer one a shorter one, and the first of equals stays. */
function isLonger(days: number | undefined, than: {readonly days: number | undefined} | undefined): boolean {
  return than === undefined || (days ?? 0) > (than.days ?? 0);
}

type Targets = {readonly names: readonly string[]} | Pick<Extract<Decision, {why: unknown}>, 'disposition' | 'why'>;

/** @param isHeld what is held is not left out, whatever becomes of other items that no rule routes */
function toTargets(config: PolicyConfig, rules: readonly RoutingRule[], isHeld: boolean): Targets {
  const names = route(config.routing_mode, rules);
  if (names.length > 0) return {names};
  if (isHeld && config.routing_no_match === 'exclude_and_count') return {names: [defaultTarget]};
  switch (config.routing_no_match) {
    case 'default_target':
      return {names: [defaultTarget]};
    case 'exclude_and_count':
      return {disposition: 'exclude', why: {rule: 'routing_no_match', reason: 'no rule routes it to a target'}};
    case 'fail':
      return {disposition: 'set_aside', why: {rule: 'routing_no_match', reason: 'no rule routes it to a target'}};
  }
}
