// What every kind of ledger must do: the same tests, wherever it lies.
import {describe, expect, test} from '@jest/globals';
import {sha256Hex} from '../../../core/digest';
import type {Clock} from '../../../core/clock';
import type {EvidenceLedger} from '../../../destination-arctera-archive/ledger/evidence';
import type {SettledFile} from '../../../destination-arctera-archive/ledger/ledger';
import {HandClock, intentOf} from './ledger-fixture';

export interface LedgerKind {
  /** Where a ledger may be begun. */
  place(): string;
  open(place: string, options?: {readonly clock?: Clock}): Promise<EvidenceLedger>;
  /** Of all entries, in order, while nobody holds the ledger. */
  column(place: string, name: 'at' | 'kind'): Promise<unknown[]>;
}

/** @param kind tells in each test where the ledger lies */
export function describeLedger(name: string, kind: LedgerKind): void {
  describe(name, () => {
    test('knows the records of an item once it is delivered, not before', async () => {
      const ledger = await kind.open(kind.place());
      ledger.intend([intentOf('i1', ['r1', 'r2'])]);
      expect(ledger.findRecord('r1')).toBeUndefined();
      expect(ledger.openIntents()).toEqual([intentOf('i1', ['r1', 'r2'])]);
      ledger.delivered(['i1']);
      expect(ledger.openIntents()).toEqual([]);
      expect(ledger.findRecord('r2')).toEqual({sha256: sha256Hex('r2'), outcome: 'delivered', itemId: 'i1'});
      expect(ledger.findRecord('r3')).toBeUndefined();
    });

    test('what is appended durably is seen at once, and is there when it is opened again', async () => {
      const file = kind.place();
      const first = await kind.open(file);
      const flushed = first.durably(() => first.intend([intentOf('i1', ['r1'])]));
      expect(first.isIntended('r1')).toBe(true);
      first.remember([{id: 'u', email: 'u@example.test', name: undefined}]); // while the disk takes it
      await flushed;
      await first.durably(() => first.delivered(['i1']));
      expect(first.findRecord('r1')?.outcome).toBe('delivered');
      const refused = (): Promise<void> => first.durably(() => first.intend([intentOf('i2', ['r1'])]));
      await expect(Promise.resolve().then(refused)).rejects.toMatchObject({code: 'bug'});
      first.close();
      const second = await kind.open(file);
      expect(second.findRecord('r1')?.outcome).toBe('delivered');
      expect(second.findPerson('u')?.email).toBe('u@example.test');
    });

    test('frees the records of a voided intent', async () => {
      const ledger = await kind.open(kind.place());
      ledger.intend([intentOf('i1', ['r1'])]);
      ledger.voided(['i1']);
      expect(ledger.findRecord('r1')).toBeUndefined();
      ledger.intend([intentOf('i1', ['r1'])]);
      ledger.delivered(['i1']);
      expect(ledger.findRecord('r1')?.itemId).toBe('i1');
    });

    test('remembers everything when it is opened again', async () => {
      const file = kind.place();
      const first = await kind.open(file);
      const conversation = {id: 'c', subject: 'Subject'};
      first.intend([intentOf('i1', ['r1'], {conversation}), intentOf('i2', ['r2'])]);
      first.delivered(['i1']);
      first.remember([{id: 'u', email: 'u@example.test', name: undefined}]);
      first.close();
      const second = await kind.open(file);
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
      const ledger = await kind.open(kind.place());
      ledger.intend([intentOf('i1', ['r1'])]);
      ledger.delivered(['i1']);
      expect(() => ledger.intend(batch)).toThrow(expect.objectContaining({code: 'bug'}));
      expect(ledger.openIntents()).toEqual([]);
      ledger.intend([intentOf('i2', ['r2'])]); // the chain and the free records are as before
      ledger.delivered(['i2']);
      expect(ledger.findRecord('r2')?.itemId).toBe('i2');
    });

    test('refuses an outcome without an open intent', async () => {
      const ledger = await kind.open(kind.place());
      expect(() => ledger.delivered(['i1'])).toThrow(expect.objectContaining({code: 'bug'}));
      expect(() => ledger.voided(['i1'])).toThrow(expect.objectContaining({code: 'bug'}));
    });

    test('keeps the first delivery of a record whose id came again with other bytes', async () => {
      const ledger = await kind.open(kind.place());
      ledger.intend([intentOf('i1', ['r1'])]);
      ledger.delivered(['i1']);
      const conflict = {record: {recordId: 'r1', sha256: 'other'}, stream: 's', code: 'event_id_conflict', path: 'p'};
      ledger.setAside([conflict, conflict]);
      ledger.setAside([conflict]);
      expect(ledger.findRecord('r1')).toEqual({sha256: sha256Hex('r1'), outcome: 'delivered', itemId: 'i1'});
    });

    test('knows a record that was set aside, until it is delivered after all', async () => {
      const ledger = await kind.open(kind.place());
      ledger.setAside([{record: {recordId: 'r1', sha256: 'h'}, stream: 's', code: 'record_malformed', path: 'p'}]);
      expect(ledger.findRecord('r1')).toEqual({sha256: 'h', outcome: 'set_aside', itemId: undefined});
      ledger.intend([intentOf('i1', ['r1'])]);
      ledger.delivered(['i1']);
      expect(ledger.findRecord('r1')?.outcome).toBe('delivered');
    });

    test('knows the holds that nobody has released, also when it is opened again', async () => {
      const file = kind.place();
      const first = await kind.open(file);
      const scope = {reason: 'why', users: ['u'], conversations: [], from: null, until: '2026-02-01T00:00:00.000Z'};
      await first.note({kind: 'hold_added', body: {name: 'a', ...scope}});
      await first.note({kind: 'hold_added', body: {name: 'b', ...scope}});
      expect(first.holds().map(({name}) => name)).toEqual(['a', 'b']);
      await first.note({kind: 'hold_released', body: {name: 'a', reason: 'over'}});
      first.close();
      const second = await kind.open(file);
      expect(second.holds()).toMatchObject([{name: 'b', users: ['u'], from: undefined, until: scope.until}]);
      await second.note({kind: 'hold_added', body: {name: 'a', ...scope}});
      expect(second.holds().map(({name}) => name)).toEqual(['b', 'a']);
    });

    test('a hold is for whoever comes to be known by an address of it, also when that is another one later', async () => {
      const file = kind.place();
      const first = await kind.open(file);
      const scope = {reason: 'why', conversations: [], from: null, until: null};
      first.remember([{id: 'old', email: 'other@corp.test', name: undefined}]);
      await first.note({kind: 'hold_added', body: {name: 'a', users: ['u'], addresses: ['u@corp.test'], ...scope}});
      await first.note({kind: 'hold_added', body: {name: 'b', users: ['u'], ...scope}});
      first.remember([
        {id: 'u2', email: 'U@corp.test', name: undefined},
        {id: 'v', email: undefined, name: undefined},
      ]);
      const users = [['u', 'u2'], ['u']];
      expect(first.holds().map((hold) => hold.users)).toEqual(users);
      first.remember([{id: 'u2', email: 'married@corp.test', name: undefined}]);
      first.close();
      expect((await kind.open(file)).holds().map((hold) => hold.users)).toEqual(users);
    });

    test('freezes the subject of a conversation at its first intent', async () => {
      const ledger = await kind.open(kind.place());
      ledger.intend([intentOf('i1', ['r1'], {conversation: {id: 'c', subject: 'First'}})]);
      ledger.voided(['i1']);
      ledger.intend([intentOf('i2', ['r1'], {conversation: {id: 'c', subject: 'Second'}})]);
      expect(ledger.findSubject('c')).toBe('First');
    });

    test('takes the newest outcome of a file, but none for one that was captured', async () => {
      const ledger = await kind.open(kind.place());
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
      const file = kind.place();
      const ledger = await kind.open(file);
      const person = {id: 'u', email: 'a@example.test', name: 'A'};
      ledger.remember([person]);
      ledger.remember([person]);
      ledger.remember([{...person, name: 'B'}]);
      expect(ledger.findPerson('u')?.name).toBe('B');
      ledger.close();
      expect(await kind.column(file, 'kind')).toEqual(['genesis', 'people', 'people']);
    });

    test('tells apart ids that no database keeps as they are', async () => {
      const ledger = await kind.open(kind.place());
      const ids = ['\ud800', '\ud801', '"\\ud800"', 'a\0b', 'a', '\ufffd', ''];
      ledger.intend([intentOf('i1', ids)]);
      ledger.delivered(['i1']);
      for (const id of ids) expect(ledger.findRecord(id)?.sha256).toBe(sha256Hex(id));
      expect(ledger.findRecord('\ud802')).toBeUndefined();
    });

    test('never dates an entry before the last one, though the clock is set back', async () => {
      const file = kind.place();
      const clock = new HandClock(10_000);
      const first = await kind.open(file, {clock});
      clock.ms = 5_000;
      first.intend([intentOf('i1', ['r1'])]);
      first.close();
      const second = await kind.open(file, {clock: new HandClock(1_000)});
      second.delivered(['i1']);
      second.close();
      expect(new Set(await kind.column(file, 'at'))).toEqual(new Set(['1970-01-01T00:00:10.000Z']));
    });

    test('keeps texts and ids as they came, however odd or long', async () => {
      const place = kind.place();
      const first = await kind.open(place);
      const odd = ['a\0b', '\ud800', '"quoted"', '', 'é'.repeat(3000)];
      first.remember(odd.map((id) => ({id, email: clean(id), name: clean(id)})));
      first.intend(odd.map((id, index) => intentOf(`i${index}`, [id], {conversation: {id, subject: clean(id)}})));
      first.delivered(odd.map((_, index) => `i${index}`));
      first.close();
      const second = await kind.open(place);
      second.expect?.(odd, odd);
      for (const [index, id] of odd.entries()) {
        expect([second.findRecord(id)?.itemId, second.findSubject(id)]).toEqual([`i${index}`, clean(id)]);
        expect(second.findPerson(id)).toEqual({id, email: clean(id), name: clean(id)});
        expect(second.findItemOf(id)?.records).toEqual([{recordId: id, sha256: sha256Hex(id)}]);
      }
    });

    test('remembers what targets took, refused, and may have of items that came to nothing', async () => {
      const place = kind.place();
      const first = await kind.open(place);
      const targets = ['bucket', 'journal'];
      first.intend(['i1', 'i2', 'i3'].map((id, index) => intentOf(id, [`r${index + 1}`], {targets})));
      first.taken(
        [{itemId: 'i1', target: 'journal'}],
        [{itemId: 'i1', target: 'journal', reply: '250', isPossiblyTwice: false}]
      );
      const refusal = {itemId: 'i2', target: 'journal', code: 'item_refused', words: '554 no', path: 'p', sha256: 'h'};
      first.delivered(['i2'], {refusals: [refusal]});
      first.voided(['i3'], [{itemId: 'i3', target: 'journal'}]);
      first.close();
      const second = await kind.open(place);
      expect([second.isTaken('i1', 'journal'), second.isTaken('i1', 'bucket')]).toEqual([true, false]);
      expect([second.isIntended('r1'), second.isIntended('r2')]).toEqual([true, false]);
      expect([second.isPossiblySent('r3', 'journal'), second.isPossiblySent('r3', 'bucket')]).toEqual([true, false]);
      second.delivered(['i1']);
      expect([second.isTaken('i1', 'journal'), second.isIntended('r1')]).toEqual([false, false]);
    });

    test('remembers why a record is excluded, until another policy lets it in', async () => {
      const ledger = await kind.open(kind.place());
      const why = {rule: 'rule', reason: 'reason', policyVersion: 'p1'};
      const record = {recordId: 'r1', sha256: sha256Hex('r1')};
      ledger.excluded([
        {records: [record], stream: 's', why},
        {records: [record], stream: 's', why: {...why, policyVersion: 'p2'}},
      ]);
      expect(ledger.findExclusion('r1')?.policyVersion).toBe('p2');
      ledger.setAside([{record, stream: 's', code: 'policy_review', path: 'p', why}]);
      expect([ledger.findRecord('r1')?.outcome, ledger.findExclusion('r1')]).toEqual(['set_aside', undefined]);
    });

    test('remembers how many states of each lineage were released, and never fewer', async () => {
      const place = kind.place();
      const first = await kind.open(place);
      expect(first.findReached('l1')).toBeUndefined();
      for (const reached of [
        [
          {lineage: 'l1', states: 3},
          {lineage: 'l2', states: 1},
        ],
        [{lineage: 'l1', states: 5}],
        [{lineage: 'l1', states: 4}],
      ]) {
        await first.note({kind: 'states_released', body: {reached}});
      }
      first.close();
      const second = await kind.open(place);
      expect(['l1', 'l2', 'l3'].map((lineage) => second.findReached(lineage))).toEqual([5, 1, undefined]);
    });

    test('finds the newest document of an object that is delivered, and nothing else of its thread', async () => {
      const place = kind.place();
      const first = await kind.open(place);
      const conversation = {id: 'gpts:g-1', subject: 'GPT'};
      const document = {kind: 'document', conversation};
      first.intend([intentOf('i1', ['r1'], document), intentOf('i2', ['r2'], document)]);
      first.delivered(['i2', 'i1']);
      first.intend([intentOf('i3', ['r3'], {kind: 'addendum', conversation}), intentOf('i4', ['r4'], document)]);
      first.delivered(['i3']);
      first.voided(['i4']);
      first.close();
      const second = await kind.open(place);
      expect(second.findDocument('gpts:g-1')?.itemId).toBe('i2');
      expect(second.findDocument('gpts:g-2')).toBeUndefined();
    });

    test('finds the bytes of a file, whichever event named it', async () => {
      const ledger = await kind.open(kind.place());
      const file = {fileId: 'f', outcome: 'captured', sha256: 'h'} as const;
      const files = [
        {...file, eventId: 'e1'},
        {...file, eventId: 'e2', outcome: 'expired' as const},
      ];
      ledger.intend([intentOf('i1', ['r1'], {files})]);
      ledger.delivered(['i1']);
      expect(ledger.findBytes('f', 'h')?.itemId).toBe('i1');
      expect(ledger.findBytes('f', 'other')).toBeUndefined();
    });

    test('lets nobody else in while it is open', async () => {
      const place = kind.place();
      const first = await kind.open(place);
      await expect(kind.open(place)).rejects.toMatchObject({code: 'ledger_locked', recovery: 'transient'});
      first.close();
      (await kind.open(place)).close();
    });
  });
}

/** Names and subjects come without lone surrogates; ids come as they are. */
function clean(text: string): string {
  return text.replaceAll('\ud800', '?');
}
