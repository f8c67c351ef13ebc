// Tools of the repository say what they take when they are asked, and do nothing then.
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, expect, test} from '@jest/globals';
import {root} from './source-files';
import {runExecutable} from './support/executables';

const folder = mkdtempSync(join(tmpdir(), 'tools-'));
afterAll(() => {
  rmSync(folder, {recursive: true, force: true});
});

function run(tool: string, ...args: readonly string[]): ReturnType<typeof runExecutable> {
  return runExecutable(process.execPath, [join(root, 'dist', `${tool}.js`), ...args], {cwd: folder});
}

test.each(['bench', 'chaos', 'demo', 'deploy', 'fuzz', 'probe', 'samples'])('%s --help', (tool) => {
  const {status, stdout, stderr} = run(tool, '--help');
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(new RegExp(`^Usage: npm run ${tool} -- `));
  expect(readdirSync(folder)).toEqual([]);
});

test.each([
  ['bench', ['--only', 'speed'], "option '--only <row...>' argument 'speed' is invalid"],
  ['bench', ['--runs', 'two'], 'It must be a whole number.'],
  ['chaos', ['--seeds', '0'], 'It must be 1 or more.'],
  ['deploy', ['--dry-run'], "required option '--file <file>' not specified"],
  ['fuzz', ['--case', '5'], "unknown option '--case'"],
  ['samples', ['one', 'two'], 'too many arguments'],
] as const)('%s %j is told, and nothing is done', (tool, args, words) => {
  const {status, stdout, stderr} = run(tool, ...args);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toContain(words);
  expect(readdirSync(folder)).toEqual([]);
});
