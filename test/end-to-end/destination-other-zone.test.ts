// A conversation becomes the same bytes in every format, in whatever order its records come and wherever the machine stands.
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {sha256Hex} from '../../core/digest';
import {chunkRows, fileRow, messageLines, recordLine, stateLine, userRow, workspace} from './contract-rows';
import {temporaryFolder, verify, write} from './destination-process';

const uploads = ['f1', 'f2', 'f3'].map((file, at) => ({
  file,
  event: `e${at * 4}`,
  conversation: 'c0',
  bytes: Buffer.alloc(300_000, file),
}));

// Around midnight of several zones and around the change to summer time of one.
const lines = [
  recordLine('users', userRow('user-ada', 'Ada Example', 'ada@corp.test')),
  ...messageLines(
    ...Array.from({length: 48}, (_, at) => ({
      event: `e${at}`,
      conversation: `c${Math.floor(at / 12)}`,
      author: at % 2 === 0 ? ('user' as const) : ('assistant' as const),
      ...(at % 12 === 0 ? {} : {after: `msg-e${at - 1 - (at % 5 === 0 ? 1 : 0)}`}),
      at: new Date(Date.UTC(2026, 2, 28, 21, at * 37)).toISOString(),
      files: uploads.flatMap(({file, event}) => (event === `e${at}` ? [file] : [])),
      text: `**text** of ${at}\n\n|a|b|\n|-|-|\n|1|2|`,
    }))
  ),
  // Some times have no zone: they are of UTC, not of the machine's.
  ...messageLines({event: 'e-z', conversation: 'c-z', at: '2026-03-28T23:30:00'}),
  // Others are no times of the API, though the machine would read them as some of its own zone.
  ...['30 Nov 2026 10:00', '5', '2026-11-30 10:00 or so'].flatMap((at, index) =>
    messageLines({event: `e-no-time-${index}`, conversation: `c-no-time-${index}`, at})
  ),
  ...uploads.map((upload) => recordLine('files', fileRow(upload))),
];
const chunks = uploads.flatMap((upload) => chunkRows(upload).map((row) => recordLine('file_chunks', row)));

function shuffled(salt: string): string[] {
  const [users = '', ...others] = lines;
  const place = (line: string): string => sha256Hex(salt + line);
  return [users, ...others.sort((a, b) => (place(a) < place(b) ? -1 : 1))];
}

/** Path and hash of every item in every format. */
function filesOf(path: string): Record<string, string> {
  const folder = join(path, workspace);
  const names = readdirSync(folder, {recursive: true, encoding: 'utf8'}).filter((name) =>
    /\.(?:eml|rsmf|zip)$/.test(name)
  );
  return Object.fromEntries(names.sort().map((name) => [name, sha256Hex(readFileSync(join(folder, name)))]));
}

test('the archive is the same, file by file', async () => {
  const config = {formats: ['eml', 'rsmf', 'text_delimited'], time_zone: 'Europe/Paris'};
  const archives: Record<string, string>[] = [];
  for (const zone of ['UTC', 'Pacific/Kiritimati', 'America/St_Johns']) {
    const path = temporaryFolder();
    const environment = {TZ: zone};
    const {exit} = await write({path, config, environment}, [
      ...(zone === 'UTC' ? lines : shuffled(zone)),
      ...chunks,
      stateLine('messages', {at: 1}, 48),
    ]);
    expect(exit).toBe(0);
    expect(await verify(path, config)).toBe(0);
    archives.push(filesOf(path));
  }
  const endings = Object.keys(archives[0] ?? {}).map((name) => name.replace(/^[^.]*/, ''));
  expect([...new Set(endings)].sort()).toEqual(['.eml', '.rsmf', '.td.zip']);
  expect(endings.length).toBeGreaterThanOrEqual(3 * 5); // four conversations, one of them over two days at least
  expect(archives.slice(1)).toEqual([archives[0], archives[0]]);
});
