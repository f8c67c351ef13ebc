// What a row of the bench is: one thing that is measured, beside its physical limits in the same run.
import type {Bench} from './bench';

export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** Whether this is a limit that the product is held against. */
  readonly isLimit?: boolean;
  /** What the product is to reach, in the same unit. */
  readonly reach?: string;
  readonly isReached?: boolean;
}

export interface Row {
  readonly name: string;
  measure(bench: Bench): Promise<readonly Figure[]>;
}

export function atLeast(what: string, value: number, unit: string, least: number): Figure {
  return {what, value, unit, reach: `≥ ${least}`, isReached: value >= least};
}

export function atMost(what: string, value: number, unit: string, most: number): Figure {
  return {what, value, unit, reach: `≤ ${most}`, isReached: value <= most};
}

export function limit(what: string, value: number, unit: string): Figure {
  return {what, value, unit, isLimit: true};
}

/** Of an even number of values, the middle between the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [lower = Number.NaN, upper = Number.NaN] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return (lower + upper) / 2;
}
