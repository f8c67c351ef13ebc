// The archive as a mail server: what it takes, refuses, defers, and what happens when it falls silent.
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, expect, test} from '@jest/globals';
import {sha256Hex} from '../../core/digest';
import {chunkRows, fileRow, messageLines, messageRow, recordLine, stateLine} from './contract-rows';
import {DestinationProcess, temporaryFolder, write} from './destination-process';
import {entriesOf, receiptsOf} from './ledger-entries';
import {
  type Answer,
  countByMessageId,
  type MailServer,
  messageIdOf,
  openMailServer,
  refusal,
  toJournal,
} from './mail-server';

const open: MailServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function serve(...args: Parameters<typeof openMailServer>): Promise<MailServer> {
  const server = await openMailServer(...args);
  open.push(server);
  return server;
}

function configOf(server: MailServer, path: string, target: object = {}, more: object = {}): Record<string, unknown> {
  return {
    target: {...toJournal(server), ...target},
    ledger: {type: 'sqlite', path},
    ca_certificate: server.certificate,
    grouping: 'message',
    ...more,
  };
}

const lines = [...messageLines({event: 'e1'}, {event: 'e2'}, {event: 'e3'}), stateLine('messages', {at: 1}, 3)];

test('every item is sent whole through TLS to the envelope of the configuration, and the reply is kept', async () => {
  const server = await serve();
  const path = temporaryFolder();
  const config = configOf(server, path, {username: 'capture', password: 'right'});
  const {exit, run} = await write({path, config}, lines);
  expect([exit, run.told, run.stderr]).toEqual([0, ['messages:{"at":1}'], '']);
  expect(server.mails).toHaveLength(3);
  for (const {from, to, isSecure, user} of server.mails) {
    expect([from, to, isSecure, user]).toEqual(['capture@corp.test', ['journal@archive.test'], true, 'capture']);
  }
  const hashes = entriesOf(path).flatMap(({kind, body}) => (kind === 'intent' ? [body.sha256] : []));
  expect(server.mails.map(({bytes}) => sha256Hex(bytes)).sort()).toEqual(hashes.sort());
  expect(receiptsOf(path).map(({reply, possibly_twice}) => [reply.slice(0, 3), possibly_twice])).toEqual(
    Array.from({length: 3}, () => ['250', false])
  );
  expect(readdirSync(join(path, '.arctera-archive', 'ws-1', 'outbox'))).toEqual([]);
  const again = await write({path, config}, lines);
  expect([again.exit, server.mails.length]).toEqual([0, 3]);
});

test.each(['eml', 'rsmf'])('the ledger names each message by the Message-ID that it has: %s', async (format) => {
  const server = await serve();
  const path = temporaryFolder();
  expect((await write({path, config: configOf(server, path, {}, {formats: [format]})}, lines)).exit).toBe(0);
  const addresses = entriesOf(path).flatMap(({kind, body}) => (kind === 'intent' ? [body.address] : []));
  expect(addresses.sort()).toEqual(server.mails.map(messageIdOf).sort());
});

test('TLS from the start, with the authority of the configuration, takes sign-in and items', async () => {
  const server = await serve(undefined, {secure: true});
  const path = temporaryFolder();
  const config = configOf(server, path, {security: 'tls', username: 'capture', password: 'right'});
  expect((await write({path, config}, lines)).exit).toBe(0);
  expect(server.mails.map(({isSecure, user, content}) => [isSecure, user, content])).toEqual(
    Array.from({length: 3}, () => [true, 'capture', '7bit'])
  );
});

test('a sign-in is never tried where TLS is not, whoever stands between', async () => {
  let signIns = 0;
  const server = await serve(undefined, {
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: (_auth, _session, done) => {
      signIns += 1;
      done(null, {user: 'capture'});
    },
  });
  const path = temporaryFolder();
  for (const security of ['starttls', 'tls', 'none']) {
    const config = configOf(server, path, {security, username: 'capture', password: 'hidden'});
    const run = new DestinationProcess('check', {path, config});
    run.end();
    await run.ended();
    expect([security, run.status?.status]).toEqual([security, 'FAILED']);
    expect(JSON.stringify(run.outputs)).not.toContain('hidden');
  }
  expect(signIns).toBe(0);
});

test.each([
  ['as it came', 'AUTH PLAIN AGNhcHR1cmUAY2FuYXJ5LXBhc3N3b3Jk'],
  ['cut off', 'AUTH PLAIN AGNhcHR1cmUAY2Fu'],
  ['in clear', 'canary-password'],
])('a server that repeats the sign-in which it refuses, %s, brings it into no log', async (_, repeated) => {
  const server = await serve(undefined, {
    onAuth: (_auth, _session, done) => done(refusal(535, `5.7.8 Not known here: "${repeated}"`)),
  });
  const path = temporaryFolder();
  const config = configOf(server, path, {username: 'capture', password: 'canary-password'});
  const {exit, run} = await write({path, config}, lines);
  expect([exit, run.errors]).toMatchObject([1, [{internal_message: 'ConfigError smtp_sign_in_refused'}]]);
  expect(run.errors[0]?.message).toContain('refuses the sign-in: 535 5.7.8.');
  expect(JSON.stringify(run.outputs)).not.toContain(repeated);
});

test('a server that takes one recipient with each message gets an item for all of them, each once', async () => {
  const server = await serve(undefined, {
    onRcptTo: (_address, {envelope}, done) =>
      done(envelope.rcptTo.length > 0 ? refusal(452, '4.5.3 Too many recipients') : undefined),
  });
  const path = temporaryFolder();
  const recipients = Array.from({length: 10}, (_, index) => `journal-${index}@archive.test`);
  const {exit, run} = await write({path, config: configOf(server, path, {recipients})}, messageLines({event: 'e1'}));
  expect([exit, run.errors]).toEqual([0, []]);
  expect(server.mails.flatMap(({to}) => to)).toEqual(recipients);
});

test('a storm of 421 is waited out, and nothing is there twice', async () => {
  const server = await serve((count) => (count <= 4 ? refusal(421, 'Try again later') : undefined));
  const path = temporaryFolder();
  const {exit} = await write({path, config: configOf(server, path)}, lines);
  expect([exit, [...countByMessageId(server).values()]]).toEqual([0, [1, 1, 1]]);
  expect(receiptsOf(path).some(({possibly_twice}) => possibly_twice)).toBe(false);
});

test('an item that is refused for good is set aside with the words of the server, and the others go on', async () => {
  const server = await serve((count) => (count === 1 ? refusal(554, '5.7.1 \u0007not wanted here') : undefined));
  const path = temporaryFolder();
  const {exit, run} = await write({path, config: configOf(server, path, {connections: 1})}, lines);
  expect([exit, run.told, server.mails.length]).toEqual([0, ['messages:{"at":1}'], 2]);
  const folder = join(path, '.arctera-archive', 'ws-1', 'set-aside');
  const names = readdirSync(folder);
  const [name = '', ...others] = names.filter((each) => each.endsWith('.json'));
  expect(others).toEqual([]);
  const copy = JSON.parse(readFileSync(join(folder, name), 'utf8')) as {code: string; words: string; item: string};
  expect(copy).toMatchObject({code: 'item_refused', words: '554 5.7.1 not wanted here'});
  expect(names.map((each) => `set-aside/${each}`)).toContain(copy.item);
});

test('a server that lets nobody in for a while has refused no item', async () => {
  let connections = 0;
  const server = await serve(undefined, {
    onConnect: (_session, done) => {
      connections += 1;
      done(connections <= 2 ? refusal(554, '5.7.1 blocked by a list') : undefined);
    },
  });
  const path = temporaryFolder();
  const {exit, run} = await write({path, config: configOf(server, path, {connections: 1})}, lines);
  expect([exit, run.told, server.mails.length]).toEqual([0, ['messages:{"at":1}'], 3]);
  expect(readdirSync(join(path, '.arctera-archive', 'ws-1', 'set-aside'))).toEqual([]);
});

test('each message of a conversation that is refused is set aside as it came, under the hash it came with', async () => {
  const server = await serve(() => refusal(554, '5.7.1 not wanted here'));
  const path = temporaryFolder();
  const said = [{event: 'e1'}, {event: 'e2', text: 'Grüße \u{1F642}'}, {event: 'e3', text: 'a'.repeat(300_000)}];
  const {exit} = await write({path, config: configOf(server, path, {}, {grouping: 'conversation_day'})}, [
    ...messageLines(...said),
    stateLine('messages', {at: 1}, 3),
  ]);
  expect(exit).toBe(0);
  const folder = join(path, '.arctera-archive', 'ws-1', 'set-aside');
  const copies = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as {record: string; sha256: string});
  const rows = said.map((each) => messageRow(each));
  expect(new Set(copies.map(({record, sha256}) => `${sha256} ${record}`))).toEqual(
    new Set(rows.map(({event, event_sha256: sha256}) => `${sha256} ${event}`))
  );
});

test('the uploads of an item that is refused are kept beside its records', async () => {
  const server = await serve(() => refusal(554, '5.7.1 not wanted here'));
  const path = temporaryFolder();
  const upload = {file: 'f1', event: 'e1', bytes: Buffer.from('uploaded')};
  const {exit, run} = await write({path, config: configOf(server, path)}, [
    ...messageLines({event: 'e1', files: ['f1']}),
    recordLine('files', fileRow(upload)),
    ...chunkRows(upload).map((row) => recordLine('file_chunks', row)),
    stateLine('messages', {at: 1}, 1),
    stateLine('file_chunks', {at: 1}, 1),
  ]);
  expect([exit, run.told]).toEqual([0, ['messages:{"at":1}', 'file_chunks:{"at":1}']]);
  const folder = join(path, '.arctera-archive', 'ws-1', 'set-aside');
  const [kept = ''] = readdirSync(folder).filter((name) => name.endsWith('.bytes'));
  expect(readFileSync(join(folder, kept), 'latin1')).toContain(upload.bytes.toString('base64'));
  const [report = ''] = readdirSync(join(path, '.arctera-archive', 'ws-1', 'reports')).filter((name) =>
    name.endsWith('.json')
  );
  const {streams} = JSON.parse(readFileSync(join(path, '.arctera-archive', 'ws-1', 'reports', report), 'utf8')) as {
    streams: Record<string, {set_aside: number}>;
  };
  expect([streams['messages']?.set_aside, streams['file_chunks']?.set_aside]).toEqual([1, 1]);
});

test('an item beyond the SIZE of the server is set aside before it is sent', async () => {
  const server = await serve(undefined, {size: 1000});
  const path = temporaryFolder();
  const {exit, run} = await write({path, config: configOf(server, path)}, lines);
  expect([exit, run.told, server.mails.length]).toEqual([0, ['messages:{"at":1}'], 0]);
  const kept = readdirSync(join(path, '.arctera-archive', 'ws-1', 'set-aside'));
  expect(kept.filter((name) => name.endsWith('.json'))).toHaveLength(3);
});

test('after a connection that is lost behind the message the same bytes go again, and the ledger says so', async () => {
  const server = await serve((count) => (count === 2 ? 'hang up' : undefined));
  const path = temporaryFolder();
  const {exit} = await write({path, config: configOf(server, path, {connections: 1})}, lines);
  expect([exit, [...countByMessageId(server).values()].sort()]).toEqual([0, [1, 1, 2]]);
  expect(new Set(server.mails.map(({bytes}) => sha256Hex(bytes))).size).toBe(3);
  expect(receiptsOf(path).filter(({possibly_twice}) => possibly_twice)).toHaveLength(1);
});

test.each([
  ['a server without STARTTLS', {disabledCommands: ['STARTTLS']}, {}, {}],
  ['a certificate that nobody signed', {}, {}, {ca_certificate: undefined}],
  [
    'a certificate of TLS from the start that nobody signed',
    {secure: true},
    {security: 'tls'},
    {ca_certificate: undefined},
  ],
  ['a wrong password', {}, {username: 'capture', password: 'wrong'}, {}],
])('check names %s', async (_, options, target, more) => {
  const server = await serve(undefined, options);
  const path = temporaryFolder();
  const environment = {NODE_TLS_REJECT_UNAUTHORIZED: '0'}; // which turns nothing off
  const run = new DestinationProcess('check', {path, config: configOf(server, path, target, more), environment});
  run.end();
  await run.ended();
  expect(run.status?.status).toBe('FAILED');
  expect(run.status?.message).toMatch(/mail server/);
  expect(JSON.stringify(run.outputs)).not.toContain('wrong');
});

test('check signs in and sends nothing', async () => {
  const server = await serve();
  const path = temporaryFolder();
  const run = new DestinationProcess('check', {
    path,
    config: configOf(server, path, {username: 'capture', password: 'right'}),
  });
  run.end();
  await run.ended();
  expect([run.status?.status, server.mails.length]).toEqual(['SUCCEEDED', 0]);
});

test('a mail server with the ledger of another target gets nothing of what that has, and the run says so', async () => {
  const [server, other] = [await serve(), await serve()];
  const path = temporaryFolder();
  const told = async (config: Record<string, unknown>): Promise<string[]> => {
    const {exit, run} = await write({path, config, streams: ['messages']}, lines);
    expect(exit).toBe(0);
    return run.warnings.filter((each) => each.includes('archive target'));
  };
  expect(await told({grouping: 'message'})).toEqual([]);
  const warnings = await told(configOf(server, path));
  expect(warnings).toEqual([
    expect.stringContaining('was a folder in the run before, and is the mail server 127.0.0.1'),
  ]);
  expect(await told(configOf(server, path))).toEqual([]);
  expect(await told(configOf(other, path, {recipients: ['second@archive.test']}))).toEqual([
    expect.stringContaining('for journal@archive.test in the run before, and is the mail server 127.0.0.1 for second'),
  ]);
  expect([server.mails.length, other.mails.length]).toEqual([0, 0]);
});

test('a run that ends while it settles leaves no connection behind that keeps it alive', async () => {
  const runs: DestinationProcess[] = [];
  const server = await serve((count) => {
    if (count === 1) {
      for (const run of runs) run.kill('SIGKILL');
      return 'hang up';
    }
    return count === 2 ? undefined : refusal(530, '5.7.0 sign in first');
  });
  const path = temporaryFolder();
  const config = configOf(server, path, {connections: 1});
  const start = (): DestinationProcess => {
    const run = new DestinationProcess('write', {path, config});
    run.feed(lines);
    run.end();
    return run;
  };
  runs.push(start());
  expect(await runs[0]?.ended()).toBe('SIGKILL');
  const run = start();
  await run.until(() => run.errors.length > 0);
  const toldAt = Date.now();
  expect([await run.ended(), run.errors[0]?.internal_message]).toEqual([1, 'ConfigError smtp_sign_in_refused']);
  expect(Date.now() - toldAt).toBeLessThan(15_000);
});

test('killed at every message, nothing is lost, and the ledger names each possible double', async () => {
  let killAt = 0;
  let run: DestinationProcess | undefined;
  const answer: Answer = (count) => {
    if (count !== killAt) return undefined;
    run?.kill('SIGKILL');
    return 'hang up';
  };
  const server = await serve(answer);
  const path = temporaryFolder();
  const events = Array.from({length: 40}, (_, index) => ({event: `k${index}`}));
  const many = [...messageLines(...events), stateLine('messages', {at: 1}, events.length)];
  const config = configOf(server, path, {connections: 1});
  for (let kill = 1; kill <= 20; kill += 1) {
    killAt = kill * 3;
    run = new DestinationProcess('write', {path, config});
    run.feed(many);
    run.end();
    await run.ended();
    killAt = 0;
  }
  expect((await write({path, config}, many)).exit).toBe(0);
  const counts = countByMessageId(server);
  expect(counts.size).toBe(events.length);
  const doubles = [...counts.values()].filter((count) => count > 1).length;
  const named = receiptsOf(path).filter(({possibly_twice}) => possibly_twice).length;
  expect(doubles).toBeLessThanOrEqual(named);
  expect(existsSync(join(path, '.arctera-archive', 'ws-1', 'outbox'))).toBe(true);
});
