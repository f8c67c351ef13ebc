// The source executable killed at random moments and resumed from its last states, until all of it has come.
import {once} from 'node:events';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {createInterface} from 'node:readline';
import {Random} from '../../simulator/random';
import {startSimulator} from '../../simulator/server';
import {startExecutable} from '../../test/support/executables';
import {Committed, extraLogStreams, type Row, streams} from './committed';

/** A fraction of what a read of the whole workspace writes, so that kills come in every part of it. */
const mostLinesBeforeKill = 500;
const killsPerProduction = 3;

export interface KillVerdict {
  readonly kills: number;
  readonly missing: readonly string[];
}

interface Line {
  readonly type: string;
  readonly record?: {readonly stream: string; readonly data: Row};
  readonly state?: {readonly stream: {readonly stream_descriptor: {readonly name: string}}};
}

/** Kills after a random number of lines, so that the moment does not depend on how fast the machine is. */
export async function runKills(seed: string, kills: number): Promise<KillVerdict> {
  const random = new Random(`${seed}/kills`);
  const folder = mkdtempSync(join(tmpdir(), 'kills-'));
  const simulator = await startSimulator({
    seed,
    events: 300,
    files: 20,
    days: 3,
    faults: {lateFiles: 1, ties: 2, duplicates: 0.02, cutDownloads: 9, expiredLinks: 11},
  });
  const path = (name: string, content: unknown): string => {
    writeFileSync(join(folder, name), JSON.stringify(content));
    return join(folder, name);
  };
  const states = new Map<string, unknown>();
  let committed = new Committed();
  const config = path('config.json', {
    workspace_id: simulator.workspaceId,
    api_key: simulator.apiKey,
    api_base_url: simulator.baseUrl,
    requests_per_minute: 1_000_000,
    extra_log_types: extraLogStreams.map(({eventType}) => eventType),
  });
  const catalog = path('catalog.json', {
    streams: streams.map((name) => ({
      stream: {name, json_schema: {}, supported_sync_modes: ['full_refresh', 'incremental']},
      sync_mode: 'incremental',
      destination_sync_mode: 'append_dedup',
    })),
  });

  const read = async (linesUntilKill: number): Promise<number | null> => {
    const state = path('state.json', [...states.values()]);
    const args = ['read', '--config', config, '--catalog', catalog, '--state', state];
    const child = startExecutable(resolve('bin/source-chatgpt-enterprise'), args);
    child.stdin.end();
    child.stderr.pipe(process.stderr);
    const ended = once(child, 'exit') as Promise<[number | null]>;
    const open = new Map(streams.map((name): [string, Row[]] => [name, []]));
    let lines = 0;
    for await (const text of createInterface({input: child.stdout})) {
      const line = parseLine(text);
      if (line?.record !== undefined) open.get(line.record.stream)?.push(line.record.data);
      if (line?.state !== undefined) {
        const {name} = line.state.stream.stream_descriptor;
        states.set(name, line.state);
        // Only what lies before a state is taken to have arrived.
        for (const row of open.get(name)?.splice(0) ?? []) committed.add(name, row);
      }
      if (++lines === linesUntilKill) child.kill('SIGKILL');
    }
    return (await ended)[0];
  };

  try {
    const missing: string[] = [];
    let killed = 0;
    while (killed < kills) {
      // From nothing to the whole, whatever the number of kills on the way.
      states.clear();
      committed = new Committed();
      const atFirst = simulator.truth();
      let exitCode: number | null = null;
      while (exitCode === null) {
        const isLast = killed >= kills;
        exitCode = await read(isLast ? Number.POSITIVE_INFINITY : random.int(1, mostLinesBeforeKill));
        if (exitCode !== null) continue;
        killed++;
        if (killed % killsPerProduction === 0) simulator.produce(20);
      }
      missing.push(...committed.missing(simulator.truth(), atFirst));
      if (exitCode !== 0) missing.push(`a read ended with ${exitCode}`);
    }
    return {kills: killed, missing};
  } finally {
    await simulator.close();
    rmSync(folder, {recursive: true, force: true});
  }
}

/** Undefined for a line that the killed process did not finish. */
function parseLine(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}
