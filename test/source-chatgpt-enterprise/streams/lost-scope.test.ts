// A key that loses its file scope in mid-sync: the lane stops and resumes; no file is written off as forbidden.
import {afterEach, expect, test} from '@jest/globals';
import {type Simulator, startSimulator} from '../../../simulator/server';
import {readSource} from '../read-source';

let simulator: Simulator | undefined;
afterEach(() => simulator?.close());

async function read(one: Simulator, states: ReadonlyMap<string, unknown>): ReturnType<typeof readSource> {
  const config = {workspace_id: one.workspaceId, api_key: one.apiKey};
  return readSource(one, {streams: ['messages', 'files'], states, config});
}

test('files end with the scope to grant, messages are complete, and a granted scope brings the rest', async () => {
  const options = {
    seed: 'lost scope',
    nowMs: Date.now(),
    events: 200,
    files: 15,
    days: 2,
    lostScopes: ['files'],
  } as const;
  const scopesLostAfter = 60;
  simulator = await startSimulator({...options, faults: {scopesLostAfter}});
  const first = await read(simulator, new Map());
  expect(first.ends()).toEqual({messages: 'completed', files: 'file_scope_missing'});
  const forbidden = simulator
    .truth()
    .files.filter(({outcome}) => outcome === 'forbidden')
    .map(({fileId}) => fileId);
  const written = first.records('files').filter(({outcome}) => outcome === 'forbidden');
  expect(written.filter((row) => !forbidden.includes(String(row['file_id'])))).toEqual([]);

  await simulator.close();
  simulator = await startSimulator({...options, lostScopes: []});
  const second = await read(simulator, first.states());
  expect(second.ends()).toEqual({messages: 'completed', files: 'completed'});
  const rows = [...first.records('files'), ...second.records('files')];
  const captured = new Set(rows.filter(({outcome}) => outcome === 'captured').map((row) => row['file_id']));
  const obtainable = simulator.truth().files.filter(({outcome}) => outcome === 'captured');
  expect(obtainable.filter(({fileId}) => !captured.has(fileId))).toEqual([]);
});
