// Which rules each record of an item can still match by what recurs from record to record: a bit a rule, and a set of bits a value.
import {BoundedMemo} from './bounded-memo';
import type {Conditions, Examined, ExaminedItem} from './conditions';
import {type RecurringFact, recurringFacts, valuesOf} from './recurring-facts';
import type {NamesOfUser} from './user-selector';

/** For the values of one fact. */
const maxMemoBytes = 64 * 1024;

/** Rules by their places in the order of the configuration, 32 to a word. */
export type RuleSet = Uint32Array;

/** What the rules ask of one fact. */
interface AskedOfFact {
  readonly fact: RecurringFact;
  /** The rules that do not ask. */
  readonly others: RuleSet;
  /** The rules of which a value fulfils what they ask. */
  readonly ofValue: (value: string) => RuleSet;
}

/** The rules that are left. */
export interface Candidates {
  readonly ofItem: RuleSet;
  /** In the order of the item's records. */
  readonly ofRecords: readonly RuleSet[];
}

export function has(rules: RuleSet, place: number): boolean {
  return (((rules[place >>> 5] ?? 0) >>> (place & 31)) & 1) === 1;
}

/** @returns the place of the next rule of a set, -1 when none is behind the one given */
export function nextOf(rules: RuleSet, after: number): number {
  const from = after + 1;
  let mask = -1 << (from & 31);
  for (let word = from >>> 5; word < rules.length; word++) {
    const bits = (rules[word] ?? 0) & mask;
    if (bits !== 0) return word * 32 + (31 - Math.clz32(bits & -bits));
    mask = -1;
  }
  return -1;
}

export class RuleIndex {
  private readonly words: number;
  private readonly owners: BoundedMemo<RuleSet>;
  private readonly asked: readonly AskedOfFact[];
  private readonly withLists: RuleSet;
  private readonly withoutLists: RuleSet;
  private readonly ofList = new Map<string, RuleSet>();

  /** @param conditions of each rule, in the order of the configuration */
  constructor(private readonly conditions: readonly Conditions[]) {
    this.words = Math.ceil(conditions.length / 32);
    this.owners = this.memo();
    this.asked = recurringFacts.flatMap((fact) => this.askedOf(fact) ?? []);
    this.withLists = this.rulesWhere(({keywordLists}) => keywordLists !== undefined);
    this.withoutLists = this.rulesWhere(({keywordLists}) => keywordLists === undefined);
    for (const list of new Set(conditions.flatMap(({keywordLists = []}) => keywordLists))) {
      this.ofList.set(
        list,
        this.rulesWhere(({keywordLists}) => keywordLists?.includes(list) === true)
      );
    }
  }

  candidates({records, owner}: ExaminedItem): Candidates {
    const ofOwner = this.ofOwner(owner);
    const ofRecords = records.map((record) => this.ofRecord(record, ofOwner));
    const [only] = ofRecords;
    return {ofItem: ofRecords.length === 1 && only !== undefined ? only : union(ofRecords, this.words), ofRecords};
  }

  private ofOwner(owner: NamesOfUser): RuleSet {
    return this.owners.of(JSON.stringify([owner.names, owner.domains]), () =>
      this.rulesWhere(({ofOwner}) => ofOwner.every((condition) => condition(owner)))
    );
  }

  private ofRecord(record: Examined, ofOwner: RuleSet): RuleSet {
    const left = ofOwner.slice();
    for (const {fact, others, ofValue} of this.asked) {
      const values = valuesOf(fact, record.facts);
      const [first] = values;
      if (first === undefined) keepOnly(left, others);
      else if (values.length === 1) keepOnly(left, others, ofValue(first));
      else keepOnly(left, others, union(values.map(ofValue), this.words));
    }
    // The text is looked at last, and only for a rule that is left.
    if (!haveOneInCommon(left, this.withLists)) return left;
    const lists = record.keywordLists();
    if (lists.size === 0) keepOnly(left, this.withoutLists);
    else {
      const found = Array.from(lists).flatMap((list) => this.ofList.get(list) ?? []);
      keepOnly(left, this.withoutLists, union(found, this.words));
    }
    return left;
  }

  private askedOf(fact: RecurringFact): AskedOfFact | undefined {
    const asks = this.conditions.map(({ofFacts}) => ofFacts.filter((each) => each.fact === fact));
    if (asks.every((each) => each.length === 0)) return undefined;
    const memo = this.memo();
    const toRules = (value: string): RuleSet =>
      this.rulesWhere((_, place) => {
        const each = asks[place] ?? [];
        return each.length > 0 && each.every(({holds}) => holds(value));
      });
    return {
      fact,
      others: this.rulesWhere((_, place) => asks[place]?.length === 0),
      ofValue: (value) => memo.of(value, toRules),
    };
  }

  private memo(): BoundedMemo<RuleSet> {
    return new BoundedMemo(maxMemoBytes, 4 * this.words);
  }

  private rulesWhere(isOne: (conditions: Conditions, place: number) => boolean): RuleSet {
    const rules = new Uint32Array(this.words);
    for (const [place, conditions] of this.conditions.entries()) {
      if (isOne(conditions, place)) rules[place >>> 5] = (rules[place >>> 5] ?? 0) | (1 << (place & 31));
    }
    return rules;
  }
}

function haveOneInCommon(some: RuleSet, others: RuleSet): boolean {
  for (let word = 0; word < some.length; word++) if (((some[word] ?? 0) & (others[word] ?? 0)) !== 0) return true;
  return false;
}

/** Takes away what is in neither of two sets. */
function keepOnly(left: RuleSet, others: RuleSet, holders?: RuleSet): void {
  for (let word = 0; word < left.length; word++) {
    left[word] = (left[word] ?? 0) & ((others[word] ?? 0) | (holders?.[word] ?? 0));
  }
}

function union(sets: readonly RuleSet[], words: number): RuleSet {
  const all = new Uint32Array(words);
  for (const set of sets) for (let word = 0; word < words; word++) all[word] = (all[word] ?? 0) | (set[word] ?? 0);
  return all;
}
