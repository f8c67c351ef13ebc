// Folders for what passes through: those of living processes stay, those of killed ones go.
import {existsSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, expect, test} from '@jest/globals';
import {makeScratchFolder, removeAbandoned} from '../../../destination-arctera-archive/ledger/scratch-folder';
import {temporaryFolder} from './ledger-fixture';

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
});

function leave(name: string, ...files: string[]): void {
  mkdirSync(join(folder, name));
  for (const file of files) writeFileSync(join(folder, name, file), '');
}

test('one that nobody holds goes with what is in it; one that is held, and what is not ours, stay', () => {
  const held = makeScratchFolder(folder);
  writeFileSync(join(held.path, 'text'), 'text');
  leave('arctera-archive-killed', 'owner.sqlite', 'text');
  leave('arctera-archive-begun', 'owner.new');
  leave('arctera-archive-of-others');
  leave('elsewhere', 'owner.sqlite');
  removeAbandoned(folder);
  expect(existsSync(join(held.path, 'text'))).toBe(true);
  expect(readdirSync(folder)).not.toContain('arctera-archive-killed');
  expect(readdirSync(folder)).toHaveLength(4);
  held.remove();
  expect(existsSync(held.path)).toBe(false);
});

test('where no folder is listed, none is removed', () => {
  const nothing = join(folder, 'nothing');
  expect(() => removeAbandoned(nothing)).not.toThrow();
  expect(() => makeScratchFolder(nothing)).toThrow('ENOENT');
});
