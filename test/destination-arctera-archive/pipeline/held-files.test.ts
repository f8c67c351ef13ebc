// What is kept of files while they wait, and after they are archived.
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from '@jest/globals';
import {systemClock} from '../../../core/clock';
import {sha256Hex} from '../../../core/digest';
import {Spool} from '../../../destination-arctera-archive/ledger/spool';
import {HeldFiles, type HeldRow, noFilesTaken} from '../../../destination-arctera-archive/pipeline/held-files';

const settings = {expectsRows: true, expectsChunks: true, rowWaitMs: 1000, clock: systemClock, keptBytes: 1e9};

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'held-'))));
afterEach(() => rmSync(folder, {recursive: true, force: true}));

test('files count as what waits until they are archived, and of small ones only the newest stay at hand', () => {
  const files = openFiles();
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

test('the bytes of one transfer serve every row of the same file, and none that tells of other bytes', () => {
  const files = openFiles();
  const bytes = Buffer.from('a');
  const end = {size: 1, sha256: sha256Hex(bytes)};
  const names = {transferId: 't-1', fileId: 'f-1', eventId: 'e-1', conversationId: 'c', name: undefined};
  files.addChunk({...names, index: 0, bytes, end}, {} as never);
  const row = {...names, outcome: 'captured', sha256: end.sha256, text: '{}', receipts: []} as unknown as HeldRow;
  files.addRow(row);
  files.addRow({...row, eventId: 'e-2', transferId: undefined});
  files.addRow({...row, eventId: 'e-3', transferId: undefined, sha256: sha256Hex('b')});
  const shown = ['e-1', 'e-2', 'e-3'].map((id) => files.attach('f-1', id, undefined, noFilesTaken(), false).state.kind);
  expect(shown).toEqual(['attached', 'attached', 'awaited']);
});

test('a transfer and a row that come again take along what waits for the first, and count once', () => {
  const files = openFiles();
  const bytes = Buffer.from('a');
  const end = {size: 1, sha256: sha256Hex(bytes)};
  const names = {transferId: 't-1', fileId: 'f-1', eventId: 'e-1', conversationId: 'c', name: undefined};
  const row = {...names, outcome: 'captured', sha256: end.sha256, text: '{}'};
  for (const time of ['first', 'second']) {
    files.addChunk({...names, index: 0, bytes, end}, {time} as never);
    files.addRow({...row, receipts: [{time}]} as unknown as HeldRow);
  }
  const taken = noFilesTaken();
  files.attach('f-1', 'e-1', undefined, taken, false);
  expect(taken.rows.flatMap(({receipts}) => receipts)).toEqual([{time: 'first'}, {time: 'second'}]);
  files.release(taken);
  expect(files.archived(taken.transfers)).toEqual([{time: 'first'}, {time: 'second'}]);
  expect(files.heldBytes).toBe(0);
});

function openFiles(): HeldFiles {
  const spool = new Spool(join(folder, 'spool'));
  spool.clear();
  return new HeldFiles(spool, {findFile: () => undefined, findBytes: () => undefined}, settings);
}
