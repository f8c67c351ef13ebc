// States that wait for messages whose conversations go on.
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from '@jest/globals';
import {messageLines, stateLine} from '../../end-to-end/contract-rows';
import {openWrite, toInput} from './write-into-folder';

let root: string;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'states-'))));
afterEach(() => rmSync(root, {recursive: true, force: true}));

test('large states do not gather behind small messages: they are told long before the input ends', async () => {
  let sent = 0;
  const lines = function* (): Generator<string> {
    for (; sent < 40; sent++) {
      yield* messageLines({event: `e-${sent}`, text: 'Hello.'});
      yield stateLine('messages', {done: 'x'.repeat(500_000)}, 1);
    }
  };
  const write = openWrite(root);
  const toldAt: number[] = [];
  for await (const state of write.run(toInput(lines()))) {
    expect(state.text).toContain('xxx');
    toldAt.push(sent);
  }
  await write.workspaces.close();
  expect(toldAt).toHaveLength(40);
  expect(toldAt[0]).toBeLessThan(25);
  expect(toldAt.filter((at) => at < 40).length).toBeGreaterThan(20);
});
