// Keywords in a text that is read as words: whatever is not a letter, digit or mark separates them, and case does not count.
import {Automaton, type Classes} from './automaton';
import {mayCompose} from './composition';

/** Above this the table would not be worth its memory: 64 MB. */
const maxCells = 16 * 1024 * 1024;
const none: readonly number[] = [];

/** A keyword is a sequence of words with a space on each side that has to be the side of a word. */
export interface KeywordAutomaton {
  /** Tells each keyword that occurs, with the number of the word it ends in; a keyword is told at each place it occurs. */
  scan(text: string, onFound: (keyword: number, words: number) => void): void;
  /** The keywords that occur in the text as Unicode composes it, some more than once. */
  occurring(text: string): readonly number[];
}

/** Keywords as `toKeywordText` writes them. Throws an error with a readable message when there are too many. */
export function buildAutomaton(keywords: readonly string[]): KeywordAutomaton {
  try {
    return new Keywords(new Automaton(keywords, maxCells, ' '));
  } catch (error) {
    throw new Error('the keyword lists are too large together', {cause: error});
  }
}

class Keywords implements KeywordAutomaton {
  private readonly separator: number;
  /** Behind a separator. */
  private readonly start: number;
  private readonly classes: Classes;
  /** The same but for units of which composing may make others: they have none. */
  private readonly stableClasses: Classes;

  constructor(private readonly automaton: Automaton) {
    this.separator = automaton.classOf(' ');
    this.start = automaton.step(0, this.separator);
    this.classes = automaton.unknownClasses();
    this.stableClasses = automaton.unknownClasses();
  }

  scan(text: string, onFound: (keyword: number, words: number) => void): void {
    let state = this.start;
    let words = 0;
    let wasSeparator = true;
    for (let at = 0; at <= text.length; at++) {
      const unitClass = at === text.length ? this.separator : this.knownClassOf(text.charCodeAt(at));
      if (unitClass === this.automaton.passedClass) continue;
      const isSeparator = unitClass === this.separator;
      if (isSeparator && wasSeparator) continue;
      if (wasSeparator) words += 1;
      wasSeparator = isSeparator;
      state = this.automaton.step(state, unitClass);
      if (state >= 0) continue;
      state = -state;
      for (const keyword of this.automaton.wordsAt(state)) onFound(keyword, words);
    }
  }

  occurring(text: string): readonly number[] {
    const toStableClass = (unit: number): number | undefined => (mayCompose(unit) ? undefined : this.classOf(unit));
    return (
      this.found(text, this.stableClasses, toStableClass) ??
      this.found(text.normalize('NFC'), this.classes, (unit) => this.classOf(unit)) ??
      none
    );
  }

  private found(text: string, classes: Classes, toClass: (unit: number) => number | undefined): number[] | undefined {
    const found: number[] = [];
    this.automaton.begin();
    const end = this.automaton.run(text, this.start, classes, toClass, found);
    if (end === undefined) return undefined;
    this.automaton.run(' ', end, classes, toClass, found);
    return found;
  }

  private knownClassOf(unit: number): number {
    const known = this.classes[unit] ?? 0;
    return known === this.automaton.noClass ? (this.classes[unit] = this.classOf(unit)) : known;
  }

  private classOf(unit: number): number {
    const character = String.fromCharCode(unit);
    return isInvisible(character) ? this.automaton.passedClass : this.automaton.classOf(toKeywordUnit(character));
  }
}

/**
 * A UTF-16 unit as keywords and texts are compared: a space where it separates words, else one form of all its cases,
 * as of σ and ς, and of the four letters i of Turkish.
 */
function toKeywordUnit(unit: string): string {
  if (isSeparator(unit)) return ' ';
  if (unit === 'İ') return 'i';
  const upper = unit.toUpperCase();
  const lower = (upper.length === 1 ? upper : unit).toLowerCase();
  return lower.length === 1 ? lower : unit;
}

/**
 * Stands within words as if it were not there: a soft hyphen, or what only says how letters join and are ordered. The
 * zero-width space is not among them: some scripts part words with it.
 */
const invisible = /[\u00ad\u200c-\u200f\u2060\ufeff]/;

function isInvisible(unit: string): boolean {
  return invisible.test(unit);
}

const separators = /[^\p{L}\p{N}\p{M}\p{Cs}]/u;

function isSeparator(unit: string): boolean {
  return separators.test(unit);
}

/** A keyword in the form the automaton reads text in; an asterisk at an end stands for the rest of a word. */
export function toKeywordText(keyword: string): string {
  const units = keyword.normalize('NFC').split('');
  const shown = units.filter((unit) => !isInvisible(unit));
  const words = shown.map(toKeywordUnit).join('').trim().replace(/ +/g, ' ');
  if (words === '') return '';
  return `${keyword.startsWith('*') ? '' : ' '}${words}${keyword.endsWith('*') ? '' : ' '}`;
}
