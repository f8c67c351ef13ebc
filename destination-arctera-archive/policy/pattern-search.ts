// The regular expressions of all rules as few searches: most are ruled out by a piece of text that they need.
import {RE2JS, RE2Set} from 're2js';
import {toComposed} from './composition';
import {compilePattern} from './detectors';
import {LiteralSearch} from './literal-search';
import {foldText, requiredLiteral} from './required-literal';

/** So many in one pass over a text, and so few that their automaton stays small whatever they say. */
const patternsInSet = 8;
/** For the automata of all sets, which grow with the texts they meet. */
const maxBytes = 32 * 1024 * 1024;
const minSetBytes = 256 * 1024;

/** Whether a pattern occurs in one text; what nothing asks about is not searched. */
export type PatternsFound = (pattern: number) => boolean;

interface Pattern {
  readonly compiled: RE2JS;
  /** Without which it does not occur. */
  readonly literal: string | undefined;
  /** Which set has it, where nothing rules it out. */
  readonly set: number;
  /** In its set, or among those that a piece of text rules out. */
  readonly place: number;
}

export class PatternSearch {
  private readonly patterns: Pattern[] = [];
  private readonly numbers = new Map<string, number>();
  private inSets = 0;
  private sets: readonly ((text: string) => readonly number[])[] | undefined;
  private literals: LiteralSearch | undefined;

  /** @returns the number by which the pattern is asked for. Throws an error with a readable message when it is not RE2 syntax. */
  add(pattern: string): number {
    const known = this.numbers.get(pattern);
    if (known !== undefined) return known;
    const compiled = compilePattern(pattern);
    const literal = requiredLiteral(pattern.normalize('NFC'));
    const set = Math.floor(this.inSets / patternsInSet);
    const place = literal === undefined ? this.inSets % patternsInSet : this.patterns.length - this.inSets;
    const number = this.patterns.push({compiled, literal, set, place}) - 1;
    if (literal === undefined) this.inSets += 1;
    this.sets = this.literals = undefined; // made anew with it
    this.numbers.set(pattern, number);
    return number;
  }

  /** Of a text whose accents stand behind their letters, as it is and composed. */
  in(toText: () => string): PatternsFound {
    const inGiven = this.inOne(toText);
    let inComposed: PatternsFound | undefined;
    return (number) => inGiven(number) || (inComposed ??= this.inOther(toText()))(number);
  }

  private inOther(text: string): PatternsFound {
    const composed = toComposed(text);
    return composed === text ? () => false : this.inOne(() => composed);
  }

  private inOne(toText: () => string): PatternsFound {
    let folded: string | undefined;
    let literals: ReadonlySet<number> | undefined;
    const known: (boolean | undefined)[] = [];
    const found: (readonly number[] | undefined)[] = [];
    const search = ({compiled, literal, set, place}: Pattern): boolean => {
      const text = toText();
      if (literal === undefined) return (found[set] ??= this.search(set, text)).includes(place);
      literals ??= this.literalsIn(text);
      return literals.has(place) && (folded ??= foldText(text)).includes(literal) && compiled.test(text);
    };
    return (number) => {
      const pattern = this.patterns[number];
      return pattern !== undefined && (known[number] ??= search(pattern));
    };
  }

  private search(set: number, text: string): readonly number[] {
    this.sets ??= this.compileSets();
    return this.sets[set]?.(text) ?? [];
  }

  private literalsIn(text: string): ReadonlySet<number> {
    this.literals ??= new LiteralSearch(this.patterns.flatMap(({literal}) => literal ?? []));
    return this.literals.in(text);
  }

  private compileSets(): ((text: string) => readonly number[])[] {
    const count = Math.ceil(this.inSets / patternsInSet);
    const setBytes = Math.max(minSetBytes, Math.floor(maxBytes / Math.max(1, count)));
    const apart = this.patterns.filter(({literal}) => literal === undefined).map(({compiled}) => compiled);
    return Array.from({length: count}, (_, set) =>
      compileSet(apart.slice(set * patternsInSet, (set + 1) * patternsInSet), setBytes)
    );
  }
}

function compileSet(patterns: readonly RE2JS[], maxSetBytes: number): (text: string) => readonly number[] {
  const set = new RE2Set(RE2Set.UNANCHORED, RE2JS.CASE_INSENSITIVE, maxSetBytes);
  try {
    for (const pattern of patterns) set.add(pattern.pattern());
    set.compile();
  } catch {
    // Each is small enough, but not all together.
    return (text) => [...patterns.keys()].filter((place) => patterns[place]?.test(text));
  }
  return (text) => set.match(text);
}
