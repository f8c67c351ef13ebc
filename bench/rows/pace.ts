// Row `pace`: the source bound by the API and not by the machine: 150 ms a request, 50 and 100 requests a minute.
import {judgeRead, judgeWhole, useOf} from '../../scripts/chaos/judge-requests';
import type {PartialOptions} from '../../simulator/options';
import {type Simulator, startSimulator} from '../../simulator/server';
import {type Bench, yesterdayNoonMs} from '../bench';
import {atLeast, type Figure, limit, type Row} from '../row';

const latencyMs = 150;
/** Makes log files of about 1 MB, so that the machine has time to spare at either rate. */
const messagesEach = 300;

async function measureRate(bench: Bench, requestsPerMinute: number): Promise<readonly Figure[]> {
  const minutes = bench.isQuick ? 1 : 2;
  const workspace = {seed: bench.seed, nowMs: yesterdayNoonMs(), events: 0, bulkLogMessages: messagesEach};
  // The last one shows when its minute began.
  const bulkLogBytes = (minutes * requestsPerMinute + 1) * (await sizeOfOne(workspace));
  // In this process, because its log of requests is judged; it is asked for too little to weigh.
  const simulator = await startSimulator({...workspace, bulkLogBytes, requestsPerMinute, faults: {latencyMs}});
  try {
    const {apiKey, baseUrl, workspaceId} = simulator;
    const access = {api_base_url: baseUrl, workspace_id: workspaceId, api_key: apiKey};
    const connection = await bench.connect(`pace-${requestsPerMinute}`, access, requestsPerMinute);
    await bench.run(bench.read({...connection, catalog: bench.onlyMessages(connection)}));
    return judge(simulator, requestsPerMinute);
  } finally {
    await simulator.close();
  }
}

async function sizeOfOne(workspace: PartialOptions): Promise<number> {
  const simulator = await startSimulator({...workspace, bulkLogBytes: 1});
  const [size = 0] = simulator.logFileSizes().values();
  await simulator.close();
  return size;
}

/** By the judge of `npm run chaos`; throws when a limit was passed, or nothing was queued for a minute. */
function judge(simulator: Simulator, requestsPerMinute: number): readonly Figure[] {
  const {requests, signedOrigin} = simulator;
  const logTypes = simulator.logFileTypes();
  const origins = {signedOrigin, requestsPerMinute, tampered: new Set<string>(), logTypes};
  const {faults, stretches} = judgeRead(requests, origins);
  const all = [...faults, ...judgeWhole(requests, origins)];
  if (stretches.length === 0) all.push('no minute in which log files were queued');
  if (all.length > 0) throw new Error(all.join('; '));

  const [size = 0] = simulator.logFileSizes().values(); // all have the same
  const megabytes = size / 1e6;
  const starts = requests.flatMap(({path, startedAtMs}) => (/\/logs\/eclf_/.test(path) ? [startedAtMs] : []));
  const seconds = ((starts.at(-1) ?? 0) - (starts[0] ?? 0)) / 1000;
  const rate = `${requestsPerMinute} a minute`;
  return [
    atLeast(`share of the allowed requests used, ${rate}`, 100 * useOf(stretches), '%', 95),
    {what: `log bytes, ${rate}`, value: (megabytes * (starts.length - 1)) / seconds, unit: 'MB/s'},
    limit(`what the API allows, ${rate}`, (megabytes * requestsPerMinute) / 60, 'MB/s'),
  ];
}

export const pace: Row = {
  name: 'pace',
  async measure(bench) {
    // Side by side, since both wait nearly all the time.
    const ends = await Promise.allSettled([50, 100].map((requestsPerMinute) => measureRate(bench, requestsPerMinute)));
    return ends.flatMap((end) => {
      if (end.status === 'rejected') throw end.reason;
      return end.value;
    });
  },
};
