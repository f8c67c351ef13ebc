// The ledger in PostgreSQL: what every ledger must do, and what a server does that stops, or is held by another.
import {randomUUID} from 'node:crypto';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from '@jest/globals';
import {systemClock} from '../../core/clock';
import {sha256Hex} from '../../core/digest';
import {toSafeName} from '../../core/safe-name';
import type {EvidenceLedger} from '../../destination-arctera-archive/ledger/evidence';
import type {Verification} from '../../destination-arctera-archive/ledger/ledger';
import {Outbox} from '../../destination-arctera-archive/ledger/outbox';
import {PostgresConnection, type PostgresSettings} from '../../destination-arctera-archive/ledger/postgres-connection';
import {PostgresPlace} from '../../destination-arctera-archive/ledger/postgres-place';
import {verifyLedger} from '../../destination-arctera-archive/ledger/verify';
import type {Target} from '../../destination-arctera-archive/targets/target';
import {toPostgresAddress} from '../../destination-arctera-archive/targets/target-config';
import {describeLedger} from '../destination-arctera-archive/ledger/ledger-contract';
import {holding, HandClock, intentOf, onEnd, targetOf} from '../destination-arctera-archive/ledger/ledger-fixture';
import {root} from '../source-files';
import {type PostgresServer, startPostgres} from './postgres-server';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.remove());

function settingsOf(schema: string, database: string): PostgresSettings {
  return {
    connection: {...toPostgresAddress(server.connectionString), database, tls: undefined},
    schema,
    network: {},
    workerFile: join(root, 'dist', 'postgres-worker.js'),
  };
}

function placeOf(schema: string, database = 'postgres'): PostgresPlace {
  const place = new PostgresPlace(settingsOf(schema, database));
  onEnd(() => place.close());
  return place;
}

async function open(schema: string, options: object = {}): Promise<EvidenceLedger> {
  const {ledger} = await placeOf(schema).open({
    workspaceId: 'ws',
    archiveId: () => Promise.resolve('archive'),
    clock: new HandClock(),
    lockWaitMs: 0,
    ...options,
  });
  onEnd(() => ledger.close());
  return ledger;
}

function verifyIn(schema: string, targets: ReadonlyMap<string, Target>): Promise<Verification> {
  return placeOf(schema).inFolder('ws', ({ledger: file}, key) => verifyLedger({file, targets, key}));
}

const newSchema = (): string => `s_${randomUUID().replaceAll('-', '')}`;

describeLedger('PostgresLedger', {
  place: newSchema,
  open,
  column: (schema, name) =>
    Promise.resolve(server.query(`SELECT ${name} FROM ${schema}.entries WHERE workspace = 'ws' ORDER BY seq`)),
});

test.each(['UPDATE', 'DELETE', 'TRUNCATE'])('entries refuse %s', async (verb) => {
  const schema = newSchema();
  (await open(schema)).close();
  const sql = {
    UPDATE: 'UPDATE %.entries SET body = body',
    DELETE: 'DELETE FROM %.entries',
    TRUNCATE: 'TRUNCATE %.entries',
  };
  expect(() => server.query(sql[verb as keyof typeof sql].replace('%', schema))).toThrow(/append-only/);
});

test('many workspaces share a schema, each with its own chain', async () => {
  const schema = newSchema();
  const first = await open(schema);
  const second = await open(schema, {workspaceId: 'Other/ws'});
  first.intend([intentOf('i1', ['r1'])]);
  second.intend([intentOf('i1', ['r1'])]);
  first.delivered(['i1']);
  expect([first.findRecord('r1')?.itemId, second.findRecord('r1')]).toEqual(['i1', undefined]);
  first.close();
  second.close();
  const place = placeOf(schema);
  expect(place.names()).toEqual(['=4fther=2fws', 'ws']);
  expect(place.glance('=4fther=2fws')).toEqual({workspaceId: 'Other/ws', hasOpenIntents: true});
  expect(place.glance('ws')).toEqual({workspaceId: 'ws', hasOpenIntents: false});
});

test('a server that is stopped and started between two writes loses nothing and repeats nothing', async () => {
  const schema = newSchema();
  const ledger = await open(schema);
  ledger.intend([intentOf('i1', ['r1'])]);
  server.stop();
  server.start();
  ledger.delivered(['i1']);
  server.stop();
  server.start();
  expect(ledger.findRecord('r2')).toBeUndefined();
  expect(ledger.findRecord('r1')?.itemId).toBe('i1');
  ledger.close();
  expect(server.query(`SELECT kind FROM ${schema}.entries ORDER BY seq`)).toEqual(['genesis', 'intent', 'delivered']);
});

test('a server that comes back without what it had committed is no other run that writes', async () => {
  const schema = newSchema();
  const ledger = await open(schema);
  ledger.intend([intentOf('i1', ['r1'])]);
  ledger.delivered(['i1']);
  // As after a failover to a standby that had not heard of the end.
  server.query(`ALTER TABLE ${schema}.entries DISABLE TRIGGER ALL`);
  server.query(`DELETE FROM ${schema}.entries WHERE seq > 1`);
  server.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'destination-arctera-archive'`
  );
  expect(() => ledger.intend([intentOf('i2', ['r2'])])).toThrow(expect.objectContaining({code: 'ledger_damaged'}));
  ledger.close();
});

test('a database that cannot keep every character is refused before anything is written', () => {
  server.query(`CREATE DATABASE narrow ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`);
  expect(() => placeOf('s', 'narrow').probe({isPatient: false})).toThrow(
    expect.objectContaining({code: 'ledger_refused', message: expect.stringContaining('LATIN1')})
  );
  expect(() => placeOf('s').probe({isPatient: false})).not.toThrow();
});

test('a user who may only read is refused before anything is written', () => {
  server.query(`CREATE ROLE reader LOGIN PASSWORD 'right'`);
  server.query('GRANT CREATE ON DATABASE postgres TO reader');
  const probe = (): void => {
    const place = new PostgresPlace({
      connection: {...toPostgresAddress(server.connectionString), user: 'reader', tls: undefined},
      schema: 'of_reader',
      network: {},
      workerFile: join(root, 'dist', 'postgres-worker.js'),
    });
    onEnd(() => place.close());
    place.probe({isPatient: false});
  };
  expect(probe).not.toThrow();
  server.query('ALTER ROLE reader SET default_transaction_read_only = on');
  expect(probe).toThrow(
    expect.objectContaining({code: 'ledger_refused', message: expect.stringContaining('read only')})
  );
});

test('what belongs to a ledger is kept in pieces, and comes back into an empty folder', async () => {
  const schema = newSchema();
  const place = placeOf(schema);
  const settings = {workspaceId: 'ws', archiveId: () => Promise.resolve('archive'), clock: systemClock, lockWaitMs: 0};
  const first = await place.open(settings);
  const bytes = Buffer.alloc(5 * 1024 * 1024 + 3, 'abc');
  writeFileSync(join(first.folder.path, 'outbox', 'large.out'), bytes);
  writeFileSync(join(first.folder.path, 'outbox', 'empty.out'), '');
  first.mirror?.put(['outbox/large.out', 'outbox/empty.out']);
  first.ledger.close();
  place.close();
  const other = placeOf(schema);
  const second = await other.open(settings);
  expect(second.mirror?.list('outbox/')).toEqual(['outbox/empty.out', 'outbox/large.out']);
  second.mirror?.fetch('outbox/large.out');
  second.mirror?.fetch('outbox/empty.out');
  expect(readFileSync(join(second.folder.path, 'outbox', 'large.out')).equals(bytes)).toBe(true);
  expect(existsSync(join(second.folder.path, 'outbox', 'empty.out'))).toBe(true);
  second.mirror?.remove(['outbox/large.out']);
  expect(second.mirror?.list('')).toEqual(['outbox/empty.out']);
  second.ledger.close();
  other.close();
});

test('of the messages that are kept, those of no open intent go, though no folder has them any more', async () => {
  const schema = newSchema();
  const settings = {workspaceId: 'ws', archiveId: () => Promise.resolve('archive'), clock: systemClock, lockWaitMs: 0};
  const items = ['open', 'left'].map((text) => {
    const bytes = Buffer.from(text);
    return {itemId: text, address: text, sha256: sha256Hex(bytes), size: 4, body: {kind: 'memory', bytes}} as const;
  });
  const hashes = items.map(({sha256}) => sha256);
  const first = placeOf(schema);
  const held = await first.open(settings);
  await new Outbox(held.folder.outbox, held.mirror).keep(items);
  held.ledger.close();
  first.close();
  const other = placeOf(schema);
  const {folder, ledger, mirror} = await other.open(settings);
  new Outbox(folder.outbox, mirror).releaseOthers(hashes.slice(0, 1));
  expect(mirror?.list('')).toEqual([`outbox/${hashes[0]}.out`]);
  ledger.close();
  other.close();
});

test('verify reads the whole of it, and finds what was changed', async () => {
  const schema = newSchema();
  const ledger = await open(schema);
  const odd = 'x\0'.repeat(2000);
  ledger.remember([{id: odd, email: odd, name: undefined}]);
  ledger.intend([
    intentOf('i1', [odd], {conversation: {id: odd, subject: odd}}),
    intentOf('i2', ['r2'], {files: [{fileId: odd, eventId: 'e', outcome: 'captured', sha256: 'h'}]}),
  ]);
  ledger.delivered(['i1', 'i2']);
  ledger.excluded([
    {records: [{recordId: 'r3', sha256: 'h'}], stream: odd, why: {rule: 'r', reason: 'r', policyVersion: 'p'}},
  ]);
  const targets = new Map([['default', targetOf(holding('i1', 'i2'))]]);
  await expect(verifyIn(schema, targets)).rejects.toMatchObject({code: 'ledger_locked'});
  ledger.close();
  expect(await verifyIn(schema, targets)).toMatchObject({items: 2, records: 3, problems: []});
  expect(placeOf(schema).explainer('ws').explain('r2')).toMatchObject({outcome: 'delivered', entry: 4});
  server.query(`UPDATE ${schema}.records SET sha256 = 'x' WHERE record_id = 'r2'`);
  server.query(`ALTER TABLE ${schema}.entries DISABLE TRIGGER ALL`);
  server.query(`UPDATE ${schema}.entries SET body = replace(body, 'p1', 'p9') WHERE seq = 3`);
  const {problems} = await verifyIn(schema, targets);
  expect(problems.join('\n')).toMatch(/Entry 3 does not have the hash[^]*row of records/);
});

test('a database of an earlier release gets its index, and tells of the newest document of an object', async () => {
  const schema = newSchema();
  const first = await open(schema);
  const document = {kind: 'document', conversation: {id: 'gpts:g-1', subject: 'GPT'}};
  first.intend([intentOf('i1', ['r1'], document), intentOf('i2', ['r2'], document)]);
  first.delivered(['i1', 'i2']);
  first.close();
  server.query(`DROP INDEX ${schema}.documents_by_thread`);
  const explainer = placeOf(schema).explainer('ws');
  expect(explainer.explainDocument('gpts:g-1')).toMatchObject({record_id: 'r2', outcome: 'delivered'});
  expect(explainer.explainDocument('gpts:g-2')).toBeUndefined();
  expect(
    server.query(`SELECT 1 FROM pg_indexes WHERE schemaname = '${schema}' AND indexname = 'documents_by_thread'`)
  ).toHaveLength(1);
});

test('a database that is set to serializable takes the changes of two writers for no conflict', async () => {
  server.query('CREATE DATABASE strict');
  server.query('ALTER DATABASE strict SET default_transaction_isolation = serializable');
  const options = {archiveId: () => Promise.resolve('archive'), clock: new HandClock(), lockWaitMs: 0};
  (await placeOf('s', 'strict').open({...options, workspaceId: 'ws'})).ledger.close();
  const writers = ['one', 'two'].map((workspace) => {
    const connection = new PostgresConnection(settingsOf('s', 'strict'));
    onEnd(() => connection.close());
    connection.connect();
    return {connection, workspace};
  });
  const each = (act: (connection: PostgresConnection, workspace: string) => void): void =>
    writers.forEach(({connection, workspace}) => act(connection, workspace));
  each((connection) => connection.begin());
  each((connection, workspace) => connection.query('SELECT seq FROM entries WHERE workspace = $1', workspace));
  each((connection, workspace) =>
    connection.query(
      `INSERT INTO entries (workspace, seq, at, kind, body, hash) VALUES ($1, 1, '', 'genesis', '', '')`,
      workspace
    )
  );
  each((connection) => connection.commit());
  expect(writers[0]?.connection.query('SELECT 1 FROM entries WHERE seq = 1')).toHaveLength(3);
});

test('a schema that is renamed under a run is told as that, and not as a ledger that lacks a table', async () => {
  const schema = newSchema();
  const ledger = await open(schema);
  server.query(`ALTER SCHEMA ${schema} RENAME TO ${schema}_elsewhere`);
  expect(() => ledger.findPerson('somebody')).toThrow(
    expect.objectContaining({code: 'ledger_refused', message: expect.stringContaining('has no such schema (3F000)')})
  );
  server.query(`ALTER SCHEMA ${schema}_elsewhere RENAME TO ${schema}`);
  expect(ledger.findPerson('somebody')).toBeUndefined();
  server.query(`DROP TABLE ${schema}.people`);
  expect(() => ledger.findPerson('nobody')).toThrow(expect.objectContaining({code: 'ledger_damaged'}));
});

test('a database that refuses says so, without the password', () => {
  const wrong = new PostgresPlace({
    connection: {...toPostgresAddress(server.connectionString), password: 'wrong', tls: undefined},
    schema: 's',
    network: {},
    workerFile: join(root, 'dist', 'postgres-worker.js'),
  });
  expect(() => wrong.probe({isPatient: false})).toThrow(
    expect.objectContaining({code: 'ledger_refused', recovery: 'config'})
  );
  expect(() => wrong.probe({isPatient: false})).not.toThrow(/wrong/);
  expect(() => wrong.probe({isPatient: false})).toThrow(/does not accept the user name or the password \(28P01\)/);
  const plain = new PostgresPlace({
    connection: {...toPostgresAddress(server.connectionString), tls: {rejectUnauthorized: true}},
    schema: 's',
    network: {},
    workerFile: join(root, 'dist', 'postgres-worker.js'),
  });
  expect(() => plain.probe({isPatient: true})).toThrow(
    expect.objectContaining({code: 'ledger_refused', recovery: 'config'})
  );
});

test('a database that is closed for a while is waited for, and no fault of ours', () => {
  server.query('CREATE DATABASE closed');
  server.query('ALTER DATABASE closed ALLOW_CONNECTIONS false');
  expect(() => placeOf('s', 'closed').probe({isPatient: false})).toThrow(
    expect.objectContaining({code: 'ledger_unavailable', recovery: 'transient'})
  );
  server.query('ALTER DATABASE closed ALLOW_CONNECTIONS true');
  expect(() => placeOf('s', 'closed').probe({isPatient: false})).not.toThrow();
});

test('a user who may use the schema no more is told that, and not that the ledger is damaged', async () => {
  const schema = newSchema();
  server.query(`CREATE ROLE tenant LOGIN PASSWORD 'right'`);
  server.query(`CREATE SCHEMA ${schema}`);
  const allow = (): void => void server.query(`GRANT ALL ON SCHEMA ${schema} TO tenant`);
  allow();
  const place = new PostgresPlace({
    connection: {...toPostgresAddress(server.connectionString), user: 'tenant', tls: undefined},
    schema,
    network: {},
    workerFile: join(root, 'dist', 'postgres-worker.js'),
  });
  onEnd(() => place.close());
  const {ledger} = await place.open({
    workspaceId: 'ws',
    archiveId: () => Promise.resolve('archive'),
    clock: new HandClock(),
    lockWaitMs: 0,
  });
  onEnd(() => ledger.close());
  server.query(`REVOKE ALL ON SCHEMA ${schema} FROM tenant`);
  expect(() => ledger.intend([intentOf('i1', ['r1'])])).toThrow(
    expect.objectContaining({code: 'ledger_refused', message: expect.stringContaining('42501')})
  );
  allow();
  ledger.intend([intentOf('i1', ['r1'])]);
  server.query(`ALTER SCHEMA ${schema} RENAME TO ${newSchema()}`);
  expect(() => ledger.delivered(['i1'])).toThrow(
    expect.objectContaining({code: 'ledger_refused', message: expect.stringContaining('3F000')})
  );
});

test('a ledger whose entries are gone, and what runs left beside it is not, is known to be lost', async () => {
  const schema = newSchema();
  for (const workspaceId of ['ws', 'Other/1']) {
    const place = placeOf(schema);
    const {ledger, folder, mirror} = await place.open({
      workspaceId,
      archiveId: () => Promise.resolve('archive'),
      clock: new HandClock(),
      lockWaitMs: 0,
    });
    writeFileSync(join(folder.reports, 'run.json'), '{}');
    mirror?.put(['reports/run.json']);
    expect(place.isLost(toSafeName(workspaceId))).toBe(false);
    ledger.close();
  }
  server.query(`ALTER TABLE ${schema}.entries DISABLE TRIGGER ALL`);
  server.query(`DELETE FROM ${schema}.entries WHERE workspace = 'Other/1'`);
  const place = placeOf(schema);
  const name = toSafeName('Other/1');
  expect(place.names()).toEqual([name, 'ws']);
  expect([name, 'ws', 'unknown'].map((each) => place.isLost(each))).toEqual([true, false, false]);
  expect(place.glance(name)).toBeUndefined();
});
