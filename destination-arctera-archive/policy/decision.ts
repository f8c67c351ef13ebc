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
