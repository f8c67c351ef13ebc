// The archive id is there once it was created.
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {createArchiveId, readArchiveId} from '../../../destination-arctera-archive/targets/archive-id';

test('an id is read back from the directory it was created in', async () => {
  const root = mkdtempSync(join(tmpdir(), 'archive-id-'));
  const directory = join(root, 'new', 'workspace');
  expect(await readArchiveId(directory)).toBeUndefined();
  await createArchiveId(directory, 'an-id');
  expect(await readArchiveId(directory)).toBe('an-id');
  expect(readdirSync(directory)).toEqual(['archive-id']);
  rmSync(root, {recursive: true});
});
