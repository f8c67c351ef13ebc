// Draws curves over time as an SVG that can be read on a light page and on a dark one.

export interface Curve {
  readonly name: string;
  /** In the order of x. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Picture {
  readonly title: string;
  readonly curves: readonly Curve[];
  readonly xLabel: string;
  readonly yLabel: string;
  /** A dashed line at what is to be kept to. */
  readonly bound: {readonly y: number; readonly name: string};
}

const [width, height] = [860, 420];
const plot = {left: 64, right: 170, top: 48, bottom: 52};
const [right, bottom] = [width - plot.right, height - plot.bottom];

/** The background is the picture's own, because one that is embedded does not know that of its page. */
const style = `
  svg { --page: #ffffff; --ink: #1f2328; --grid: #d8dee4; --bound: #cf222e; --curve-0: #0969da; --curve-1: #9a6700; }
  @media (prefers-color-scheme: dark) {
    svg { --page: #0d1117; --ink: #e6edf3; --grid: #30363d; --bound: #ff7b72; --curve-0: #58a6ff; --curve-1: #d29922; }
  }
  text { font: 13px system-ui, sans-serif; fill: var(--ink); }
  .title { font-size: 15px; font-weight: 600; }
  .grid { stroke: var(--grid); }
  .bound { fill: none; stroke: var(--bound); stroke-dasharray: 6 4; }
  .curve { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
  .curve-0 { stroke: var(--curve-0); } .curve-1 { stroke: var(--curve-1); }`;

export function drawCurves({title, curves, xLabel, yLabel, bound}: Picture): string {
  const points = curves.flatMap((curve) => curve.points);
  const xTicks = ticks(Math.max(1, ...points.map(([x]) => x)));
  const yTicks = ticks(Math.max(bound.y, ...points.map(([, y]) => y)));
  const toX = scale(xTicks, plot.left, right);
  const toY = scale(yTicks, bottom, plot.top);
  const text = (x: number, y: number, words: string, attributes = ''): string =>
    `<text x="${round(x)}" y="${round(y)}"${attributes}>${escape(words)}</text>`;
  const parts = [
    text(plot.left, 26, title, ' class="title"'),
    ...yTicks.flatMap((y) => [
      `<path class="grid" d="M${plot.left} ${round(toY(y))}H${right}"/>`,
      text(plot.left - 8, toY(y) + 4, String(y), ' text-anchor="end"'),
    ]),
    ...xTicks.map((x) => text(toX(x), bottom + 18, String(x), ' text-anchor="middle"')),
    text((plot.left + right) / 2, height - 12, xLabel, ' text-anchor="middle"'),
    text(0, 0, yLabel, ` text-anchor="middle" transform="translate(18 ${(plot.top + bottom) / 2}) rotate(-90)"`),
    ...curves.map(
      ({points: ofCurve}, index) =>
        `<path class="curve curve-${index}" d="${toPath(ofCurve.map(([x, y]) => [toX(x), toY(y)]))}"/>`
    ),
    `<path class="bound" d="M${plot.left} ${round(toY(bound.y))}H${right}"/>`,
    ...[
      ...curves.map(({name}, index) => [name, `curve curve-${index}`] as const),
      [bound.name, 'bound'] as const,
    ].flatMap(([name, kind], place) => {
      const y = plot.top + 8 + place * 24;
      return [`<path class="${kind}" d="M${right + 14} ${y}h24"/>`, text(right + 46, y + 4, name)];
    }),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" role="img">`,
    `<title>${escape(title)}</title>`,
    `<style>${style}\n</style>`,
    `<rect width="${width}" height="${height}" style="fill: var(--page)"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

/** From 0 in round steps until the largest value is passed. */
function ticks(largest: number): readonly number[] {
  const rough = largest / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((times) => times * power >= rough) ?? 10);
  return Array.from({length: Math.ceil(largest / step) + 1}, (_, index) => Number((index * step).toPrecision(12)));
}

function scale(values: readonly number[], from: number, to: number): (value: number) => number {
  return (value) => from + (value / (values.at(-1) ?? 1)) * (to - from);
}

function toPath(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join('');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
