// What several runs say together: each figure's median, with the lowest and the highest.
import type {Figure} from './row';

/** The figure of the run in the middle, so that what it says of its goal fits its value. */
export interface SpreadFigure extends Figure {
  readonly lowest: number;
  readonly highest: number;
  /** One of each run, in their order. */
  readonly values: readonly number[];
}

/** @param runs the figures of one row in each run; they are told apart by what they say */
export function toSpread(runs: readonly (readonly Figure[])[]): readonly SpreadFigure[] {
  const byWhat = new Map<string, Figure[]>();
  for (const figure of runs.flat()) byWhat.set(figure.what, [...(byWhat.get(figure.what) ?? []), figure]);
  return [...byWhat.values()].flatMap((figures) => {
    const sorted = [...figures].sort((a, b) => a.value - b.value);
    const [lowest, middle, highest] = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
    if (lowest === undefined || middle === undefined || highest === undefined) return [];
    return [{...middle, lowest: lowest.value, highest: highest.value, values: figures.map(({value}) => value)}];
  });
}
