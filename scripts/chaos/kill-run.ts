// The source executable killed at random moments and resumed from its last states, until all of it has come.
import {once} from 'node:events';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {createInterface} from 'node:readline';
import {Random} from '../../simulator/random';
import {startSimulator} from '../../simulator/server';
import {startExecutable} from '../../test/support/executables';

const streams = ['messages', 'conversations', 'files', 'file_chunks'] as const;

export interface KillVerdict {
  readonly kills: number;
  readonly missing: readonly string[];
}

interface Line {
  readonly type: string;
  readonly record?: {readonly stream: string; readonly data: Readonly<Record<string, unknown>>};
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
  const events = new Map<string, unknown>();
  const files = new Map<string, unknown>();
  const config = path('config.json', {
    workspace_id: simulator.workspaceId,
    api_key: simulator.apiKey,
    api_base_url: simulator.baseUrl,
    requests_per_minute: 1_000_000,
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
    const open = new Map<string, Line['record'][]>(streams.map((name) => [name, []]));
    let lines = 0;
    for await (const text of createInterface({input: child.stdout})) {
      const line = parseLine(text);
      if (line?.record !== undefined) open.get(line.record.stream)?.push(line.record);
      if (line?.state !== undefined) {
        const {name} = line.state.stream.stream_descriptor;
        states.set(name, line.state);
        // Only what lies before a state is taken to have arrived.
        for (const record of open.get(name)?.splice(0) ?? []) {
          if (name === 'messages') events.set(String(record?.data['event_id']), record?.data['event_sha256']);
          if (name === 'files') files.set(`${String(record?.data['file_id'])}/${String(record?.data['event_id'])}`, 1);
        }
      }
      if (++lines === linesUntilKill) child.kill('SIGKILL');
    }
    return (await ended)[0];
  };

  try {
    let killed = 0;
    for (let kill = 1; kill <= kills; kill++) {
      if ((await read(random.int(1, 60))) === null) killed++;
      if (kill % 5 === 0) simulator.produce(60); // so that there is always something left to be killed at
    }
    const exitCode = await read(Number.POSITIVE_INFINITY);
    const truth = simulator.truth();
    const missing = truth.events
      .filter(({eventId, eventType, sha256}) => eventType === 'CONVERSATION_MESSAGE' && events.get(eventId) !== sha256)
      .map(({eventId}) => `event ${eventId}`);
    for (const {eventId, fileId} of truth.files) {
      if (!files.has(`${fileId}/${eventId}`)) missing.push(`file ${fileId} of event ${eventId}`);
    }
    if (exitCode !== 0) missing.push(`the last read ended with ${exitCode}`);
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
