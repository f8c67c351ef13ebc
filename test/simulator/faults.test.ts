// Each fault of the command line, asked for by its switch, does what its help says; by chance means by seed.
import {afterEach, expect, it} from '@jest/globals';
import {sha256Hex} from '../../core/digest';
import {flags, parseCommandLine} from '../../simulator/command-line';
import {type Simulator, startSimulator} from '../../simulator/server';
import {anyTime, download, get, listAll, nowMs} from './client';

let simulator: Simulator;
afterEach(() => simulator.close());

async function start(switches: string): Promise<void> {
  const {options} = parseCommandLine(switches.split(' ').filter(Boolean));
  const quiet = {duplicates: 0, ...options.faults};
  simulator = await startSimulator({nowMs, events: 300, files: 20, days: 2, ...options, faults: quiet});
}

async function statuses(path: string, count: number): Promise<number[]> {
  const seen: number[] = [];
  for (let n = 0; n < count; n++) seen.push((await get(simulator, path)).status);
  return seen;
}

async function firstLog(): Promise<{readonly id: string; readonly file_sha256: string}> {
  const [file] = await listAll(simulator);
  return file!;
}

/** Ids of all events that can be read, as often as they come. */
async function eventIds(): Promise<string[]> {
  const ids: string[] = [];
  for (const {id} of await listAll(simulator)) {
    for (const line of (await download(simulator, `/logs/${id}`)).toString().split('\n').filter(Boolean)) {
      ids.push((JSON.parse(line) as {event_id: string}).event_id);
    }
  }
  return ids;
}

async function inactive(): Promise<number> {
  const {data} = (await (await get(simulator, '/users?limit=200')).json()) as {data: {status: string}[]};
  return data.filter(({status}) => status === 'inactive').length;
}

const cases: Readonly<Record<string, () => Promise<void>>> = {
  '--duplicates 0.5': async () => {
    const ids = await eventIds();
    expect(ids.length / new Set(ids).size).toBeGreaterThan(1.3);
  },
  '--late-files 2': async () => {
    const before = await listAll(simulator);
    simulator.produce(1);
    const fresh = (await listAll(simulator)).filter(({id}) => before.every((one) => one.id !== id));
    expect(fresh).toHaveLength(3);
    expect(fresh.filter(({end_time}) => end_time < before.at(-1)!.end_time).length).toBeGreaterThanOrEqual(1);
  },
  '--ties 3': async () => {
    const ends = (await listAll(simulator, 100)).map(({end_time}) => end_time);
    expect(ends.length - new Set(ends).size).toBe(3);
  },
  '--tampered-sha256 2': async () => {
    const wrong: string[] = [];
    for (const {file_sha256, id} of await listAll(simulator)) {
      if (sha256Hex(await download(simulator, `/logs/${id}`)) !== file_sha256) wrong.push(id);
    }
    expect(wrong).toEqual([...simulator.tamperedLogFiles()]);
    expect(wrong).toHaveLength(2);
  },
  '--unreadable-lines 4': () => {
    expect(simulator.truth().unreadableLines).toHaveLength(4);
    return Promise.resolve();
  },
  '--cut-downloads 1': async () => {
    await expect(download(simulator, `/logs/${(await firstLog()).id}`)).rejects.toThrow();
  },
  '--http-429-every 2': async () => {
    const headers: (string | null)[] = [];
    for (let n = 0; n < 6; n++) {
      const {headers: given, status} = await get(simulator, '/users');
      if (status === 429) headers.push(given.get('retry-after'));
    }
    expect(headers).toEqual(['1', null, expect.stringMatching(/ GMT$/)]);
  },
  '--http-5xx-every 5': async () => {
    expect(await statuses('/users', 11)).toEqual([200, 200, 200, 200, 500, 200, 200, 200, 200, 502, 200]);
  },
  '--http-5xx-every 5 --http-5xx-burst 3': async () => {
    expect(await statuses('/users', 9)).toEqual([200, 200, 200, 200, 500, 502, 503, 200, 200]);
  },
  '--latency 150': async () => {
    const startedMs = performance.now();
    await get(simulator, '/users');
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(145);
  },
  '--latency-spread 200': async () => {
    const times: number[] = [];
    for (let n = 0; n < 12; n++) {
      const startedMs = performance.now();
      await get(simulator, '/users');
      times.push(performance.now() - startedMs);
    }
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(60);
  },
  '--corrupted-downloads 1': async () => {
    const {file_sha256, id} = await firstLog();
    const [one, other] = [await download(simulator, `/logs/${id}`), await download(simulator, `/logs/${id}`)];
    expect([sha256Hex(one), sha256Hex(other)]).not.toContain(file_sha256);
    expect(other.equals(one)).toBe(false);
  },
  '--expired-links 2': async () => {
    const {id} = await firstLog();
    const answers: number[] = [];
    for (let n = 0; n < 4; n++) {
      const {headers} = await get(simulator, `/logs/${id}`);
      answers.push((await fetch(headers.get('location') ?? '')).status);
    }
    expect(answers).toEqual([200, 403, 200, 403]);
  },
  '--chaos 0.4': async () => {
    const seen = new Set(await settled(60));
    expect([...seen]).toEqual(expect.arrayContaining([200, 429, 'broken off']));
    expect([...seen].some((status) => Number(status) >= 500)).toBe(true);
  },
  '--member-leaves-after 3': async () => {
    const before = await inactive();
    await statuses('/users', 2);
    expect(await inactive()).toBe(before + 1);
  },
  '--lose files,stateful --lose-after 2': async () => {
    expect(await statuses('/users', 3)).toEqual([200, 200, 403]);
    expect(await statuses('/project_files/file-0', 1)).toEqual([403]);
    expect(await statuses(`/logs?event_type=AUDIT_LOG&${anyTime}`, 1)).toEqual([200]);
  },
};

async function settled(count: number): Promise<(number | string)[]> {
  const seen: (number | string)[] = [];
  for (let n = 0; n < count; n++) {
    seen.push(
      await get(simulator, '/users').then(
        async (response) =>
          await response
            .text()
            .then(() => response.status)
            .catch(() => 'broken off'),
        () => 'broken off'
      )
    );
  }
  return seen;
}

it.each(Object.entries(cases))('%s', async (switches, expectEffect) => {
  await start(switches);
  await expectEffect();
});

it('no fault of the command line is without a test', () => {
  const tested = Object.keys(cases).join(' ');
  const faults = flags.filter(({fault}) => fault !== undefined).map(({name}) => `--${name} `);
  expect(faults.filter((name) => !tested.includes(name))).toEqual([]);
  simulator = {close: () => Promise.resolve()} as Simulator;
});

it('chance is decided by the seed', async () => {
  const runs: string[] = [];
  for (const seed of ['one', 'one', 'two']) {
    await start(`--chaos 0.4 --seed ${seed}`);
    runs.push((await settled(40)).join(' '));
    await simulator.close();
  }
  expect(runs[1]).toBe(runs[0]);
  expect(runs[2]).not.toBe(runs[0]);
});
