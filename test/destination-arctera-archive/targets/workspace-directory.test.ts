// A workspace's folder: harmless, and never shared by two workspaces.
import {expect, test} from '@jest/globals';
import fc from 'fast-check';
import {toWorkspaceDirectory} from '../../../destination-arctera-archive/targets/workspace-directory';

test.each([
  ['6f1f3a52-7f0e-4d53-9a0e-0c5f3c8c1b11', '6f1f3a52-7f0e-4d53-9a0e-0c5f3c8c1b11'],
  ['default', 'default'],
  ['', '%'],
  ['..', '%2E%2E'],
  ['a/b', 'a%2Fb'],
  ['Ab', '%41b'],
  ['.arctera-archive', '%2Earctera-archive'],
  ['é', '%C3%A9'],
])('%j becomes %j', (id, directory) => {
  expect(toWorkspaceDirectory(id)).toBe(directory);
});

test('different ids have different folders, also where case does not count', () => {
  fc.assert(
    fc.property(fc.string({unit: 'grapheme', maxLength: 80}), fc.string({unit: 'grapheme', maxLength: 80}), (a, b) => {
      fc.pre(a !== b);
      expect(toWorkspaceDirectory(a).toLowerCase()).not.toBe(toWorkspaceDirectory(b).toLowerCase());
      expect(toWorkspaceDirectory(a)).toMatch(/^[a-z0-9_%A-F-]{1,100}$/);
    })
  );
});
