// What is kept of files while they wait, and after they are archived.
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from '@jest/globals';
import {systemClock} from '../../../core/clock';
import {sha256Hex} from '../../../core/digest';
import {Spool} from '../../../destination-arctera-archive/ledger/spool';
import {HeldFiles} from '../../../destination-arctera-archive/pipeline/held-files';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'held-'))));
afterEach(() => rmSync(folder, {recursive: true, force: true}));

test('files count as what waits until they are archived, and of small ones only the newest stay at hand', () => {
  const spool = new Spool(join(folder, 'spool'));
  spool.clear();
  const settings = {expectsRows: true, expectsChunks: true, rowWaitMs: 1000, clock: systemClock, keptBytes: 1e9};
  const files = new HeldFiles(spool, {findFile: () => undefined, findBytes: () => undefined}, settings);
  const bytes = Buffer.from('a');
  const end = {size: 1, sha256: sha256Hex(bytes)};
  for (let at = 0; at < 1200; at++) {
    const names = {transferId: `t-${at}`, fileId: `f-${at}`, eventId: `e-${at}`, conversationId: 'c', name: undefined};
    files.addChunk({...names, index: 0, bytes, end}, {} as never);
  }
  expect(files.heldBytes).toBeGreaterThan(1200 * 500);
  files.archived(files.strays());
  expect(files.heldBytes).toBe(0);
  expect(files.sizeOf('f-199')).toBeUndefined();
  expect(files.sizeOf('f-200')).toBe(1);
});
