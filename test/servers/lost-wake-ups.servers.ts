// A C library that loses signals to threads: every request to read or write a file is carried out all the same.
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {itemPaths} from '../end-to-end/archive-reader';
import {messageLines, stateLine} from '../end-to-end/contract-rows';
import {temporaryFolder, write} from '../end-to-end/destination-process';

test('an archive is whole though threads sleep through requests', async () => {
  const folder = temporaryFolder();
  const library = join(folder, 'lost-wake-ups.so');
  execFileSync('gcc', ['-shared', '-fPIC', '-O2', '-o', library, join(__dirname, 'lost-wake-ups.c'), '-ldl']);
  const told = join(folder, 'lost');
  const path = temporaryFolder();
  const events = Array.from({length: 300}, (_, index) => ({event: `e${index}`}));
  const {exit, run} = await write(
    {path, config: {grouping: 'message'}, environment: {LD_PRELOAD: library, LOST_WAKE_UPS: told}},
    [...messageLines(...events), stateLine('messages', {at: 1}, events.length)]
  );
  expect([exit, run.told]).toEqual([0, ['messages:{"at":1}']]);
  expect(itemPaths(path)).toHaveLength(events.length);
  expect(Number(readFileSync(told, 'utf8'))).toBeGreaterThanOrEqual(5);
}, 120_000);
