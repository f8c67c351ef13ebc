// A folder target: items arrive complete under their final name, or not at all.
import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from '@jest/globals';
import {sha256Hex} from '../../../core/digest';
import {ConfigError, TransientError} from '../../../core/errors';
import {toFolderError} from '../../../destination-arctera-archive/targets/folder-errors';
import {FolderTarget} from '../../../destination-arctera-archive/targets/folder';
import type {RenderedItem} from '../../../destination-arctera-archive/targets/target';

let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'folder-target-'));
});
afterEach(() => rmSync(path, {recursive: true}));

const target = (directory = 'ws-1'): FolderTarget => new FolderTarget({path, directory});

function item(folder: FolderTarget, text: string): RenderedItem {
  const bytes = Buffer.from(text);
  const itemId = sha256Hex(`id of ${text}`);
  const address = folder.address({itemId, ending: 'eml', dateMs: 0, userId: undefined, conversationId: undefined});
  return {itemId, address, sha256: sha256Hex(bytes), size: bytes.length, body: {kind: 'memory', bytes}};
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}

test('a batch lies under the addresses, beside a readme, with nothing in progress left', async () => {
  const folder = target();
  const items = Array.from({length: 40}, (_, number) => item(folder, `item ${number}`));
  await folder.deliver(items);
  expect(filesBelow(path)).toEqual(['archive-README.txt', ...items.map(({address}) => `ws-1/${address}`)].sort());
  for (const each of items) {
    expect(each.address).toBe(`${each.itemId.slice(0, 2)}/${each.itemId}.eml`);
    expect(await folder.find(each.address)).toBe(true);
    expect(await folder.digest(each.address)).toBe(each.sha256);
  }
});

test('a file body is moved to its address', async () => {
  const folder = target();
  const source = join(path, 'rendered');
  writeFileSync(source, 'large');
  const large: RenderedItem = {...item(folder, 'large'), body: {kind: 'file', path: source}};
  await folder.deliver([large]);
  expect(existsSync(source)).toBe(false);
  expect(await folder.digest(large.address)).toBe(sha256Hex('large'));
});

test('delivering again changes nothing', async () => {
  const folder = target();
  await folder.deliver([item(folder, 'a')]);
  const before = filesBelow(path);
  await target().deliver([item(folder, 'a')]);
  expect(filesBelow(path)).toEqual(before);
});

test('an item that is not there is not found and has no digest', async () => {
  const folder = target();
  expect(await folder.find('ab/absent.eml')).toBe(false);
  expect(await folder.digest('ab/absent.eml')).toBeUndefined();
});

test('an item that cannot be written leaves no file with its ending, and the others may be there', async () => {
  const folder = target();
  const bad = item(folder, 'bad');
  mkdirSync(join(folder.itemsDirectory, bad.address), {recursive: true}); // its name is taken by a directory
  await expect(folder.deliver([bad, item(folder, 'good')])).rejects.toMatchObject({code: 'target_not_writable'});
  expect(await folder.find(bad.address)).toBe(false);
  expect(filesBelow(folder.temporaryDirectory)).toEqual([]);
});

test('the readme of an earlier run is left as it is', async () => {
  writeFileSync(join(path, 'archive-README.txt'), 'ours');
  const folder = target();
  await folder.deliver([item(folder, 'a')]);
  expect(readFileSync(join(path, 'archive-README.txt'), 'utf8')).toBe('ours');
});

test('probing leaves nothing, in a new folder or in a used one', async () => {
  rmSync(path, {recursive: true});
  await target().probe();
  expect(existsSync(path)).toBe(false);
  mkdirSync(path);
  await target().deliver([item(target(), 'a')]);
  const before = readdirSync(path, {recursive: true});
  await target().probe();
  expect(readdirSync(path, {recursive: true})).toEqual(before);
});

test('probing a path below a file names the path and the system code', async () => {
  const file = join(path, 'file');
  writeFileSync(file, '');
  const failure = new FolderTarget({path: join(file, 'archive'), directory: 'w'}).probe();
  await expect(failure).rejects.toBeInstanceOf(ConfigError);
  await expect(failure).rejects.toThrow(/file\/archive.*ENOTDIR/);
});

test('a place where nobody can make a folder is refused, not tried for ever', async () => {
  const failure = new FolderTarget({path: '/proc/no-such-place/archive', directory: 'w'}).probe();
  await expect(failure).rejects.toMatchObject({code: 'target_not_writable'});
});

test.each([
  ['EACCES', ConfigError, 'target_not_writable'],
  ['EROFS', ConfigError, 'target_not_writable'],
  ['ENOSPC', TransientError, 'disk_full'],
  ['EDQUOT', TransientError, 'disk_full'],
  ['EMFILE', TransientError, 'open_files_exhausted'],
  ['ENFILE', TransientError, 'open_files_exhausted'],
  ['EIO', TransientError, 'target_not_writable'],
  ['ESTALE', TransientError, 'target_not_writable'],
])('%s is a %p', (code, errorClass, expected) => {
  const error = toFolderError(Object.assign(new Error('x'), {code}), '/archive');
  expect(error).toBeInstanceOf(errorClass);
  expect(error).toMatchObject({code: expected});
});
