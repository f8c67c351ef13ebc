// The keyword lists of the rules as one search: which lists have a keyword in a text.
import {toComposed} from './composition';
import {buildAutomaton, toKeywordText} from './keyword-automaton';
import type {PolicyConfig} from './policy-config';

export interface KeywordSearch {
  /** Names of the lists of which a keyword occurs. */
  find(text: string): ReadonlySet<string>;
}

interface Nearness {
  readonly list: string;
  readonly words: number;
}

/** Throws an error that names the list and the keyword that cannot be used. */
export function compileKeywordLists(lists: NonNullable<PolicyConfig['keyword_lists']>): KeywordSearch {
  const texts = new Map<string, number>();
  const listsOf: string[][] = [];
  /** By the keyword on their left and the one on their right, so that only what occurs is looked at. */
  const near = new Map<number, Map<number, Nearness[]>>();
  const isNear = new Set<number>();
  const indexOf = (keyword: string, position: string): number => {
    const trimmed = keyword.trim();
    const text = toKeywordText(trimmed);
    if (text === '') throw new Error(`${position} has no letter or digit`);
    // Both would be read as separators and words, and the keyword hardly ever be found.
    if (trimmed.slice(1, -1).includes('*'))
      throw new Error(`${position} has an asterisk that is neither its first nor its last character`);
    if (/\bNEAR\/\d/i.test(trimmed))
      throw new Error(`${position} has a NEAR/n that does not stand between two keywords`);
    const known = texts.get(text);
    if (known !== undefined) return known;
    texts.set(text, listsOf.length);
    listsOf.push([]);
    return listsOf.length - 1;
  };
  for (const [at, {name, keywords}] of lists.entries()) {
    for (const [index, keyword] of keywords.entries()) {
      const position = `keyword_lists.${at} (${name}), keyword ${index + 1}`;
      const parts = /^(.+?) NEAR\/(\d{1,3}) (.+)$/s.exec(keyword);
      if (parts === null) listsOf[indexOf(keyword, position)]?.push(name);
      else {
        const [, left = '', words, right = ''] = parts;
        const [first, second] = [indexOf(left, position), indexOf(right, position)];
        const ofFirst = near.get(first) ?? new Map<number, Nearness[]>();
        near.set(first, ofFirst);
        ofFirst.set(second, [...(ofFirst.get(second) ?? []), {list: name, words: Number(words)}]);
        isNear.add(first).add(second);
      }
    }
  }
  const automaton = buildAutomaton([...texts.keys()]);
  const lengths = Array.from(texts.keys(), (text) => text.trim().split(' ').length);
  /** Where each keyword occurs that has to be near another, as the number of its last word. */
  const placesOf = (text: string): Map<number, number[]> => {
    const places = new Map<number, number[]>();
    automaton.scan(toComposed(text), (keyword, words) => {
      if (!isNear.has(keyword)) return;
      const known = places.get(keyword);
      if (known === undefined) places.set(keyword, [words]);
      else known.push(words);
    });
    return places;
  };
  return {
    find(text) {
      const occurring = automaton.occurring(text);
      if (occurring.length === 0) return none;
      const found = new Set<string>();
      for (const keyword of occurring) for (const list of listsOf[keyword] ?? []) found.add(list);
      if (near.size === 0) return found;
      const keywords = new Set(occurring);
      let places: ReadonlyMap<number, readonly number[]> | undefined;
      for (const left of keywords) {
        for (const [right, pairs] of commonTo(near.get(left), keywords)) {
          for (const {list, words} of pairs) {
            if (found.has(list)) continue;
            places ??= placesOf(text);
            const [first, second] = [left, right].map((each) => ({places: places?.get(each), length: lengths[each]}));
            if (areNear(first, second, words)) found.add(list);
          }
        }
      }
      return found;
    },
  };
}

const none: ReadonlySet<string> = new Set();

/** Those that occur of the keywords which a list wants near another, found by way of the fewer. */
function* commonTo<Value>(
  wanted: ReadonlyMap<number, Value> | undefined,
  occurring: ReadonlySet<number>
): Generator<readonly [number, Value]> {
  if (wanted === undefined) return;
  if (wanted.size <= occurring.size) {
    for (const entry of wanted) if (occurring.has(entry[0])) yield entry;
    return;
  }
  for (const keyword of occurring) {
    const value = wanted.get(keyword);
    if (value !== undefined) yield [keyword, value];
  }
}

interface Occurrences {
  /** Of the last words, ascending. */
  readonly places: readonly number[] | undefined;
  /** How many words the keyword has. */
  readonly length: number | undefined;
}

/** Whether one of each is at most this many words from the other: from the end of the first to the beginning of the second. */
function areNear(left: Occurrences | undefined, right: Occurrences | undefined, words: number): boolean {
  const {places: lefts = [], length: leftLength = 1} = left ?? {};
  const {places: rights = [], length: rightLength = 1} = right ?? {};
  for (let a = 0, b = 0; a < lefts.length && b < rights.length;) {
    const distance = (rights[b] ?? 0) - (lefts[a] ?? 0);
    if (distance > words + rightLength - 1) a += 1;
    else if (-distance > words + leftLength - 1) b += 1;
    else return true;
  }
  return false;
}
