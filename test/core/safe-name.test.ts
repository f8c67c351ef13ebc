// Safe names: what they may contain, and that no two ids share one.
import {describe, expect, test} from '@jest/globals';
import fc from '../support/generated';
import {fromSafeName, toSafeName} from '../../core/safe-name';

describe('toSafeName', () => {
  test.each([
    ['a workspace UUID as it is', '0b9c1a52-3c1d-4f6e-9a44-0d8f2a7b1c3e', '0b9c1a52-3c1d-4f6e-9a44-0d8f2a7b1c3e'],
    ['the empty id', '', '='],
    ['the folder itself', '.', '=2e'],
    ['the parent folder', '..', '=2e=2e'],
    ['a path', '../a/b', '=2e.=2fa=2fb'],
    ['a leading dash', '-rf', '=2drf'],
    ['a trailing dot', 'a.b.', 'a.b=2e'],
    ['upper case', 'Ab', '=41b'],
    ['the escape itself', '=2e', '=3d2e'],
    ['characters beyond ASCII', 'é😀', '=c3=a9=f0=9f=98=80'],
    ['a lone surrogate', '\ud800', '=ud800'],
    ['a NUL and a line break', '\0\n', '=00=0a'],
  ])('encodes %s', (_, id, name) => {
    expect(toSafeName(id)).toBe(name);
  });

  test('hashes an id whose name would be long', () => {
    expect(toSafeName('a'.repeat(80))).toBe('a'.repeat(80));
    expect(toSafeName('a'.repeat(81))).toMatch(/^=h[0-9a-f]{64}$/);
    expect(toSafeName('a'.repeat(81))).not.toBe(toSafeName('a'.repeat(82)));
  });

  test('gives every id its own portable name, whatever the case', () => {
    const ids = fc.uniqueArray(fc.string({unit: 'binary', maxLength: 100}), {minLength: 2, maxLength: 5});
    fc.assert(
      fc.property(ids, (all) => {
        const names = all.map(toSafeName);
        for (const name of names) expect(name).toMatch(/^(?!\.)[a-z0-9._=-]{1,80}$/);
        expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(all.length);
      }),
      {numRuns: 10_000}
    );
  });
});

describe('fromSafeName', () => {
  test('gives back every id whose name is not a hash', () => {
    fc.assert(
      fc.property(fc.string({unit: 'grapheme', maxLength: 60}), (id) => {
        const name = toSafeName(id);
        expect(fromSafeName(name)).toBe(name.startsWith('=h') ? undefined : id);
      })
    );
  });

  test.each([[toSafeName('a'.repeat(81))], [toSafeName('\ud800')], ['A'], ['=zz'], ['=61'], ['=ff']])(
    'does not know %s',
    (name) => {
      expect(fromSafeName(name)).toBeUndefined();
    }
  );
});
