// Members found in the bytes of JSON: what is understood is what JSON.parse understands, at the same places.
import {describe, expect, it} from '@jest/globals';
import fc from '../support/generated';
import {JsonMembers} from '../../core/json-members';

const paths = ['a', 'b', 'b.a', 'b.c', 'name with é'] as const;

interface Found {
  readonly members: Readonly<Record<string, unknown>>;
  readonly escaped: string;
}

function find(text: string, before = '', after = '\n'): Found | undefined {
  const bytes = Buffer.from(before + text + after);
  const start = Buffer.byteLength(before);
  const end = start + Buffer.byteLength(text);
  const members = new JsonMembers(paths);
  if (!members.find(bytes, start, end)) return undefined;
  const found = paths.flatMap((path, slot) => {
    const from = members.start(slot);
    return from === -1 ? [] : [[path, JSON.parse(bytes.toString('utf8', from, members.end(slot))) as unknown]];
  });
  const target = Buffer.alloc(2 * (end - start) + 1 + 4);
  const length = members.escapeInto(bytes, start, end, target, 1);
  return {members: Object.fromEntries(found) as Found['members'], escaped: target.toString('utf8', 1, length)};
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('JsonMembers', () => {
  it('finds members and those within them, wherever they stand', () => {
    const text = '{"x":{"a":0,"b":{"a":1}}, "b" : {"c":[{"a":2}],"d":{"a":3},"a":"\\"}"} ,"name with é":-1.50}';
    expect(find(text)?.members).toEqual({
      b: {c: [{a: 2}], d: {a: 3}, a: '"}'},
      'b.a': '"}',
      'b.c': [{a: 2}],
      'name with é': -1.5,
    });
  });

  it.each([
    ['at the end of the bytes', '{"a":"x"}', '', ''],
    ['between other lines', '{"a":"x"}', '{"a":"y"}\n', '\n{"a":"z"}\n'],
    ['before a carriage return', '\t{"a":"x"}\r', '\n', '\n'],
  ])('keeps to its own bytes %s', (_, text, before, after) => {
    expect(find(text, before, after)).toEqual({
      members: {a: 'x'},
      escaped: JSON.stringify(text).slice(1, -1),
    });
  });

  it('tells what stands for itself in a string from what does not, wherever it stands', () => {
    const ascii = Array.from({length: 128}, (_, code) => String.fromCharCode(code));
    for (const character of [...ascii, 'é', '†', '🙂']) {
      for (let before = 0; before < 9; before++) {
        for (const after of ['', 'y', '\\n', 'yyyyé']) {
          const text = `{"a":"${'x'.repeat(before)}${character}${after}"}`;
          const found = find(text);
          if (isJson(text)) expect(found?.escaped).toBe(JSON.stringify(text).slice(1, -1));
          else expect(found).toBeUndefined();
        }
      }
    }
  });

  it.each([
    ['a name with an escape', '{"\\u0061":1}'],
    ['a member that comes twice', '{"a":1,"a":2}'],
    ['a long number', '{"x":12345678901234567890}'],
    ['an exponent', '{"x":1e5}'],
    ['much nesting', `{"x":${'['.repeat(100)}${']'.repeat(100)}}`],
    ['a list', '[{"a":1}]'],
    ['a text that goes on after it', '{"a":1}{"a":2}'],
    ['a newline within', '{"a":\n1}'],
    ['a text cut off', '{"a":"x'],
  ])('leaves %s to a parser', (_, text) => {
    expect(find(text)).toBeUndefined();
  });

  const json = fc.object({
    key: fc.oneof(fc.constantFrom(...paths, 'c'), fc.string({unit: 'binary'})),
    values: [fc.string({unit: 'binary'}), fc.integer(), fc.double(), fc.boolean(), fc.constant(null)],
    maxDepth: 4,
  });

  it('finds in any JSON what JSON.parse finds, and escapes as JSON.stringify does', () => {
    let understood = 0;
    fc.assert(
      fc.property(json, fc.constantFrom(undefined, ' ', '\t'), (value, space) => {
        const text = JSON.stringify(value, null, space).replaceAll('\n', ' ');
        const found = find(text, '{}\n');
        if (found === undefined) return;
        understood++;
        const parsed = JSON.parse(text) as Record<string, unknown>;
        const within = (parsed['b'] ?? {}) as Record<string, unknown>;
        const isObject = typeof within === 'object' && !Array.isArray(within);
        const wanted = {
          a: parsed['a'],
          b: parsed['b'],
          ...(isObject ? {'b.a': within['a'], 'b.c': within['c']} : {}),
          'name with é': parsed['name with é'],
        };
        expect(found.members).toEqual(JSON.parse(JSON.stringify(wanted)));
        expect(found.escaped).toBe(JSON.stringify(text).slice(1, -1));
      })
    );
    expect(understood).toBeGreaterThan(10);
  });

  it('understands nothing that JSON.parse does not', () => {
    let refused = 0;
    const damage = fc.tuple(fc.nat(), fc.constantFrom('', '"', '\\', '{', '}', '[', ',', ':', '0', '-', '.', 'e', 'x'));
    fc.assert(
      fc.property(json, fc.array(damage, {minLength: 1, maxLength: 3}), (value, damages) => {
        let text = JSON.stringify(value);
        for (const [at, by] of damages) {
          const place = at % (text.length + 1);
          text = text.slice(0, place) + by + text.slice(place + 1);
        }
        if (find(text) !== undefined) JSON.parse(text);
        else refused++;
      }),
      {numRuns: 500}
    );
    expect(refused).toBeGreaterThan(100);
  });
});
