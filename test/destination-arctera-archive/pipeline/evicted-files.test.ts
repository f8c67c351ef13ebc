// References to a file whose bytes are no longer at hand, because too many were: they say where the bytes lie.
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, expect, test} from '@jest/globals';
import {readArchive} from '../../end-to-end/archive-reader';
import {chunkRows, fileRow, type FileSpec, messageLines, recordLine, stateLine} from '../../end-to-end/contract-rows';
import {openWrite, toInput} from './write-into-folder';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, {recursive: true, force: true});
});

/** Runs the pipeline on the lines; what it keeps of archived files is up to the test. */
async function archive(lines: readonly string[], keptFileBytes: number): Promise<{root: string; told: number}> {
  const root = mkdtempSync(join(tmpdir(), 'evicted-'));
  folders.push(root);
  const write = openWrite(root, {keptFileBytes, config: {grouping: 'message', hold_megabytes: 0.01}});
  const told: unknown[] = [];
  for await (const state of write.run(toInput(lines))) told.push(state);
  expect(write.workspaces.all().map(({files}) => files.incomplete)).toEqual([{transfers: 0, records: 0}]);
  await write.workspaces.close();
  return {root, told: told.length};
}

const bytes = Buffer.from('the bytes of the file');
const file: FileSpec = {file: 'file-a', event: 'e1', bytes};
const big = (event: string): string[] => messageLines({event, text: 'x'.repeat(30_000), files: ['file-a']});
const lines = [
  ...chunkRows(file).map((chunk) => recordLine('file_chunks', chunk)),
  recordLine('files', fileRow(file)),
  ...big('e1'), // what is held is archived here
  recordLine('files', fileRow({...file, event: 'e2'})),
  ...big('e2'),
  ...big('e3'),
  recordLine('files', fileRow({...file, event: 'e3'})),
  ...['messages', 'files', 'file_chunks'].map((stream) => stateLine(stream, 1)),
];

test.each([
  ['kept', 1_000, 3, 0],
  ['let go', 0, 1, 2],
])('bytes that were %s: every reference is settled', async (_, keptFileBytes, attached, elsewhere) => {
  const {root, told} = await archive(lines, keptFileBytes);
  expect(told).toBe(3);
  const items = await readArchive(root);
  expect(items.map(({kind}) => kind).sort()).toEqual(['addendum', 'messages', 'messages', 'messages']);
  const contents = items.flatMap(({attachments}) => attachments.map(({content}) => content.toString()));
  expect(contents).toEqual(Array(attached).fill(bytes.toString()));
  const pointing = items.filter(({text}) => /file-a\.bin.* in\s+item [0-9a-f]{64} of\s+this\s+archive/.test(text));
  expect(pointing).toHaveLength(elsewhere);
});
