// What the rows share: the data set, the simulator, the configurations and the processes that are measured.
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {basename, join, resolve} from 'node:path';
import {createInterface} from 'node:readline';
import {discoverCatalog} from '../test/support/platform/configured-catalog';
import {emptyFiles} from './empty-files';
import {type MeasuredRun, runPipe, type RunOptions, type Usage} from './measured-run';

export const executables = {
  source: resolve('bin/source-chatgpt-enterprise'),
  destination: resolve('bin/destination-arctera-archive'),
  stockSource: resolve('dist/bench-stock-source.js'),
  deliverOnly: resolve('dist/bench-deliver-only.js'),
  limits: resolve('dist/bench-limits.js'),
};

export interface BenchOptions {
  readonly seed: string;
  readonly quick: boolean;
  readonly folder: string;
  /** Where what is to be kept beside the figures goes. */
  readonly results: string;
  /** What the names of CPU profiles begin with; none are made when absent. */
  readonly profile: string | undefined;
}

interface ApiAccess {
  readonly api_base_url: string;
  readonly workspace_id: string;
  readonly api_key: string;
}

/** The files that a platform would hand to the source. */
export interface Connection {
  readonly sourceConfig: string;
  readonly catalog: string;
}

/** A running simulator with them. */
export interface Service extends Connection {
  readonly stop: () => Promise<void>;
}

export class Bench {
  private profiled = 0;
  private archives = 0;
  /** The one given last. */
  private archive: string | undefined;

  constructor(private readonly options: BenchOptions) {}

  /** Megabytes of log files in a row whose figures are held against a goal: less would show what starting takes. */
  get megabytes(): number {
    return this.options.quick ? 40 : 100;
  }

  /** The same in a row whose figures are held against each other, or are bytes and not time. */
  get fewerMegabytes(): number {
    return this.options.quick ? 40 : 60;
  }

  get isQuick(): boolean {
    return this.options.quick;
  }

  get seed(): string {
    return this.options.seed;
  }

  get folder(): string {
    return this.options.folder;
  }

  file(name: string): string {
    return join(this.options.folder, name);
  }

  /** Runs it as often as one run of the bench can afford. */
  async repeat<T>(rounds: number, run: (round: number) => Promise<T>): Promise<readonly T[]> {
    const results: T[] = [];
    for (let round = 0; round < (this.options.quick ? 1 : rounds); round++) results.push(await run(round));
    return results;
  }

  /** @param switches of the simulator, as `npm run simulator -- --help` lists them */
  async serve(name: string, switches: readonly string[]): Promise<Service> {
    const simulator = spawn(
      process.execPath,
      [
        'dist/simulator.js',
        '--seed',
        this.options.seed,
        '--now',
        new Date(yesterdayNoonMs()).toISOString(),
        '--events',
        '200',
        '--files',
        '0',
        ...switches,
      ],
      {stdio: ['ignore', 'pipe', 'inherit']}
    );
    const {base_url, workspace_id, api_key} = await firstLine(simulator);
    const access = {api_base_url: base_url, workspace_id, api_key};
    const connection = await this.connect(name, access, 1_000_000).catch(async (error: unknown) => {
      await stop(simulator); // it would keep this process
      throw error;
    });
    return {...connection, stop: () => stop(simulator)};
  }

  /** What the platform hands to the source for a service that runs already. */
  async connect(name: string, access: ApiAccess, requestsPerMinute: number): Promise<Connection> {
    const sourceConfig = this.write(`${name}-source.json`, {...access, requests_per_minute: requestsPerMinute});
    const catalog = this.write(`${name}-catalog.json`, await discoverCatalog(executables.source, sourceConfig));
    return {sourceConfig, catalog};
  }

  /** A folder to archive into that does not exist yet. The one that was given before is emptied. */
  destinationConfig(
    name: string,
    settings: Readonly<Record<string, unknown>> = {}
  ): {readonly config: string; readonly archive: string} {
    if (this.archive !== undefined && existsSync(this.archive)) emptyFiles(this.archive);
    const archive = this.file(`${name}-archive-${++this.archives}`);
    this.archive = archive;
    const config = {target: {type: 'folder', path: archive}, ...settings};
    return {archive, config: this.write(`${name}-destination.json`, config)};
  }

  run(command: readonly string[], options: Omit<RunOptions, 'folder'> = {}): Promise<MeasuredRun & {usage: Usage}> {
    return this.pipe([command], options).then((measured) => {
      const [usage] = measured.usages;
      if (usage === undefined) throw new Error('The process told no usage.');
      return {...measured, usage};
    });
  }

  /** Seconds that a program says its work took, start and end apart. */
  async seconds(command: readonly string[]): Promise<number> {
    const told = this.file('seconds.json');
    await this.run(command, {stdout: told});
    return (JSON.parse(readFileSync(told, 'utf8')) as {seconds: number}).seconds;
  }

  pipe(commands: readonly (readonly string[])[], options: Omit<RunOptions, 'folder'> = {}): Promise<MeasuredRun> {
    const {folder, profile} = this.options;
    mkdirSync(folder, {recursive: true});
    if (profile === undefined) return runPipe(commands, {...options, folder});
    return runPipe(commands, {...options, folder, profile: `${profile}-${++this.profiled}`});
  }

  read({sourceConfig, catalog}: Connection): readonly string[] {
    return [executables.source, 'read', '--config', sourceConfig, '--catalog', catalog];
  }

  /** Writes what the source reads into a file, for rows that begin there. */
  async record(service: Service, name: string): Promise<{readonly path: string; readonly megabytes: number}> {
    const path = this.file(name);
    await this.run(this.read(service), {stdout: path});
    return {path, megabytes: statSync(path).size / 1e6};
  }

  /** Some 13 MB of the log lines that the service serves. */
  async logLines({sourceConfig}: Service): Promise<string> {
    const {api_base_url, workspace_id, api_key} = JSON.parse(readFileSync(sourceConfig, 'utf8')) as ApiAccess;
    const logs = `${api_base_url}/compliance/workspaces/${workspace_id}/logs`;
    const headers = {authorization: `Bearer ${api_key}`};
    const page = await fetch(`${logs}?event_type=CONVERSATION_MESSAGE&after=2000-01-01T00:00:00Z`, {headers});
    const {data} = (await page.json()) as {data: {id: string; file_size: number}[]};
    const largest = data.reduce((found, file) => (file.file_size > found.file_size ? file : found));
    const signed = await fetch(`${logs}/${largest.id}`, {headers, redirect: 'manual'});
    const body = await fetch(signed.headers.get('location') ?? '');
    writeFileSync(this.file('lines.jsonl'), Buffer.from(await body.arrayBuffer()));
    return this.file('lines.jsonl');
  }

  /** The catalog with the one stream that a stock source has. */
  onlyMessages({catalog}: Connection): string {
    const {streams} = JSON.parse(readFileSync(catalog, 'utf8')) as {streams: {stream: {name: string}}[]};
    return this.write(`only-messages-of-${basename(catalog)}`, {
      streams: streams.filter(({stream}) => stream.name === 'messages'),
    });
  }

  /** Writes a file that stays, beside the figures. */
  keep(name: string, content: string): void {
    writeFileSync(join(this.options.results, name), content);
  }

  private write(name: string, content: unknown): string {
    mkdirSync(this.options.folder, {recursive: true});
    writeFileSync(this.file(name), JSON.stringify(content));
    return this.file(name);
  }
}

/** The same time of day in every run: conversations are cut into days. */
export function yesterdayNoonMs(): number {
  const dayMs = 86_400_000;
  return (Math.floor(Date.now() / dayMs) - 0.5) * dayMs;
}

async function firstLine(child: ChildProcess): Promise<{base_url: string; workspace_id: string; api_key: string}> {
  if (child.stdout === null) throw new Error('The simulator has no output.');
  const lines = createInterface({input: child.stdout});
  const [line] = (await once(lines, 'line')) as [string];
  return JSON.parse(line) as {base_url: string; workspace_id: string; api_key: string};
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
