// The search for leaks finds what it is there to find, wherever people look.
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {openings} from '../../simulator/content/phrases';
import {canary, CanaryWatch} from './canary';
import {messageRow} from './contract-rows';
import {temporaryFolder} from './destination-process';

test.each([
  ['a key', canary.key],
  ['the text of a message', `"${canary.text}"`],
  ['the text of a simulated message', `said: ${openings[0]!}`],
  ['a signed URL', canary.url],
  ["a URL of the simulator's signed host", 'http://127.0.0.1:1/log/x?expires=2&signature=00'],
  ['a whole event', messageRow({event: 'e1'}).event],
])('%s in a log is a leak', (_, output) => {
  const watch = new CanaryWatch();
  watch.see('stdout', `{"type":"LOG","log":{"message":${JSON.stringify(output)}}}`);
  expect(() => watch.assertNone()).toThrow('Something leaked');
});

test('records carry text, but neither keys nor signed URLs', () => {
  const watch = new CanaryWatch();
  watch.see('stdout', canary.text, true);
  expect(() => watch.assertNone()).not.toThrow();
  watch.see('stdout', canary.key, true);
  expect(() => watch.assertNone()).toThrow(canary.key);
});

test('a report is looked into', () => {
  const archive = temporaryFolder();
  const reports = join(archive, '.arctera-archive', 'ws-1', 'reports');
  mkdirSync(reports, {recursive: true});
  writeFileSync(join(reports, 'run.json'), JSON.stringify({note: canary.text}));
  const watch = new CanaryWatch();
  watch.seeReports(archive);
  expect(() => watch.assertNone()).toThrow('run.json');
});
