// A profile of a process and of a thread beside it, which ends with the process or is ended by it, and what took most time in it.
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {afterAll, expect, test} from '@jest/globals';
import {type CpuProfile, heaviest} from '../../bench/heaviest';

const folder = mkdtempSync(join(tmpdir(), 'profile-'));
afterAll(() => rmSync(folder, {recursive: true, force: true}));

test.each([
  {how: 'with the process', end: 'unref'},
  {how: 'because it is told to', end: 'terminate'},
])('a thread that ends $how has a profile whose heaviest function is what it was busy with', ({end}) => {
  const program = join(folder, 'program.cjs');
  writeFileSync(
    program,
    `const {Worker, isMainThread, parentPort} = require('node:worker_threads');
     function busyBeside() { for (const end = Date.now() + 1500; Date.now() < end; ); }
     function busyMain() { for (const end = Date.now() + 1500; Date.now() < end; ); }
     if (isMainThread) {
       const thread = new Worker(__filename);
       thread.on('message', () => { busyMain(); thread.${end}(); });
     } else {
       parentPort.on('message', () => undefined); // keeps the thread until the process ends
       busyBeside();
       parentPort.postMessage('done');
     }`
  );
  const {status, stderr} = spawnSync(process.execPath, ['--require', resolve('bench/profile.cjs'), program], {
    env: {...process.env, BENCH_PROFILE: join(folder, end)},
    encoding: 'utf8',
  });
  expect({status, stderr}).toEqual({status: 0, stderr: ''});
  for (const [thread, name] of ['busyMain', 'busyBeside'].entries()) {
    const text = readFileSync(join(folder, `${end}-thread-${thread}.cpuprofile`), 'utf8');
    const [first] = heaviest(JSON.parse(text) as CpuProfile, 5);
    expect(first!.name).toMatch(new RegExp(`^${name} program\\.cjs:\\d$`));
  }
});

test('time is that of functions themselves, by name and place, without what was idle', () => {
  const frame = (functionName: string, url = '', lineNumber = -1): CpuProfile['nodes'][number]['callFrame'] => ({
    functionName,
    url,
    lineNumber,
  });
  const profile: CpuProfile = {
    nodes: [
      {id: 1, callFrame: frame('(idle)')},
      {id: 2, callFrame: frame('read', 'file:///dist/source.js', 4)},
      {id: 3, callFrame: frame('', 'file:///dist/source.js', 9)},
      {id: 4, callFrame: frame('read', 'file:///dist/source.js', 4)}, // called from elsewhere
    ],
    samples: [1, 2, 3, 4],
    timeDeltas: [9_000, 1_000, 1_000, 2_000],
  };
  expect(heaviest(profile, 2)).toEqual([
    {name: 'read source.js:5', selfMs: 3, share: 0.75},
    {name: '(anonymous) source.js:10', selfMs: 1, share: 0.25},
  ]);
});
