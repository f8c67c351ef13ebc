// House rules that neither the compiler nor the linter holds: names, first lines, and the commands the README promises.
import {readdirSync, readFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {describe, expect, test} from '@jest/globals';
import {readSourceFiles, rooms, root} from './source-files';

const files = readSourceFiles([...rooms, 'bench', 'scripts', 'test']);
const namelessNames = new Set(['utils', 'util', 'common', 'types', 'helpers', 'helper', 'misc', 'constants']);

describe('every TypeScript file', () => {
  test('is named after a concept', () => {
    const nameless = files.filter(({path}) =>
      path.split('/').some((part) => namelessNames.has(basename(part, '.ts').replace(/\.test$/, '')))
    );
    expect(nameless.map(({path}) => path)).toEqual([]);
  });

  test('says in its first line what it is', () => {
    expect(files.filter(({text}) => !/^\/\/ \S.+/.test(text)).map(({path}) => path)).toEqual([]);
  });

  test('leaves stdout to the protocol, unless it is a command for a person', () => {
    const mayPrint = /^(scripts|bench)\/|^simulator\/main\.ts$|^test\//;
    const printing = files.filter(({path, text}) => !mayPrint.test(path) && /\bconsole\s*\./.test(text));
    expect(printing.map(({path}) => path)).toEqual([]);
  });
});

test('every program is plain ASCII: one letter beyond Latin-1 would make it take twice the memory', () => {
  const programs = readdirSync(join(root, 'dist')).filter((name) => name.endsWith('.js'));
  const isAscii = (name: string): boolean => readFileSync(join(root, 'dist', name)).every((byte) => byte < 0x80);
  expect(programs).toContain('destination-arctera-archive.js');
  expect(programs.filter((name) => !isAscii(name))).toEqual([]);
});

describe('README.md', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');

  test.each(['npm ci && npm run demo', 'npm ci && npm test'])(
    'gives the command `%s` on a line of its own',
    (command) => {
      expect(readme.split('\n')).toContain(command);
    }
  );
});

describe('package.json', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
    'dependencies' | 'devDependencies',
    Readonly<Record<string, string>>
  >;

  test('pins every dependency to one version', () => {
    const all = Object.entries({...manifest.dependencies, ...manifest.devDependencies});
    expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });
});
