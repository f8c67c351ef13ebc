// Verification and settling: what each finds in ledger and target.
import {join} from 'node:path';
import {describe, expect, test} from '@jest/globals';
import Database from 'better-sqlite3';
import {settleOpenIntents, type SettleTools} from '../../../destination-arctera-archive/ledger/settle';
import {verifyLedger} from '../../../destination-arctera-archive/ledger/verify';
import type {Target} from '../../../destination-arctera-archive/targets/target';
import {holding, intentOf, openLedger, targetOf, temporaryFolder} from './ledger-fixture';

async function filledLedger(): Promise<string> {
  const file = join(temporaryFolder(), 'ledger.sqlite');
  const ledger = await openLedger(file);
  const files = [{fileId: 'f', eventId: 'r1', outcome: 'captured' as const, sha256: 'h'}];
  ledger.intend([intentOf('i1', ['r1'], {files, conversation: {id: 'c', subject: 'S'}}), intentOf('i2', ['r2'])]);
  ledger.remember([{id: 'u', email: undefined, name: 'U'}]);
  ledger.delivered(['i1', 'i2']);
  ledger.intend([intentOf('i3', ['r3'])]);
  ledger.close();
  return file;
}

describe('verifyLedger', () => {
  test('finds nothing wrong with a ledger whose items are all there', async () => {
    const file = await filledLedger();
    expect(await verifyLedger({file, targets: new Map([['default', targetOf(holding('i1', 'i2'))]])})).toEqual({
      entries: 6,
      held: 0,
      items: 2,
      records: 2,
      setAside: 0,
      openIntents: 1,
      problems: [],
      problemCount: 0,
    });
  });

  test('finds a missing item and an altered one', async () => {
    const file = await filledLedger();
    const target = targetOf(new Map([['i2.eml', 'altered']]));
    const {problems} = await verifyLedger({file, targets: new Map([['default', target]])});
    expect([...problems].sort()).toEqual([
      'The item of entry 2 is missing: i1.eml.',
      'The item of entry 3 differs from what was delivered: i2.eml.',
    ]);
  });

  test('finds items that no entry knows, and leaves those of open intents to the next run', async () => {
    const file = await filledLedger();
    const target = targetOf(holding('i1', 'i2', 'i3', 'strange'));
    const {problems} = await verifyLedger({file, targets: new Map([['default', target]])});
    expect(problems).toEqual(['No entry knows the item "strange.eml".']);
  });

  test.each([
    ['UPDATE records SET sha256 = 0', /row of records/],
    ['DELETE FROM records WHERE record_id = char(114, 49)', /row of records is missing/],
    ["INSERT INTO records VALUES ('r9', 'h', 'delivered', 2)", /row of records does not follow/],
    ["UPDATE items SET address = 'x' WHERE entry = 2", /row of items/],
    ["UPDATE files SET outcome = 'expired'", /row of files/],
    ["UPDATE conversations SET subject = 'x'", /row of conversations/],
    ["UPDATE people SET name = 'x'", /row of people/],
    ['DELETE FROM open_intents', /row of open_intents is missing/],
    ["INSERT INTO set_aside VALUES ('r', 'h', 's', 'c', 'p', 2)", /row of set_aside does not follow/],
    ['DROP TABLE files', /Table files is missing/],
  ])('finds that someone ran %s', async (sql, problem) => {
    const file = await filledLedger();
    edit(file, sql);
    const {problems} = await verifyLedger({file, targets: new Map([['default', targetOf(holding('i1', 'i2'))]])});
    expect(problems.join('\n')).toMatch(problem);
  });

  test.each([
    ["UPDATE entries SET body = replace(body, 'r1', 'r9') WHERE seq = 2", /Entry 2 does not have the hash/],
    ["UPDATE entries SET body = 'x' WHERE seq = 2", /Entry 2 cannot be applied/],
    ["UPDATE entries SET kind = 'genesis' WHERE seq = 4", /Entry 4 cannot be of its kind/],
    ['DELETE FROM entries WHERE seq = 3', /Entry 4 follows entry 2/],
    ['DELETE FROM entries WHERE seq = 6', /row of open_intents does not follow/],
    ['DELETE FROM entries', /no entries/],
  ])('finds that someone ran %s', async (sql, problem) => {
    const file = await filledLedger();
    edit(file, sql);
    const {problems} = await verifyLedger({file, targets: new Map([['default', targetOf(holding('i1', 'i2'))]])});
    expect(problems.join('\n')).toMatch(problem);
  });

  test('finds that the copy of a record set aside is gone', async () => {
    const file = join(temporaryFolder(), 'ledger.sqlite');
    const ledger = await openLedger(file);
    const record = {recordId: 'r', sha256: 'h'};
    ledger.setAside([{record, stream: 's', code: 'record_malformed', path: 'set-aside/x.json'}]);
    ledger.close();
    const {problems, setAside} = await verifyLedger({file, targets: new Map([['default', targetOf(new Map())]])});
    expect(setAside).toBe(1);
    expect(problems).toEqual(['The record set aside by entry 2 is missing: set-aside/x.json.']);
  });

  test('lists a hundred problems and counts them all', async () => {
    const file = join(temporaryFolder(), 'ledger.sqlite');
    const ledger = await openLedger(file);
    const ids = Array.from({length: 150}, (_, index) => `i${index}`);
    ledger.intend(ids.map((id) => intentOf(id, [id])));
    ledger.delivered(ids);
    ledger.close();
    const {problems, problemCount} = await verifyLedger({file, targets: new Map([['default', targetOf(new Map())]])});
    expect(problems).toHaveLength(100);
    expect(problemCount).toBe(150);
  });

  test('says that there is no ledger rather than begin one', async () => {
    const file = join(temporaryFolder(), 'ledger.sqlite');
    const verifying = verifyLedger({file, targets: new Map([['default', targetOf(new Map())]])});
    await expect(verifying).rejects.toMatchObject({code: 'archive_without_ledger'});
  });
});

test('a ledger that is open is not said to be one that cannot be opened, where its temporary tables find no folder', async () => {
  const file = await filledLedger();
  const target: Target = {
    ...targetOf(holding('i1', 'i2')),
    // What SQLite says as soon as the tables leave the memory.
    list: () => {
      throw new Database.SqliteError('unable to open database file', 'SQLITE_CANTOPEN');
    },
  };
  await expect(verifyLedger({file, targets: new Map([['default', target]])})).rejects.toMatchObject({
    code: 'target_not_writable',
    message: expect.stringContaining('no folder for temporary files'),
  });
});

describe('settleOpenIntents', () => {
  test('records what the target has as delivered, and frees the rest', async () => {
    const ledger = await openLedger(join(temporaryFolder(), 'ledger.sqlite'));
    ledger.intend([intentOf('i1', ['r1']), intentOf('i2', ['r2'])]);
    expect(await settleOpenIntents(ledger, alone(targetOf(holding('i1'))))).toEqual({delivered: 1, voided: 1});
    expect(ledger.findRecord('r1')?.itemId).toBe('i1');
    expect(ledger.findRecord('r2')).toBeUndefined();
    expect(ledger.openIntents()).toEqual([]);
  });

  test('stops at an item that is not the one intended, and settles nothing', async () => {
    const ledger = await openLedger(join(temporaryFolder(), 'ledger.sqlite'));
    ledger.intend([intentOf('i1', ['r1'])]);
    const target = targetOf(new Map([['i1.eml', 'altered']]));
    await expect(settleOpenIntents(ledger, alone(target))).rejects.toMatchObject({code: 'item_damaged'});
    expect(ledger.openIntents()).toHaveLength(1);
  });

  test('refuses a target that cannot be asked', async () => {
    const ledger = await openLedger(join(temporaryFolder(), 'ledger.sqlite'));
    ledger.intend([intentOf('i1', ['r1'])]);
    const mute: Target = {...targetOf(new Map()), find: () => Promise.resolve(undefined)};
    await expect(settleOpenIntents(ledger, alone(mute))).rejects.toMatchObject({code: 'bug'});
  });
});

function edit(file: string, sql: string): void {
  const db = new Database(file);
  for (const name of ['updated', 'deleted', 'replaced']) db.exec(`DROP TRIGGER entries_are_not_${name}`);
  db.exec(sql);
  db.close();
}

test('an item that one of its targets has is completed from there; what none has is void', async () => {
  const ledger = await openLedger(join(temporaryFolder(), 'ledger.sqlite'));
  const targets = ['default', 'other'];
  ledger.intend([
    intentOf('i1', ['r1'], {targets}),
    intentOf('i2', ['r2'], {targets}),
    intentOf('i3', ['r3'], {targets}),
  ]);
  const first = targetOf(holding('i1'));
  const other = targetOf(holding('i1', 'i2'));
  const copied: string[] = [];
  const deliver: SettleTools['deliver'] = ({itemId}, from, to) => {
    if (from === undefined) return Promise.resolve(undefined);
    expect([from, to]).toEqual(['other', 'default']);
    copied.push(itemId);
    return Promise.resolve({kind: 'delivered', itemId});
  };
  const settlement = await settleOpenIntents(ledger, {
    targets: new Map([
      ['default', first],
      ['other', other],
    ]),
    ...nothingKept,
    deliver,
  });
  expect(settlement).toEqual({delivered: 2, voided: 1});
  expect(copied).toEqual(['i2']);
  expect(ledger.findRecord('r3')).toBeUndefined();
});

const nothingKept: Omit<SettleTools, 'targets'> = {
  deliver: () => Promise.resolve(undefined),
  setAside: () => Promise.reject(new Error('Nothing is refused.')),
  failures: new Map(),
  release: () => undefined,
};

function alone(target: Target): SettleTools {
  return {
    targets: new Map([['default', target]]),
    ...nothingKept,
  };
}
