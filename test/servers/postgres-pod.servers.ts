// The destination in a pod without a disk: its memory, and all that must last, lies in PostgreSQL.
import {readdirSync} from 'node:fs';
import {connect as connectSocket, createServer} from 'node:net';
import {createServer as createProxy} from 'node:http';
import {once} from 'node:events';
import type {AddressInfo} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterEach, expect, test} from '@jest/globals';
import {generate} from 'selfsigned';
import {messageLines, recordLine, stateLine} from '../end-to-end/contract-rows';
import {DestinationProcess, printed, temporaryFolder, verify, write} from '../end-to-end/destination-process';
import {countMessages, type MailServer, openMailServer, refusal, toJournal} from '../end-to-end/mail-server';
import {type ObjectStore, openObjectStore, toBucket} from '../end-to-end/object-store';
import {type PostgresServer, startPostgres} from './postgres-server';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const pod = {KUBERNETES_SERVICE_HOST: '10.0.0.1'};

async function startDatabase(...args: Parameters<typeof startPostgres>): Promise<PostgresServer> {
  const server = await startPostgres(...args);
  cleanUps.push(() => server.remove());
  return server;
}

async function startMail(...args: Parameters<typeof openMailServer>): Promise<MailServer> {
  const server = await openMailServer(...args);
  cleanUps.push(() => server.close());
  return server;
}

async function startStore(): Promise<ObjectStore> {
  const store = await openObjectStore();
  cleanUps.push(() => store.close());
  return store;
}

function ledgerOf({connectionString}: PostgresServer): object {
  return {ledger: {type: 'postgres', connection_string: connectionString, security: 'none'}, grouping: 'message'};
}

function toMail(mail: MailServer): object {
  return {target: toJournal(mail), ca_certificate: mail.certificate};
}

function toStore(store: ObjectStore): object {
  return {target: toBucket(store)};
}

function linesOf(count: number): string[] {
  const events = Array.from({length: count}, (_, index) => ({event: `e${index}`, conversation: `c${index}`}));
  return [...messageLines(...events), stateLine('messages', {at: count}, count)];
}

test('without a temporary folder the check fails, and so does a run, before it takes anything', async () => {
  const database = await startDatabase();
  const mail = await startMail();
  const config = {...toMail(mail), ...ledgerOf(database)};
  const settings = {path: temporaryFolder(), config, environment: {...pod, TMPDIR: '/nonexistent'}};
  const check = new DestinationProcess('check', settings);
  await check.ended();
  const words = 'The folder /nonexistent for temporary files cannot be read or written (ENOENT).';
  expect(check.status).toMatchObject({status: 'FAILED', message: expect.stringContaining(words)});
  const {exit, run} = await write(settings, linesOf(1));
  expect([exit, run.states]).toEqual([1, []]);
  expect(run.errors).toMatchObject([{failure_type: 'config_error', message: expect.stringContaining(words)}]);
  expect(mail.mails).toEqual([]);
});

test('what a run that was killed left in the temporary folder goes with the next one, and that of a living one stays', async () => {
  const database = await startDatabase();
  const mail = await startMail();
  const scratch = temporaryFolder();
  const config = {...toMail(mail), ...ledgerOf(database)};
  const settings = {path: temporaryFolder(), config, environment: {...pod, TMPDIR: scratch}};
  const begin = async (): Promise<DestinationProcess> => {
    const run = new DestinationProcess('write', settings);
    run.feed([...linesOf(2), stateLine('users', {at: 1})]);
    await run.until(() => run.told.length > 0);
    return run;
  };
  const killed = await begin();
  killed.kill('SIGKILL');
  await killed.ended();
  const left = readdirSync(scratch);
  expect(left).toHaveLength(1);
  const living = await begin();
  expect(readdirSync(scratch)).not.toContain(left[0]);
  const held = readdirSync(scratch);
  await printed('verify', settings); // finds the ledger locked
  expect(readdirSync(scratch)).toEqual(held);
  living.end();
  expect(await living.ended()).toBe(0);
  expect((await printed('verify', settings)).exit).toBe(0);
  expect(readdirSync(scratch)).toEqual([]);
});

test('mail from a pod: killed behind a message, another pod sends the very bytes again and says so', async () => {
  const database = await startDatabase();
  const runs: DestinationProcess[] = [];
  let hasDied = false;
  const mail = await startMail((count) => {
    if (count !== 2 || hasDied) return undefined;
    hasDied = true;
    for (const run of runs) run.kill('SIGKILL');
    return 'hang up';
  });
  const path = temporaryFolder();
  const config = {...ledgerOf(database), ...toMail(mail)};
  const scratch = temporaryFolder();
  const settings = {path, config, environment: {...pod, TMPDIR: scratch}};
  const check = new DestinationProcess('check', settings);
  check.end();
  await check.ended();
  expect(check.status).toMatchObject({status: 'SUCCEEDED'});
  expect(database.query("SELECT nspname FROM pg_namespace WHERE nspname = 'chatgpt_archive'")).toEqual([]);
  const run = new DestinationProcess('write', settings);
  runs.push(run);
  run.feed(linesOf(3));
  run.end();
  await run.ended();
  // What the first pod left on its disk is gone with it.
  const {exit, run: second} = await write(settings, linesOf(3));
  expect([exit, second.told, second.errors]).toEqual([0, ['messages:{"at":3}'], []]);
  const counts = countMessages(mail);
  expect(counts.length).toBe(3);
  const schema = 'chatgpt_archive';
  const twice = database.query(
    `SELECT r ->> 'possibly_twice' FROM ${schema}.entries, jsonb_array_elements(body::jsonb -> 'receipts') r WHERE kind = 'delivered'`
  );
  expect(twice.filter((each) => each === 'true').length).toBeGreaterThanOrEqual(counts.filter((n) => n > 1).length);
  expect(database.query(`SELECT name FROM ${schema}.kept_files WHERE name LIKE 'outbox/%'`)).toEqual([]);
  const reports = database.query(`SELECT name FROM ${schema}.kept_files WHERE name LIKE 'reports/%'`);
  expect(reports.map((name) => name.replace(/.*\./, '')).sort()).toEqual(['csv', 'html', 'json']);
  expect(await verify(path, config)).toBe(0);
  const show = new DestinationProcess('show', {path, config, options: ['--event', 'e1']});
  show.end();
  expect([await show.ended(), show.logText]).toEqual([0, expect.stringContaining('delivered')]);
  expect(readdirSync(path)).toEqual([]);
  expect(readdirSync(scratch)).toEqual([]); // what the killed run left is gone too
});

test('what no mail server takes is set aside in the database, and verify misses it when it is gone', async () => {
  const database = await startDatabase();
  const mail = await startMail((count) => (count === 1 ? refusal(554, '5.7.1 not wanted here') : undefined));
  const path = temporaryFolder();
  const config = {...ledgerOf(database), ...toMail(mail)};
  const {exit} = await write({path, config, environment: pod}, linesOf(2));
  expect([exit, mail.mails.length]).toEqual([0, 1]);
  const kept = database.query(
    `SELECT name FROM chatgpt_archive.kept_files WHERE name LIKE 'set-aside/%' ORDER BY name`
  );
  expect(kept.map((name) => name.replace(/.*\./, '')).sort()).toEqual(['bytes', 'json']);
  expect(await verify(path, config)).toBe(0);
  database.query("DELETE FROM chatgpt_archive.kept_files WHERE name LIKE '%.json'");
  expect(await verify(path, config)).toBe(1);
});

test('what was refused and what waited for review goes from another pod once it is let', async () => {
  const database = await startDatabase();
  const store = await startStore();
  let isRefusing = true;
  const mail = await startMail(() => (isRefusing ? refusal(554, '5.7.1 not wanted here') : undefined));
  const path = temporaryFolder();
  const rules = [{name: 'all', patterns: ['text'], targets: ['default', 'journal']}];
  const config = {
    ...ledgerOf(database),
    ...toStore(store),
    ca_certificate: mail.certificate,
    additional_targets: [{name: 'journal', target: toJournal(mail)}],
    rules,
    routing_mode: 'copy_per_match',
  };
  const strict = {...config, rules: [{name: 'look', patterns: ['text of e1'], disposition: 'set_aside'}, ...rules]};
  const retry = async (): Promise<[unknown, string]> => {
    const run = new DestinationProcess('retry-set-aside', {
      path,
      config,
      environment: {...pod, TMPDIR: temporaryFolder()},
    });
    run.end();
    return [
      await run.ended(),
      /\d+ went into the archive, [^\n]*/.exec(run.logText)?.[0] ?? JSON.stringify(run.errors),
    ];
  };
  const items = (): number => [...store.objects.keys()].filter((key) => key.endsWith('.eml')).length;
  expect((await write({path, config: strict, environment: pod}, linesOf(2))).exit).toBe(0);
  expect([items(), mail.mails.length]).toEqual([1, 0]);
  // The bucket gets the one; the journal refuses both.
  expect(await retry()).toEqual([1, '0 went into the archive, 2 stay set aside (2 item_refused).']);
  expect(items()).toBe(2);
  isRefusing = false;
  expect((await retry())[0]).toBe(0);
  expect((await retry())[1]).toMatch(/^0 went into the archive, 0 stay/);
  expect([items(), countMessages(mail)]).toEqual([2, [1, 1]]);
  expect((await write({path, config, environment: pod}, linesOf(2))).exit).toBe(0);
  expect([items(), mail.mails.length]).toEqual([2, 2]);
  expect(await verify(path, config)).toBe(0);
});

test('a ledger that is lost with its schema is made anew: from the bucket, and with the messages that were on their way', async () => {
  const database = await startDatabase();
  const store = await startStore();
  const runs: DestinationProcess[] = [];
  const mail = await startMail((count) => {
    if (count !== 2) return undefined;
    for (const run of runs) run.kill('SIGKILL');
    return 'hang up';
  });
  const path = temporaryFolder();
  const config = {
    ...ledgerOf(database),
    ...toStore(store),
    ca_certificate: mail.certificate,
    additional_targets: [{name: 'journal', target: {...toJournal(mail), connections: 1}}],
    rules: [{name: 'all', patterns: ['text of e0'], targets: ['default', 'journal']}],
    routing_mode: 'copy_per_match',
  };
  const settings = {path, config, environment: pod};
  const verb = async (name: string): Promise<[unknown, string]> => {
    const run = new DestinationProcess(name, settings);
    run.end();
    return [await run.ended(), `${run.logText}\n${JSON.stringify(run.errors)}`];
  };
  expect((await write(settings, linesOf(3))).exit).toBe(0);
  expect([store.objects.size > 3, mail.mails.length]).toEqual([true, 1]);
  expect((await verb('rebuild-ledger'))[1]).toContain('ledger_present');
  // The run that dies behind its message leaves it in the database, which only the ledger is lost from.
  const last = new DestinationProcess('write', settings);
  runs.push(last);
  last.feed([
    ...messageLines({event: 'e9', conversation: 'c9', text: 'text of e0 again'}),
    stateLine('messages', {at: 9}, 1),
  ]);
  last.end();
  await last.ended();
  const schema = 'chatgpt_archive';
  database.query(`DROP TRIGGER entries_are_not_truncated ON ${schema}.entries`);
  const tables = database.query(`SELECT tablename FROM pg_tables WHERE schemaname = '${schema}'`);
  for (const table of tables) if (!/kept|version/.test(table)) database.query(`TRUNCATE ${schema}.${table}`);
  const lost = await write(settings, linesOf(3));
  expect(lost.run.errors).toMatchObject([{internal_message: 'ConfigError bucket_without_ledger'}]);
  const [exit, said] = await verb('rebuild-ledger');
  expect([exit, said]).toEqual([1, expect.stringMatching(/4 items, 4 records, 0 set aside, 1 open/)]); // mail cannot be read back
  const before = store.objects.size;
  const again = [
    ...linesOf(3).slice(0, -1),
    ...messageLines({event: 'e9', conversation: 'c9', text: 'text of e0 again'}),
  ];
  expect((await write(settings, [...again, stateLine('messages', {at: 9}, 4)])).exit).toBe(0);
  expect([[...store.objects.keys()].filter((key) => key.endsWith('.eml')).length, before > 4]).toEqual([4, true]);
  expect(countMessages(mail)).toHaveLength(2);
  const twice = database.query(
    `SELECT r ->> 'possibly_twice' FROM ${schema}.entries, jsonb_array_elements(body::jsonb -> 'receipts') r WHERE kind = 'delivered'`
  );
  expect(twice).toEqual(['true']);
  expect(database.query(`SELECT name FROM ${schema}.kept_files WHERE name LIKE 'outbox/%'`)).toEqual([]);
  expect((await verb('verify'))[0]).toBe(0);
});

test('report, status and show read a ledger in the database, and status also while a run holds it', async () => {
  const database = await startDatabase();
  const store = await startStore();
  const path = temporaryFolder();
  const config = {...ledgerOf(database), ...toStore(store)};
  const scratch = temporaryFolder();
  const settings = {path, config, streams: ['messages'], environment: {...pod, TMPDIR: scratch}};
  expect(await printed('status', settings)).toEqual({exit: 1, text: 'Nothing has been archived yet.\n'});
  expect((await printed('report', settings)).text).toBe('Nothing has been archived yet.\n');
  expect(database.query(`SELECT 1 FROM pg_namespace WHERE nspname = 'chatgpt_archive'`)).toEqual([]); // neither has made any
  expect((await write(settings, linesOf(2))).exit).toBe(0);
  const report = await printed('report', settings);
  expect([report.exit, report.text]).toEqual([0, expect.stringMatching(/complete +\? +2 +2 +2 +2 +0 +0/)]);
  const shown = await printed('show', {...settings, options: ['--conversation', 'c1']});
  expect([shown.exit, shown.text]).toEqual([0, expect.stringContaining('text of e1')]);
  expect((await printed('show', {...settings, options: ['--item', 'nothing']})).exit).toBe(1);
  const run = new DestinationProcess('write', settings);
  run.feed(linesOf(2));
  await run.until(() => run.told.length === 1);
  const status = await printed('status', settings);
  expect([status.exit, status.text]).toEqual([0, expect.stringMatching(/ws-1: captured until 2026-01-15T/)]);
  const held = await printed('report', settings);
  expect([held.exit, held.text]).toEqual([1, expect.stringContaining('ledger_locked')]);
  run.end();
  expect(await run.ended()).toBe(0);
  for (const key of [...store.objects.keys()]) if (key.endsWith('.eml')) store.objects.delete(key);
  expect((await printed('report', settings)).exit).toBe(1); // what the target has lost
  expect(readdirSync(scratch)).toEqual([]);
});

test('a database that is stopped and started in mid-run loses nothing and repeats nothing', async () => {
  const database = await startDatabase();
  const store = await startStore();
  const path = temporaryFolder();
  const config = {...ledgerOf(database), ...toStore(store)};
  let puts = 0;
  store.onStored = (key) => {
    if (!key.endsWith('.eml')) return;
    puts += 1;
    if (puts !== 300) return;
    database.stop();
    database.start();
  };
  const {exit, run} = await write({path, config, environment: pod}, linesOf(1000));
  expect([exit, run.told, run.errors]).toEqual([0, ['messages:{"at":1000}'], []]);
  expect([puts, [...store.objects.keys()].filter((key) => key.endsWith('.eml')).length]).toEqual([1000, 1000]);
  expect(await verify(path, config)).toBe(0);
});

test('a second run waits for the database ledger, and goes on when the first has ended', async () => {
  const database = await startDatabase();
  const store = await startStore();
  const path = temporaryFolder();
  const config = {...ledgerOf(database), ...toStore(store)};
  const first = new DestinationProcess('write', {path, config});
  first.feed(linesOf(2));
  first.feed([recordLine('unheard_of', {id: 1}), stateLine('unheard_of', {at: 1}, 1)]);
  while (!store.requests.some((request) => request.includes('archive-id'))) await sleep(50);
  const second = new DestinationProcess('write', {path, config});
  second.feed(linesOf(2));
  second.end();
  const locks = "SELECT count(DISTINCT pid) FROM pg_stat_activity WHERE application_name LIKE 'destination-%'";
  while (Number(database.query(locks)[0]) < 3) await sleep(50);
  expect(second.isRunning).toBe(true);
  first.end();
  expect([await first.ended(), await second.ended()]).toEqual([0, 0]);
  expect([...store.objects.keys()].filter((key) => key.endsWith('.eml')).length).toBe(3);
});

test('the database is reached through the proxy and through TLS with the authority of the configuration', async () => {
  const pair = await generate([{name: 'commonName', value: 'db.corp.test'}], {
    keySize: 2048,
    extensions: [{name: 'subjectAltName', altNames: [{type: 2, value: 'db.corp.test'}]}],
  });
  const database = await startDatabase({key: pair.private, certificate: pair.cert});
  const store = await startStore();
  const asked: string[] = [];
  const proxy = createProxy();
  proxy.on('connect', (request, client) => {
    asked.push(request.url ?? '');
    const far = connectSocket(database.port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      far.pipe(client).pipe(far);
    });
    for (const socket of [far, client]) socket.on('error', () => undefined);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  cleanUps.push(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const path = temporaryFolder();
  const config = {
    ...toStore(store),
    ledger: {type: 'postgres', connection_string: `postgresql://archive:right@db.corp.test:${database.port}/postgres`},
    proxy: {url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`},
    ca_certificate: pair.cert,
  };
  const {exit, run} = await write({path, config, environment: pod}, linesOf(2));
  expect([exit, run.errors]).toEqual([0, []]);
  expect(new Set(asked)).toEqual(new Set([`db.corp.test:${database.port}`]));
  const direct = {...config.ledger, connection_string: database.connectionString};
  const untrusted = new DestinationProcess('check', {
    path,
    config: {...config, ledger: direct, proxy: undefined, ca_certificate: undefined},
  });
  untrusted.end();
  await untrusted.ended();
  expect(untrusted.status?.status).toBe('FAILED');
  expect(untrusted.status?.message).toContain('not trusted');
});

test('a database that nobody listens at is a transient error, and a wrong password is told without it', async () => {
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const {port} = free.address() as AddressInfo;
  free.close();
  await once(free, 'close');
  const store = await startStore();
  const path = temporaryFolder();
  const ledger = {type: 'postgres', connection_string: `postgresql://u:hidden@127.0.0.1:${port}/d`, security: 'none'};
  const {exit, run} = await write({path, config: {...toStore(store), ledger}}, linesOf(1));
  expect([exit, run.errors[0]?.failure_type, run.told]).toEqual([1, 'transient_error', []]);
  expect(JSON.stringify(run.outputs)).not.toContain('hidden');
});
