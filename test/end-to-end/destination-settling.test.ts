// What a run that was cut off left open is settled before the next one reads a line, in every workspace.
import {readdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {systemClock} from '../../core/clock';
import {sha256Hex} from '../../core/digest';
import type {Ledger} from '../../destination-arctera-archive/ledger/ledger';
import {openSqliteLedger} from '../../destination-arctera-archive/ledger/sqlite-ledger';
import {itemPaths} from './archive-reader';
import {messageLines, stateLine} from './contract-rows';
import {afterTest, DestinationProcess, temporaryFolder, verify, write} from './destination-process';
import {entriesOf, receiptsOf} from './ledger-entries';
import {openMailServer, toJournal} from './mail-server';

const settled = 'Settled an interrupted run: 1 items had been delivered, 1 had not.';

function openLedger(path: string, workspaceId: string): Promise<Ledger> {
  return openSqliteLedger({
    file: join(path, '.arctera-archive', workspaceId, 'ledger.sqlite'),
    workspaceId,
    archiveId: readFileSync(join(path, workspaceId, 'archive-id'), 'utf8').trim(),
    clock: systemClock,
    lockWaitMs: 0,
  });
}

/** An archive as a kill leaves it: of two open intents the item of one is there. */
async function cutOff(path: string, workspace: string): Promise<void> {
  await write({path}, messageLines({event: 'before', workspace}));
  const bytes = readFileSync(join(path, itemPaths(path).find((each) => each.startsWith(workspace)) ?? ''));
  const ledger = await openLedger(path, workspace);
  const intents = ['there', 'gone'].map((name) => ({
    itemId: sha256Hex(name),
    kind: 'messages',
    address: `${name}.eml`,
    sha256: sha256Hex(bytes),
    size: bytes.length,
    stream: 'messages',
    records: [{recordId: name, sha256: sha256Hex(name)}],
    files: [],
    copies: [],
    conversation: undefined,
    policyVersion: 'p',
    targets: ['default'],
    decision: undefined,
  }));
  ledger.intend(intents);
  ledger.close();
  writeFileSync(join(path, workspace, 'there.eml'), bytes);
}

async function openIntents(path: string, workspace: string): Promise<number> {
  const ledger = await openLedger(path, workspace);
  const count = ledger.openIntents().length;
  ledger.close();
  return count;
}

test('before a line is read, in a workspace whose records never come', async () => {
  const path = temporaryFolder();
  await cutOff(path, 'ws-1');
  const run = new DestinationProcess('write', {path});
  await run.until(() => run.logText.includes(settled)); // nothing was fed
  run.feed([...messageLines({event: 'e1', workspace: 'ws-2'}), stateLine('messages', 1, 1)]);
  run.end();
  expect(await run.ended()).toBe(0);
  expect(await openIntents(path, 'ws-1')).toBe(0);
  expect(await verify(path)).toBe(0);
});

test('the ledger of a workspace whose records never come is not held', async () => {
  const path = temporaryFolder();
  await cutOff(path, 'ws-1');
  const run = new DestinationProcess('write', {path});
  await run.until(() => run.logText.includes(settled));
  const other = await write({path}, [...messageLines({event: 'e1'}), stateLine('messages', 1, 1)]);
  expect(other.exit).toBe(0);
  expect(other.run.told).toEqual(['messages:1']);
  run.end();
  expect(await run.ended()).toBe(0);
});

test('a workspace that another writer holds is passed over', async () => {
  const path = temporaryFolder();
  await cutOff(path, 'ws-1');
  const ledger = await openLedger(path, 'ws-1');
  const {exit, run} = await write({path}, messageLines({event: 'e1', workspace: 'ws-2'}));
  expect(exit).toBe(0);
  expect(run.logText).not.toContain('interrupted run');
  expect(ledger.openIntents()).toHaveLength(2);
  ledger.close();
});

test('a workspace that cannot be settled is named, and does not stop another one', async () => {
  const path = temporaryFolder();
  await cutOff(path, 'ws-1');
  writeFileSync(join(path, 'ws-1', 'there.eml'), 'something else');
  const {exit, run} = await write({path}, messageLines({event: 'e1', workspace: 'ws-2'}));
  expect(exit).toBe(0);
  expect(run.logText).toContain('workspace ws-1 could not be settled (item_damaged)');
  const own = await write({path}, messageLines({event: 'e2', workspace: 'ws-1'}));
  expect(own.run.errors).toMatchObject([{internal_message: 'IntegrityError item_damaged'}]);
  // No backup has what was just being delivered: as the remedy says, what lies there is moved aside.
  renameSync(join(path, 'ws-1', 'there.eml'), join(temporaryFolder(), 'evidence'));
  expect((await write({path}, messageLines({event: 'e2', workspace: 'ws-1'}))).exit).toBe(0);
  expect(await verify(path)).toBe(0);
});

test('bytes kept for sending again that are damaged are named, and a run goes on when they are moved aside', async () => {
  const runs: DestinationProcess[] = [];
  const mail = await openMailServer((message) => {
    if (message !== 1) return undefined;
    for (const run of runs) run.kill('SIGKILL');
    return 'hang up';
  });
  afterTest(() => void mail.close());
  const path = temporaryFolder();
  const config = {target: toJournal(mail), ledger: {type: 'sqlite', path}, ca_certificate: mail.certificate};
  const settings = {path, config};
  const lines = [...messageLines({event: 'e1'}), stateLine('messages', 1, 1)];
  const run = new DestinationProcess('write', settings);
  runs.push(run);
  run.feed(lines);
  run.end();
  await run.ended();
  const outbox = join(path, '.arctera-archive', 'ws-1', 'outbox');
  const [kept = ''] = readdirSync(outbox);
  writeFileSync(join(outbox, kept), 'something else');
  const stopped = await write(settings, lines);
  expect([stopped.exit, stopped.run.errors]).toMatchObject([
    1,
    [{internal_message: 'IntegrityError item_damaged', message: expect.stringContaining(`outbox/${kept}`)}],
  ]);
  expect(stopped.run.errors[0]?.message).toContain('move what lies there aside');
  renameSync(join(outbox, kept), join(temporaryFolder(), 'evidence'));
  const {exit, run: next} = await write(settings, lines);
  expect([exit, next.told, mail.mails.length]).toEqual([0, ['messages:1'], 2]);
  expect(receiptsOf(path).map((receipt) => receipt.possibly_twice)).toEqual([true]);
  expect(await verify(path, config)).toBe(0);
});

test('a run that cannot settle its own workspace is told as failed, and not as one whose process died', async () => {
  const path = temporaryFolder();
  await cutOff(path, 'ws-1');
  const item = readFileSync(join(path, 'ws-1', 'there.eml'));
  writeFileSync(join(path, 'ws-1', 'there.eml'), 'something else');
  expect((await write({path}, messageLines({event: 'e1'}))).exit).toBe(1);
  writeFileSync(join(path, 'ws-1', 'there.eml'), item);
  expect((await write({path}, messageLines({event: 'e1'}))).exit).toBe(0);
  const ends = entriesOf(path).flatMap(({kind, body}) => (kind === 'run_ended' ? body.end : []));
  expect(ends).toEqual(['complete', 'failed', 'complete']);
  expect(await verify(path)).toBe(0);
});
