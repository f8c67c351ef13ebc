// The end of a run, whatever is wrong: ledger, report and alert say what it was.
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {TransientError} from '../../core/errors';
import type {Alarm} from '../../destination-arctera-archive/alarm';
import {toPolicy} from '../../destination-arctera-archive/check';
import {Conclusion} from '../../destination-arctera-archive/conclusion';
import {configSchema} from '../../destination-arctera-archive/config';
import {Events} from '../../destination-arctera-archive/events';
import {FolderPlace} from '../../destination-arctera-archive/ledger/ledger-place';
import {openWorkspace} from '../../destination-arctera-archive/pipeline/open-workspace';
import type {WorkspaceStores} from '../../destination-arctera-archive/pipeline/workspace';
import {Write} from '../../destination-arctera-archive/pipeline/write';
import type {Summary} from '../../destination-arctera-archive/report/summary';
import {FolderTarget} from '../../destination-arctera-archive/targets/folder';
import {entriesOf} from '../end-to-end/ledger-entries';
import {HandClock, temporaryFolder} from './ledger/ledger-fixture';

interface Ended {
  readonly conclusion: Conclusion;
  readonly write: Write;
  /** What the alarm was given. */
  readonly told: Summary[];
}

/** A run of one workspace, at its end. */
async function endedRun(path: string, change: Partial<WorkspaceStores> = {}): Promise<Ended> {
  const config = configSchema.parse({target: {type: 'folder', path}});
  const [clock, {signal}] = [new HandClock(), new AbortController()];
  const run = {runId: 'run-1', startedAt: '2026-01-02T03:04:05.000Z', policyVersion: 'p', versions: {}};
  const write = new Write({
    config,
    policy: toPolicy(config),
    catalog: {streams: []},
    clock,
    signal,
    keptFileBytes: 0,
    openWorkspace: async (workspaceId) => {
      const stores = await openWorkspace({
        place: new FolderPlace(path),
        workspaceId,
        clock,
        signal,
        openTargets: (directory) => Promise.resolve(new Map([['default', new FolderTarget({path, directory})]])),
        lockWaitMs: 0,
        onSettled: () => undefined,
        onHoldsOpen: () => undefined,
        run,
      });
      return {...stores, ...change};
    },
    onArchived: () => undefined,
  });
  await write.workspaces.of('ws-1');
  const told: Summary[] = [];
  const log = {debug: () => undefined, info: () => undefined, warn: () => undefined};
  const conclusion = new Conclusion({
    write,
    events: new Events(log as unknown as ConstructorParameters<typeof Events>[0]),
    run,
    startedMs: clock.nowMs(),
    clock,
    signer: undefined,
    alarm: {summed: (summary: Summary) => Promise.resolve(void told.push(summary))} as unknown as Alarm,
    setAsideLimit: {percent: 5, records: 20},
  });
  return {conclusion, write, told};
}

test('a run whose counts do not add up has failed in the ledger and in the report, and is told of', async () => {
  const path = temporaryFolder();
  const {conclusion, write, told} = await endedRun(path);
  write.tally.collected('messages', 'ada'); // and nothing became of it
  conclusion.hasEnded = true;
  await expect(conclusion.draw()).rejects.toMatchObject({code: 'counts_do_not_add_up'});
  expect(told).toMatchObject([{failure: 'counts_do_not_add_up', complete: false}]);
  expect(told[0]?.streams['messages']).toMatchObject({collected: 1, without_outcome: 1});
  const ends = entriesOf(path).filter(({kind}) => kind === 'run_ended');
  expect(ends).toMatchObject([{body: {end: 'failed'}}]);
  const reports = join(path, '.arctera-archive', 'ws-1', 'reports');
  const page = readdirSync(reports).find((name) => name.endsWith('.html')) ?? '';
  expect(readFileSync(join(reports, page), 'utf8')).toContain('<span class="verdict failed">failed</span>');
});

test('that a workspace cannot be closed does not keep the alarm from telling what ended the run', async () => {
  const spool = {
    clear: () => {
      throw new Error('EROFS');
    },
  };
  const change = {spool: spool as unknown as WorkspaceStores['spool']};
  const failed = await endedRun(temporaryFolder(), change);
  failed.conclusion.failure = new TransientError('disk_full', 'No room.');
  await failed.conclusion.draw();
  expect(failed.told).toMatchObject([{failure: 'disk_full'}]);
  const well = await endedRun(temporaryFolder(), change);
  well.conclusion.hasEnded = true;
  await expect(well.conclusion.draw()).rejects.toThrow('EROFS');
  expect(well.told).toHaveLength(1);
});
