// What the policy decides of one item, with its reasons.
import type {Redactor} from './redaction';

/** Names the rule that decided and says why, in words that are safe to show. */
export interface Reason {
  readonly rule: string;
  readonly reason: string;
}

export interface Archived {
  readonly disposition: 'archive';
  readonly targets: readonly string[];
  readonly tags: readonly string[];
  readonly retention: {readonly category: string; readonly days: number | undefined} | undefined;
  /** The matters that it is held for, as `addMatters` joins them. */
  readonly legalHold: string | undefined;
  /** Masks the item's texts; undefined when nothing is to be masked. */
  readonly redactor: Redactor | undefined;
  /** Names of the rules that the item matched. */
  readonly rules: readonly string[];
}

export interface LeftOut {
  readonly disposition: 'exclude' | 'set_aside';
  readonly why: Reason;
  readonly rules: readonly string[];
}

export type Decision = Archived | LeftOut;

/** All matters in one text, each once: none is told to let go of what another still holds. No name has a comma. */
export function addMatters(held: string | undefined, more: string | undefined): string | undefined {
  if (held === undefined || more === undefined) return held ?? more;
  return [...new Set([...held.split(betweenMatters), ...more.split(betweenMatters)])].join(betweenMatters);
}

const betweenMatters = ', ';
