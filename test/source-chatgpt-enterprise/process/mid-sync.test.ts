// What changes while a read goes on: a scope the key loses, a member who leaves.
import {afterEach, describe, expect, test} from '@jest/globals';
import type {PartialOptions, Scope} from '../../../simulator/options';
import {type Row, SourceBench, type SourceRun} from './source-bench';

let bench: SourceBench | undefined;
afterEach(() => bench?.close());

const size = {seed: 'mid-sync', nowMs: Date.now(), events: 200, files: 15, days: 2} as const;
const streams = ['users', 'messages', 'files', 'file_chunks', 'gpts', 'automations', 'library_files', 'capture_runs'];

async function open(options: PartialOptions): Promise<SourceBench> {
  await bench?.close();
  bench = await SourceBench.open({...size, ...options, faults: {duplicates: 0, ...options.faults}});
  return bench;
}

function keys(runs: readonly SourceRun[], stream: string, of: (row: Row) => unknown): Set<unknown> {
  return new Set(runs.flatMap((run) => run.rows(stream)).map(of));
}

describe('a key that loses a scope in the middle of a read', () => {
  test.each<{scope: Scope; during: RegExp; failed: readonly string[]; says: RegExp}>([
    {scope: 'logs', during: /\/logs\/eclf_/, failed: ['messages'], says: /compliance_logs_platform\.read/},
    {scope: 'files', during: /\/files\/file-/, failed: ['files', 'file_chunks'], says: /compliance_export/},
    {
      scope: 'stateful',
      during: /\/gpts\/[^/]+\/configs/,
      failed: ['gpts', 'automations', 'library_files'],
      says: /compliance_export/,
    },
  ])('$scope: its streams end with the scope to grant; granted again, nothing is missing', async (one) => {
    const {during, failed, says, scope} = one;
    let workspace = await open({});
    await workspace.read({streams});
    const {requests, signedOrigin} = workspace.simulator;
    const asked = requests.filter(({origin}) => origin !== signedOrigin);
    const scopesLostAfter = asked.findIndex(({path}) => during.test(path)) + 2;
    workspace = await open({lostScopes: [scope], faults: {scopesLostAfter}});
    const first = await workspace.read({streams});
    const incomplete = Object.entries(first.ends).flatMap(([stream, end]) => (end === 'INCOMPLETE' ? [stream] : []));
    expect(incomplete).toEqual(expect.arrayContaining([...failed]));
    expect(first.ends).toMatchObject({users: 'COMPLETE', capture_runs: 'COMPLETE'});
    for (const error of first.errors) expect(error).toMatchObject({failure_type: 'config_error'});
    expect(first.errors[0]!.message).toMatch(says);

    workspace = await open({});
    const second = await workspace.read({streams, state: first.lastStates});
    expect(second.exitCode).toBe(0);
    const truth = workspace.simulator.truth();
    const events = keys([first, second], 'messages', (row) => row['event_sha256']);
    const missing = truth.events.filter(
      ({eventType, sha256}) => eventType === 'CONVERSATION_MESSAGE' && !events.has(sha256)
    );
    expect(missing).toEqual([]);
    const outcomes = keys([first, second], 'files', (row) => `${String(row['file_id'])} ${String(row['outcome'])}`);
    const lost = truth.files.filter(({fileId, outcome}) => !outcomes.has(`${fileId} ${outcome}`));
    expect(lost).toEqual([]);
    for (const stream of ['gpts', 'automations', 'library_files']) {
      const known = keys([first, second], stream, (row) => row['id']);
      const objects = truth.objects.filter((object) => object.stream === stream && !known.has(object.key));
      expect(objects).toEqual([]);
    }
  });
});

test('a member who leaves in the middle of a read takes nothing along but what is gone, and is counted', async () => {
  const workspace = await open({faults: {memberLeavesAfter: 40}});
  const run = await workspace.read({streams});
  expect(run.exitCode).toBe(0);
  const truth = workspace.simulator.truth();
  expect(run.rows('messages')).toHaveLength(
    truth.events.filter(({eventType}) => eventType === 'CONVERSATION_MESSAGE').length
  );
  expect(run.rows('users')).toHaveLength(truth.users);
  const outcomes = keys([run], 'files', (row) => `${String(row['file_id'])} ${String(row['outcome'])}`);
  expect(truth.files.filter(({fileId, outcome}) => !outcomes.has(`${fileId} ${outcome}`))).toEqual([]);
  expect(run.logs('WARN').join('\n')).toMatch(/owners_skipped: Stream library_files passed over [12] owners/);
});
