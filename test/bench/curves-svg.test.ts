// The picture of curves: an SVG that is drawn to scale, names everything and takes its colours from the page's scheme.
import {expect, test} from '@jest/globals';
import {drawCurves, type Picture} from '../../bench/curves-svg';

const picture: Picture = {
  title: 'Memory <of> "both" & more',
  curves: [
    {
      name: 'source',
      points: [
        [0, 50],
        [30, 100],
        [60, 150],
      ],
    },
    {
      name: 'destination',
      points: [
        [0, 100],
        [60, 300],
      ],
    },
  ],
  xLabel: 'seconds',
  yLabel: 'resident MB',
  bound: {y: 200, name: '200 MB'},
};

/** The points of a curve as fractions of the plot, from its lower left corner. */
function pointsOf(svg: string, index: number): (readonly number[])[] {
  const [, path = ''] = new RegExp(`<path class="curve curve-${index}" d="([^"]+L[^"]+)"`).exec(svg) ?? [];
  const grid = [...svg.matchAll(/<path class="grid" d="M(\d+) ([\d.]+)H(\d+)"/g)].map((match) =>
    match.slice(1).map(Number)
  );
  const [left, lowest, right] = grid[0]!;
  const [, highest] = grid.at(-1)!;
  return path
    .slice(1)
    .split('L')
    .map((point) => point.split(' ').map(Number))
    .map(([x, y]) => [(x! - left!) / (right! - left!), (lowest! - y!) / (lowest! - highest!)]);
}

test('curves are drawn to the scale of round ticks that reach beyond the largest values', () => {
  const svg = drawCurves(picture);
  const ticks = [...svg.matchAll(/>(\d+)<\/text>/g)].map(([, tick]) => Number(tick));
  expect(ticks).toEqual([0, 50, 100, 150, 200, 250, 300, 0, 10, 20, 30, 40, 50, 60]);
  for (const [index, expected] of [
    [
      [0, 1 / 6],
      [0.5, 2 / 6],
      [1, 3 / 6],
    ],
    [
      [0, 2 / 6],
      [1, 1],
    ],
  ].entries()) {
    const drawn = pointsOf(svg, index);
    expect(drawn).toHaveLength(expected.length);
    for (const [at, point] of drawn.entries()) {
      expect(point[0]).toBeCloseTo(expected[at]![0]!, 3);
      expect(point[1]).toBeCloseTo(expected[at]![1]!, 3);
    }
  }
});

test('names are escaped, and both schemes of a page have colours', () => {
  const svg = drawCurves(picture);
  expect(svg).toContain('<title>Memory &lt;of> &quot;both&quot; &amp; more</title>');
  for (const word of ['source', 'destination', '200 MB', 'seconds', 'resident MB'])
    expect(svg).toContain(`>${word}</text>`);
  expect(svg).toContain('@media (prefers-color-scheme: dark)');
  expect(svg.match(/--curve-1: #/g)).toHaveLength(2);
});

test('a process that ended before it was looked at has an empty curve', () => {
  const svg = drawCurves({...picture, curves: [{name: 'source', points: []}]});
  expect(svg).toContain('<path class="curve curve-0" d=""/>');
  expect(svg).not.toContain('NaN');
});
