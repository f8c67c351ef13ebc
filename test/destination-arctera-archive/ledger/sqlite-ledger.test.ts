// The SQLite ledger: what it knows after each step, and what it refuses.
import {join} from 'node:path';
import {describe, expect, test} from '@jest/globals';
import Database from 'better-sqlite3';
import {sha256Hex} from '../../../core/digest';
import type {SettledFile} from '../../../destination-arctera-archive/ledger/ledger';
import {HandClock, intentOf, openLedger, temporaryFolder} from './ledger-fixture';

const newFile = (): string => join(temporaryFolder(), 'ledger.sqlite');

describe('SqliteLedger', () => {
  test('knows the records of an item once it is delivered, not before', async () => {
    const ledger = await openLedger(newFile());
    ledger.intend([intentOf('i1', ['r1', 'r2'])]);
    expect(ledger.findRecord('r1')).toBeUndefined();
    expect(ledger.openIntents()).toEqual([intentOf('i1', ['r1', 'r2'])]);
    ledger.delivered(['i1']);
    expect(ledger.openIntents()).toEqual([]);
    expect(ledger.findRecord('r2')).toEqual({sha256: sha256Hex('r2'), outcome: 'delivered', itemId: 'i1'});
    expect(ledger.findRecord('r3')).toBeUndefined();
  });

  test('frees the records of a voided intent', async () => {
    const ledger = await openLedger(newFile());
    ledger.intend([intentOf('i1', ['r1'])]);
    ledger.voided(['i1']);
    expect(ledger.findRecord('r1')).toBeUndefined();
    ledger.intend([intentOf('i1', ['r1'])]);
    ledger.delivered(['i1']);
    expect(ledger.findRecord('r1')?.itemId).toBe('i1');
  });

  test('remembers everything when it is opened again', async () => {
    const file = newFile();
    const first = await openLedger(file);
    const conversation = {id: 'c', subject: 'Subject'};
    first.intend([intentOf('i1', ['r1'], {conversation}), intentOf('i2', ['r2'])]);
    first.delivered(['i1']);
    first.remember([{id: 'u', email: 'u@example.test', name: undefined}]);
    first.close();
    const second = await openLedger(file);
    expect(second.findRecord('r1')?.outcome).toBe('delivered');
    expect(second.findSubject('c')).toBe('Subject');
    expect(second.findPerson('u')).toEqual({id: 'u', email: 'u@example.test', name: undefined});
    expect(second.openIntents().map(({itemId}) => itemId)).toEqual(['i2']);
    expect(() => second.intend([intentOf('i3', ['r2'])])).toThrow(/second item/);
  });

  test.each([
    ['a record in two items of one batch', [intentOf('i2', ['r2']), intentOf('i3', ['r2'])]],
    ['a record of a delivered item', [intentOf('i2', ['r2']), intentOf('i3', ['r1'])]],
    ['an item delivered before', [intentOf('i2', ['r2']), intentOf('i1', [])]],
    ['an item intended already', [intentOf('i2', ['r2']), intentOf('i2', [])]],
  ])('refuses %s, and the whole batch with it', async (_, batch) => {
    const ledger = await openLedger(newFile());
    ledger.intend([intentOf('i1', ['r1'])]);
    ledger.delivered(['i1']);
    expect(() => ledger.intend(batch)).toThrow(expect.objectContaining({code: 'bug'}));
    expect(ledger.openIntents()).toEqual([]);
    ledger.intend([intentOf('i2', ['r2'])]); // the chain and the free records are as before
    ledger.delivered(['i2']);
    expect(ledger.findRecord('r2')?.itemId).toBe('i2');
  });

  test('refuses an outcome without an open intent', async () => {
    const ledger = await openLedger(newFile());
    expect(() => ledger.delivered(['i1'])).toThrow(expect.objectContaining({code: 'bug'}));
    expect(() => ledger.voided(['i1'])).toThrow(expect.objectContaining({code: 'bug'}));
  });

  test('keeps the first delivery of a record whose id came again with other bytes', async () => {
    const ledger = await openLedger(newFile());
    ledger.intend([intentOf('i1', ['r1'])]);
    ledger.delivered(['i1']);
    const conflict = {record: {recordId: 'r1', sha256: 'other'}, stream: 's', code: 'event_id_conflict', path: 'p'};
    ledger.setAside([conflict, conflict]);
    ledger.setAside([conflict]);
    expect(ledger.findRecord('r1')).toEqual({sha256: sha256Hex('r1'), outcome: 'delivered', itemId: 'i1'});
  });

  test('knows a record that was set aside, until it is delivered after all', async () => {
    const ledger = await openLedger(newFile());
    ledger.setAside([{record: {recordId: 'r1', sha256: 'h'}, stream: 's', code: 'record_malformed', path: 'p'}]);
    expect(ledger.findRecord('r1')).toEqual({sha256: 'h', outcome: 'set_aside', itemId: undefined});
    ledger.intend([intentOf('i1', ['r1'])]);
    ledger.delivered(['i1']);
    expect(ledger.findRecord('r1')?.outcome).toBe('delivered');
  });

  test('freezes the subject of a conversation at its first intent', async () => {
    const ledger = await openLedger(newFile());
    ledger.intend([intentOf('i1', ['r1'], {conversation: {id: 'c', subject: 'First'}})]);
    ledger.voided(['i1']);
    ledger.intend([intentOf('i2', ['r1'], {conversation: {id: 'c', subject: 'Second'}})]);
    expect(ledger.findSubject('c')).toBe('First');
  });

  test('takes the newest outcome of a file, but none for one that was captured', async () => {
    const ledger = await openLedger(newFile());
    const settle = (itemId: string, file: Pick<SettledFile, 'outcome' | 'sha256'>): void => {
      ledger.intend([intentOf(itemId, [itemId], {files: [{fileId: 'f', eventId: 'e', ...file}]})]);
      expect(ledger.findFile('f', 'e')?.itemId).not.toBe(itemId);
      ledger.delivered([itemId]);
    };
    settle('i1', {outcome: 'unavailable', sha256: undefined});
    expect(ledger.findFile('f', 'e')).toEqual({outcome: 'unavailable', sha256: undefined, itemId: 'i1'});
    settle('i2', {outcome: 'captured', sha256: 'h'});
    settle('i3', {outcome: 'expired', sha256: undefined});
    expect(ledger.findFile('f', 'e')).toEqual({outcome: 'captured', sha256: 'h', itemId: 'i2'});
    expect(ledger.findFile('f', 'other')).toBeUndefined();
  });

  test('appends people only when something about them changed', async () => {
    const file = newFile();
    const ledger = await openLedger(file);
    const person = {id: 'u', email: 'a@example.test', name: 'A'};
    ledger.remember([person]);
    ledger.remember([person]);
    ledger.remember([{...person, name: 'B'}]);
    expect(ledger.findPerson('u')?.name).toBe('B');
    ledger.close();
    expect(column(file, 'kind')).toEqual(['genesis', 'people', 'people']);
  });

  test('tells apart ids that SQLite text would not', async () => {
    const ledger = await openLedger(newFile());
    const ids = ['\ud800', '\ud801', '"\\ud800"', 'a\0b', 'a', '\ufffd', ''];
    ledger.intend([intentOf('i1', ids)]);
    ledger.delivered(['i1']);
    for (const id of ids) expect(ledger.findRecord(id)?.sha256).toBe(sha256Hex(id));
    expect(ledger.findRecord('\ud802')).toBeUndefined();
  });

  test('never dates an entry before the last one, though the clock is set back', async () => {
    const file = newFile();
    const clock = new HandClock(10_000);
    const first = await openLedger(file, {clock});
    clock.ms = 5_000;
    first.intend([intentOf('i1', ['r1'])]);
    first.close();
    const second = await openLedger(file, {clock: new HandClock(1_000)});
    second.delivered(['i1']);
    second.close();
    expect(new Set(column(file, 'at'))).toEqual(new Set(['1970-01-01T00:00:10.000Z']));
  });

  test.each([
    ['UPDATE entries SET body = body'],
    ['DELETE FROM entries WHERE seq = 2'],
    ["INSERT OR REPLACE INTO entries VALUES (1, '', 'genesis', '{}', '')"],
  ])('refuses %s', async (sql) => {
    const file = newFile();
    const ledger = await openLedger(file);
    ledger.intend([intentOf('i1', ['r1'])]);
    ledger.close();
    const db = new Database(file);
    expect(() => db.exec(sql)).toThrow(/append-only/);
    db.close();
  });
});

function column(file: string, name: 'at' | 'kind'): unknown[] {
  const db = new Database(file, {readonly: true});
  const values = db.prepare(`SELECT ${name} FROM entries ORDER BY seq`).pluck().all();
  db.close();
  return values;
}
