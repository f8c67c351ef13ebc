// The attachment spool: which chunks it takes, and what it gives back.
import {createHash} from 'node:crypto';
import {readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {buffer} from 'node:stream/consumers';
import {describe, expect, test} from '@jest/globals';
import {Spool} from '../../../destination-arctera-archive/ledger/spool';
import {temporaryFolder} from './ledger-fixture';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const whole = (text: string): {size: number; sha256: string} => ({size: text.length, sha256: sha256(text)});

function newSpool(): {spool: Spool; folder: string} {
  const folder = join(temporaryFolder(), 'spool');
  const spool = new Spool(folder);
  spool.clear();
  return {spool, folder};
}

describe('Spool', () => {
  test.each([[['abc', 'def']], [['']], [['only']]])('gives back the bytes of %j, as often as asked', async (chunks) => {
    const {spool, folder} = newSpool();
    for (const [index, chunk] of chunks.entries()) spool.append('../t', index, Buffer.from(chunk));
    expect(spool.openTransfers()).toBe(1);
    const file = spool.finish('../t', whole(chunks.join('')));
    expect(file).toMatchObject(whole(chunks.join('')));
    expect(spool.openTransfers()).toBe(0);
    for (let read = 0; read < 2; read += 1) expect((await buffer(file.open())).toString()).toBe(chunks.join(''));
    spool.discard('../t');
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each<[string, (spool: Spool) => void]>([
    ['a transfer that does not begin at 0', (spool) => spool.append('t', 1, Buffer.from(''))],
    [
      'a gap',
      (spool) => {
        spool.append('t', 0, Buffer.from('a'));
        spool.append('t', 2, Buffer.from('c'));
      },
    ],
    [
      'a chunk that comes twice',
      (spool) => {
        for (const index of [0, 1, 1]) spool.append('t', index, Buffer.from('a'));
      },
    ],
    [
      'a size that differs',
      (spool) => {
        spool.append('t', 0, Buffer.from('a'));
        spool.finish('t', {...whole('a'), size: 2});
      },
    ],
    [
      'a hash that differs',
      (spool) => {
        spool.append('t', 0, Buffer.from('a'));
        spool.finish('t', whole('b'));
      },
    ],
    ['an end without a beginning', (spool) => void spool.finish('t', whole(''))],
  ])('refuses %s, and keeps nothing of it', (_, act) => {
    const {spool, folder} = newSpool();
    expect(() => act(spool)).toThrow(expect.objectContaining({code: 'transfer_broken', recovery: 'integrity'}));
    expect(spool.openTransfers()).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('begins a transfer again when index 0 comes again', async () => {
    const {spool} = newSpool();
    spool.append('t', 0, Buffer.from('lost'));
    spool.append('t', 1, Buffer.from('lost'));
    spool.append('t', 0, Buffer.from('kept'));
    expect((await buffer(spool.finish('t', whole('kept')).open())).toString()).toBe('kept');
  });

  test('leaves a finished file alone while its transfer comes again', async () => {
    const {spool, folder} = newSpool();
    spool.append('t', 0, Buffer.from('first'));
    const file = spool.finish('t', whole('first'));
    spool.append('t', 0, Buffer.from('part'));
    expect((await buffer(file.open())).toString()).toBe('first');
    spool.discard('t');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('interleaves more transfers than it holds descriptors', async () => {
    const {spool} = newSpool();
    const ids = Array.from({length: 150}, (_, index) => `t${index}`);
    for (const index of [0, 1, 2]) for (const id of ids) spool.append(id, index, Buffer.from(`${id}:${index};`));
    expect(spool.openTransfers()).toBe(150);
    for (const id of ids) {
      const text = `${id}:0;${id}:1;${id}:2;`;
      expect((await buffer(spool.finish(id, whole(text)).open())).toString()).toBe(text);
    }
  });

  test('removes what a run that was cut off left behind', () => {
    const {spool, folder} = newSpool();
    writeFileSync(join(folder, 'left-over'), 'x');
    spool.append('t', 0, Buffer.from('x'));
    spool.clear();
    expect(readdirSync(folder)).toEqual([]);
    expect(spool.openTransfers()).toBe(0);
  });
});
