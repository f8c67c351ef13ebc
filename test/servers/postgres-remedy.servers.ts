// What docs/evidence.md tells to do about a damaged ledger in PostgreSQL, done as it is written there.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, expect, test} from '@jest/globals';
import {messageLines, stateLine} from '../end-to-end/contract-rows';
import {printed, temporaryFolder, write} from '../end-to-end/destination-process';
import {countMessages, openMailServer, refusal, toJournal} from '../end-to-end/mail-server';
import {startPostgres} from './postgres-server';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const told = readFileSync(join(__dirname, '../../docs/evidence.md'), 'utf8');
const [renaming = '', copying = ''] = [...told.matchAll(/```sql\n([^]*?)```/g)].map(([, sql = '']) => sql);

test('a damaged ledger in a database that is made anew as the page tells loses nothing that was set aside', async () => {
  const database = await startPostgres();
  cleanUps.push(() => database.remove());
  const mail = await openMailServer((count) => (count === 2 ? refusal(550, 'not here') : undefined));
  cleanUps.push(() => mail.close());
  const {connectionString} = database;
  const config = {
    target: toJournal(mail),
    ca_certificate: mail.certificate,
    ledger: {type: 'postgres', connection_string: connectionString, security: 'none'},
    grouping: 'message',
    set_aside_percent: 100,
  };
  const settings = {path: temporaryFolder(), config};
  const events = Array.from({length: 3}, (_, index) => ({event: `e${index}`, conversation: `c${index}`}));
  const lines = [...messageLines(...events), stateLine('messages', {at: 3}, 3)];
  expect((await write(settings, lines)).exit).toBe(0);
  expect(countMessages(mail)).toHaveLength(2);
  database.query(`ALTER TABLE chatgpt_archive.entries DISABLE TRIGGER USER`);
  database.query(`UPDATE chatgpt_archive.entries SET hash = reverse(hash) WHERE seq = 2`);
  expect((await printed('verify', settings)).exit).toBe(1);

  database.query(renaming);
  expect((await printed('status', settings)).exit).toBe(1);
  database.query(copying);
  const rebuilt = await printed('rebuild-ledger', settings);
  expect([rebuilt.exit, rebuilt.text]).toEqual([1, expect.stringContaining('1 set aside')]); // mail cannot be read back
  const retried = await printed('retry-set-aside', settings);
  expect(retried.exit).toBe(0);
  expect(countMessages(mail)).toHaveLength(3);
  expect((await printed('verify', settings)).exit).toBe(0);
});
