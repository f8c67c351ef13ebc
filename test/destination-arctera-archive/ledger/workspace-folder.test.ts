// Workspace folders and the set-aside copies in them.
import {mkdirSync, readdirSync, readFileSync, statSync} from 'node:fs';
import {join, relative} from 'node:path';
import {describe, expect, test} from '@jest/globals';
import {SetAsideFolder} from '../../../destination-arctera-archive/ledger/set-aside';
import {
  listWorkspaceFolders,
  makeWorkspaceFolder,
  toWorkspaceFolder,
} from '../../../destination-arctera-archive/ledger/workspace-folder';
import {openLedger, temporaryFolder} from './ledger-fixture';

describe('workspace folders', () => {
  test('lie inside the state folder, whatever the id', () => {
    for (const id of ['', '.', '..', '../../etc', 'a/b', 'x'.repeat(500)]) {
      const {path} = toWorkspaceFolder('/archive', id);
      expect(relative('/archive/.arctera-archive', path)).toMatch(/^(?!\.)[^/]+$/);
    }
  });

  test('are listed once they are made', async () => {
    const root = temporaryFolder();
    expect(listWorkspaceFolders(root)).toEqual([]);
    const folders = ['b', '..'].map((id) => toWorkspaceFolder(root, id));
    for (const folder of folders) makeWorkspaceFolder(folder);
    for (const folder of folders) makeWorkspaceFolder(folder);
    expect(listWorkspaceFolders(root)).toEqual([folders[1], folders[0]]);
    await openLedger(folders[0]!.ledger);
  });
});

describe('SetAsideFolder', () => {
  const copy = {
    stream: 'messages',
    recordId: '../r',
    sha256: 'h',
    code: 'event_id_conflict' as const,
    emittedAt: 5,
    record: '{"n": 1.0}',
  };

  test('keeps the exact text of a record with its reason', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'set-aside'));
    const [path] = new SetAsideFolder(join(folder, 'set-aside')).write([copy]);
    expect(path).toMatch(/^set-aside\/[0-9a-f]{64}\.json$/);
    expect(JSON.parse(readFileSync(join(folder, path!), 'utf8'))).toEqual({
      stream: 'messages',
      record_id: '../r',
      sha256: 'h',
      code: 'event_id_conflict',
      meaning: 'An event id came again with different bytes.',
      emitted_at: 5,
      record: '{"n": 1.0}',
    });
  });

  test('changes nothing when a copy is written again, and keeps other bytes apart', () => {
    const folder = temporaryFolder();
    const setAside = new SetAsideFolder(folder);
    const [path] = setAside.write([copy]);
    const before = statSync(join(folder, '..', path!)).ino;
    expect(setAside.write([{...copy, emittedAt: 9}, copy])).toEqual([path, path]);
    expect(statSync(join(folder, '..', path!)).ino).toBe(before);
    setAside.write([{...copy, sha256: 'other'}]);
    expect(readdirSync(folder)).toHaveLength(2);
  });
});
