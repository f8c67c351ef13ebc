// The pages that say which test holds what: each test they name is there.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';

/** Each page with the folder that its paths start from. */
const maps: readonly (readonly [page: string, base: string])[] = [
  ['airbyte/README.md', ''],
  ['source-chatgpt-enterprise/README.md', 'source-chatgpt-enterprise'],
  ['end-to-end/README.md', 'end-to-end'],
];

/** File and title of each test named, as `` `file.test.ts` "title", "another title" ``. */
function namedTests(page: string): {file: string; title: string}[] {
  const text = readFileSync(join(__dirname, page), 'utf8');
  return [...text.matchAll(/`([\w/.-]+\.test\.ts)` ("[^"]+"(?:, "[^"]+")*)/g)].flatMap(([, file, titles]) =>
    [...titles!.matchAll(/"([^"]+)"/g)].map(([, title]) => ({file: file!, title: title!}))
  );
}

test.each(maps)('%s names tests that exist', (page, base) => {
  const named = namedTests(page);
  expect(named.length).toBeGreaterThan(20);
  const missing = named.filter(({file, title}) => !readFileSync(join(__dirname, base, file), 'utf8').includes(title));
  expect(missing).toEqual([]);
});

test.each(maps)('%s names a test in every row', (page) => {
  const rows = readFileSync(join(__dirname, page), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| '));
  const bare = rows.slice(2).filter((row) => !/\.test\.ts` "/.test(row));
  expect(bare).toEqual([]);
});
