// What a connection goes through on the platform, as scenarios: each answers with all that the platform or the archive objects to.
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {type Simulator, startSimulator} from '../../simulator/server';
import {readArchive} from '../end-to-end/archive-reader';
import {compareWithTruth} from '../end-to-end/union';
import {canary} from '../support/canary';
import {discoverCatalog} from '../support/platform/configured-catalog';
import {runReset} from '../support/platform/empty-source';
import type {Finding} from '../support/platform/message';
import {type Connector, isComplete, runSync, type Side, type SyncResult, type Variant} from '../support/platform/sync';

export type Executables = Readonly<Record<Side, string>>;

/** Resolves with nothing when the connectors stand the scenario. */
export type Scenario = (connection: Connection) => Promise<void>;

/** One connection of a simulated workspace with an archive folder. */
class Connection {
  readonly findings: Finding[] = [];
  private readonly folder = mkdtempSync(join(tmpdir(), 'connection-'));

  private constructor(
    readonly simulator: Simulator,
    private readonly executables: Executables
  ) {}

  static async open(executables: Executables): Promise<Connection> {
    const simulator = await startSimulator({apiKey: canary.key, seed: 'platform', events: 150, files: 6, days: 2});
    return new Connection(simulator, executables);
  }

  get archive(): string {
    return join(this.folder, 'archive');
  }

  async sync(variant: Variant = {}): Promise<SyncResult> {
    const result = await runSync({
      workFolder: join(this.folder, 'work'),
      source: this.source,
      destination: this.destination,
      streams: ['users', 'messages', 'conversations', 'files', 'file_chunks', 'capture_runs'],
      variant,
    });
    this.findings.push(...result.findings);
    return result;
  }

  async reset(): Promise<void> {
    const work = join(this.folder, 'work');
    const catalog = await discoverCatalog(this.executables.source, join(work, 'source', 'config.json'));
    const {findings, destinationEnd, statesReturned} = await runReset(work, this.destination, catalog);
    this.findings.push(...findings);
    this.expect('a reset succeeds', destinationEnd.code === 0);
    this.expect('a reset answers every state', statesReturned === catalog.streams.length);
  }

  expect(rule: string, isTrue: boolean, detail = ''): void {
    if (!isTrue) this.findings.push({rule, detail});
  }

  /** Holds the archive against what the simulator says happened, event by event and file by file. */
  async expectWhole(): Promise<void> {
    const items = await readArchive(this.archive);
    const truth = {...this.simulator.truth(), ownedFiles: []}; // the streams of objects are not selected
    const differences = Object.entries(compareWithTruth(truth, items));
    for (const [kind, ids] of differences as [string, readonly string[]][]) {
      this.expect(`the archive has no ${kind}`, ids.length === 0, `${ids.length}`);
    }
  }

  async close(): Promise<void> {
    await this.simulator.close();
    rmSync(this.folder, {recursive: true, force: true});
  }

  private get source(): Connector {
    const {workspaceId, apiKey, baseUrl} = this.simulator;
    return {
      executable: this.executables.source,
      config: {workspace_id: workspaceId, api_key: apiKey, api_base_url: baseUrl, requests_per_minute: 1_000_000},
    };
  }

  private get destination(): Connector {
    return {
      executable: this.executables.destination,
      config: {target: {type: 'folder', path: this.archive}, hold_megabytes: 0.05}, // states come back along the way
    };
  }
}

export const scenarios = {
  'two days without trouble': async (connection) => {
    const first = await connection.sync();
    connection.expect('a good day succeeds', isComplete(first));
    await connection.expectWhole();
    connection.simulator.produce(40);
    const second = await connection.sync();
    connection.expect('a good day succeeds', isComplete(second));
    connection.expect('a sync goes on where the last one ended', second.records < first.records / 2);
    await connection.expectWhole();
  },
  'a log file that the service refuses': async (connection) => {
    await syncRefused(connection);
    connection.expect('the next sync succeeds', isComplete(await connection.sync()));
    await connection.expectWhole();
  },
  'messages lost on their way when the source failed': async (connection) => {
    const {lost} = await syncRefused(connection, {lostOnFailure: 100});
    connection.expect('messages were lost', lost === 100, `${lost}`);
    connection.expect('the next sync succeeds', isComplete(await connection.sync()));
    await connection.expectWhole();
  },
  'a destination killed when states have come back': async (connection) => {
    const killed = await connection.sync({killDestinationAfterStates: 8});
    connection.expect('the destination was killed', killed.destinationEnd.signal === 'SIGKILL');
    connection.expect('the next sync succeeds', isComplete(await connection.sync()));
    await connection.expectWhole();
  },
  'a job cancelled without an end of input': async (connection) => {
    await connection.sync({cancelAfterStates: 4});
    connection.expect('the next sync succeeds', isComplete(await connection.sync()));
    await connection.expectWhole();
  },
  'a reset, and a sync from the beginning': async (connection) => {
    await connection.sync();
    await connection.reset();
    await connection.expectWhole();
    connection.expect('the next sync succeeds', isComplete(await connection.sync()));
    await connection.expectWhole();
  },
  'a namespace of the connection, and generation ids': async (connection) => {
    const variant = {namespace: 'bank', generationIds: true};
    connection.expect('a good day succeeds', isComplete(await connection.sync(variant)));
    connection.simulator.produce(20);
    connection.expect('a good day succeeds', isComplete(await connection.sync(variant)));
    await connection.expectWhole();
  },
} satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof scenarios;

/** All that is objected to; nothing for connectors that do as they should. */
export async function runScenario(name: ScenarioName, executables: Executables): Promise<readonly Finding[]> {
  const connection = await Connection.open(executables);
  try {
    await scenarios[name](connection);
    return connection.findings;
  } finally {
    await connection.close();
  }
}

/** A sync in which the newest log file but one cannot be had. */
async function syncRefused(connection: Connection, variant: Variant = {}): Promise<SyncResult> {
  const {simulator} = connection;
  const refused = simulator.produce(40);
  simulator.produce(20);
  const stop = simulator.interfere({path: new RegExp(`/logs/${refused}$`), trouble: {kind: 'refuse', status: 400}});
  const result = await connection.sync(variant);
  const {sourceEnd, errors} = result;
  stop();
  connection.expect('a failed stream fails the job', sourceEnd.code === 1, `exit code ${sourceEnd.code ?? 'none'}`);
  connection.expect('a failed stream is explained', errors.source.length > 0);
  return result;
}
