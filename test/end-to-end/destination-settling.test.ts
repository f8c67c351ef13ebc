// What a run that was cut off left open is settled before the next one reads a line, in every workspace.
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {systemClock} from '../../core/clock';
import {sha256Hex} from '../../core/digest';
import type {Ledger} from '../../destination-arctera-archive/ledger/ledger';
import {openSqliteLedger} from '../../destination-arctera-archive/ledger/sqlite-ledger';
import {itemPaths} from './archive-reader';
import {messageLines, stateLine} from './contract-rows';
import {DestinationProcess, temporaryFolder, verify, write} from './destination-process';
import {entriesOf} from './ledger-entries';

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
