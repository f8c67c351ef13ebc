// The rules in order, and what those that an item matches decide of it.
import {type Condition, compileConditions, type Examined} from './conditions';
import type {Decision} from './decision';
import type {Detector} from './detectors';
import type {PolicyConfig, RuleConfig} from './policy-config';
import {type Redactor, toRedactor} from './redaction';
import {defaultTarget, route} from './routing';

export interface CompiledRule {
  readonly config: RuleConfig;
  readonly conditions: readonly Condition[];
  readonly redact: readonly Detector[];
}

/** Throws an error that says which rule cannot be used and why. */
export function compileRules(
  config: PolicyConfig,
  targets: ReadonlySet<string>,
  detectorNamed: (name: string) => Detector
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
      return {
        config: rule,
        conditions: compileConditions(rule, config, {detectorNamed}),
        redact: (rule.redact ?? []).map(detectorNamed),
      };
    } catch (error) {
      const problem = error instanceof Error ? error.message : 'cannot be used';
      throw new Error(`rule ${index + 1} (${rule.name}): ${problem}`, {cause: error});
    }
  });
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

/** A rule decides the whole item as soon as one record of it fulfils all of the rule's conditions. */
export function decideByRules(
  rules: readonly CompiledRule[],
  records: readonly Examined[],
  config: PolicyConfig,
  redactors: Redactors
): Decision {
  const matched: string[] = [];
  const routing: {targets: readonly string[]; isMatched: boolean}[] = [];
  const tags = new Set<string>();
  const redact = new Set<Detector>();
  let retention: {category: string; days: number | undefined} | undefined;
  let legalHold: string | undefined;
  for (const rule of rules) {
    const {config: said} = rule;
    const isMatched = records.some((record) => rule.conditions.every((condition) => condition(record)));
    if (said.targets !== undefined && said.targets.length > 0) routing.push({targets: said.targets, isMatched});
    if (!isMatched) continue;
    const {disposition = 'archive'} = said;
    if (disposition === 'set_aside' || (disposition === 'exclude' && legalHold === undefined)) {
      const why = {rule: said.name, reason: `it matches the rule ${JSON.stringify(said.name)}`};
      return {disposition, why, rules: [...matched, said.name]};
    }
    matched.push(said.name);
    for (const tag of said.tags ?? []) tags.add(tag);
    for (const detector of rule.redact) redact.add(detector);
    legalHold ??= said.legal_hold;
    if (said.retention_category !== undefined && isLonger(said.retention_days, retention)) {
      retention = {category: said.retention_category, days: said.retention_days};
    }
  }
  const targets = toTargets(config, routing);
  if ('disposition' in targets) return {...targets, rules: matched};
  return {
    disposition: 'archive',
    targets: targets.names,
    tags: [...tags],
    retention,
    legalHold,
    redactor: redactors.of(redact),
    rules: matched,
  };
}

/** A period beats none, a longer one a shorter one, and the first of equals stays. */
function isLonger(days: number | undefined, than: {readonly days: number | undefined} | undefined): boolean {
  return than === undefined || (days ?? 0) > (than.days ?? 0);
}

type Targets = {readonly names: readonly string[]} | Pick<Extract<Decision, {why: unknown}>, 'disposition' | 'why'>;

function toTargets(config: PolicyConfig, rules: Parameters<typeof route>[1]): Targets {
  const names = route(config.routing_mode, rules);
  if (names.length > 0) return {names};
  switch (config.routing_no_match) {
    case 'default_target':
      return {names: [defaultTarget]};
    case 'exclude_and_count':
      return {disposition: 'exclude', why: {rule: 'routing_no_match', reason: 'no rule routes it to a target'}};
    case 'fail':
      return {disposition: 'set_aside', why: {rule: 'routing_no_match', reason: 'no rule routes it to a target'}};
  }
}
