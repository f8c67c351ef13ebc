// Whose addresses items carry where nobody knows one, and where the configuration says which, in every format.
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {unzipSync} from 'fflate';
import {readArchive} from './archive-reader';
import {messageLines} from './contract-rows';
import {temporaryFolder, verify, write} from './destination-process';

const lines = messageLines(
  {event: 'e1', user: 'user-lost', email: null, at: '2026-01-15T09:30:00.000000Z'},
  {event: 'e2', user: 'user-lost', email: null, author: 'assistant', after: 'msg-e1', at: '2026-01-15T09:31:00.000000Z'}
);

test.each([
  [{}, 'unassigned@chatgpt.invalid', 'chatgpt@chatgpt.invalid'],
  [
    {fallback_address: 'unassigned@corp.test', assistant_address: 'assistant@corp.test'},
    'unassigned@corp.test',
    'assistant@corp.test',
  ],
])('with %j a person without an address is filed under %s, and the assistant is %s', async (given, person, chatGpt) => {
  const path = temporaryFolder();
  const config = {...given, formats: ['eml', 'rsmf', 'text_delimited']};
  expect((await write({path, config}, lines)).exit).toBe(0);
  const [item] = await readArchive(path);
  expect(item?.from).toContain(person);
  expect(item?.text).toContain('user-lost');
  const files = readdirSync(path, {recursive: true, encoding: 'utf8'}).filter((name) => !name.startsWith('.'));
  const read = (ending: string): Buffer =>
    readFileSync(join(path, files.find((name) => name.endsWith(`.${ending}`)) ?? ''));
  for (const ending of ['eml', 'rsmf']) {
    const [head = ''] = read(ending).toString('latin1').split('\r\n\r\n');
    const unfolded = head.replaceAll(/\r\n[ \t]+/g, ' ');
    expect(unfolded).toMatch(new RegExp(`^From: .*<?${person}>?$`, 'm'));
    expect(unfolded).toMatch(new RegExp(`^To: .*<?${chatGpt}>?$`, 'm'));
    expect(unfolded).toContain('user-lost');
  }
  const csv = Object.entries(unzipSync(read('zip'))).find(([name]) => name.endsWith('.csv'))?.[1];
  const [, prompt = '', answer = ''] = Buffer.from(csv ?? [])
    .toString('utf8')
    .split('\r\n');
  expect([prompt, answer].map((row) => [row.indexOf(person) < row.indexOf(chatGpt)])).toEqual([[true], [false]]);
  expect(await verify(path, config)).toBe(0);
});
