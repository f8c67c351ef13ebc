// How figures are shown: one a line, with the goal, and with the spread when there were several runs.
import type {SpreadFigure} from './spread';

export function toLine({what, value, unit, isLimit, reach, isReached, lowest, highest, values}: SpreadFigure): string {
  const named = `${isLimit === true ? 'limit: ' : ''}${what}`;
  const spread = values.length === 1 ? '' : `  ${`${format(lowest)} to ${format(highest)}`.padEnd(16)}`;
  const goal = reach === undefined ? '' : `  ${reach} ${isReached === true ? 'reached' : 'MISSED'}`;
  return `  ${named.padEnd(70)}${format(value).padStart(10)}${spread} ${unit}${goal}`;
}

function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
