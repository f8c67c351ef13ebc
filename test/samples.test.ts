// The samples for the vendor are twelve items in every format, sound and the same each time.
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {sampleItems} from '../scripts/samples/sample-items';
import {lineFaults, parseMessage} from './destination-arctera-archive/render/render-whole';
import {root} from './source-files';
import {runExecutable} from './support/executables';

function write(folder: string): Record<string, Buffer> {
  const {status} = runExecutable(process.execPath, [join(root, 'dist', 'samples.js'), folder]);
  expect(status).toBe(0);
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
}

test('npm run samples writes twelve items and the questions', async () => {
  const folders = [mkdtempSync(join(tmpdir(), 'samples-')), mkdtempSync(join(tmpdir(), 'samples-'))];
  try {
    const [first = {}, second] = folders.map(write);
    expect(first).toEqual(second);
    const names = Object.keys(first);
    expect(names).toContain('QUESTIONS.md');
    for (const ending of ['eml', 'rsmf', 'td.zip']) {
      expect(names.filter((name) => name.endsWith(`.${ending}`))).toHaveLength(12);
    }
    for (const name of names.filter((each) => /\.(?:eml|rsmf)$/.test(each))) {
      expect([name, lineFaults(first[name]!)]).toEqual([name, []]);
    }
    const kinds = sampleItems.map(([, items]) => items.map(({kind}) => kind));
    expect(kinds.every((each) => each.length === 1)).toBe(true);
    expect(new Set(kinds.flat())).toEqual(new Set(['messages', 'addendum', 'document', 'tombstone', 'log', 'notice']));
    const thread = await parseMessage(first['10-deleted-conversation.eml']!);
    expect(thread.subject).toBe((await parseMessage(first['01-prompt-and-answer.eml']!)).subject);
  } finally {
    for (const folder of folders) rmSync(folder, {recursive: true, force: true});
  }
});
