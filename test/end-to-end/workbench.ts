// A simulated workspace, both executables and an archive folder, ready for a sync.
import {mkdirSync, mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {isComplete, runSync, type SyncOptions, type SyncResult} from '../support/platform/sync';
import type {PartialOptions} from '../../simulator/options';
import {type Simulator, startSimulator} from '../../simulator/server';
import {canary} from '../support/canary';
import {runExecutable} from '../support/executables';

const executables = {
  source: resolve('bin/source-chatgpt-enterprise'),
  destination: resolve('bin/destination-arctera-archive'),
};

export class Workbench {
  readonly archive: string;
  /** Where the platform keeps the states of the connection; clearing its data removes them. */
  readonly statesFile: string;

  private constructor(
    readonly simulator: Simulator,
    private readonly folder: string,
    private readonly destinationSettings: object
  ) {
    this.archive = join(folder, 'archive');
    this.statesFile = join(folder, 'work', 'states.json');
    mkdirSync(join(folder, 'work'), {recursive: true});
  }

  static async open(options: PartialOptions, destinationSettings: object = {}): Promise<Workbench> {
    const folder = mkdtempSync(join(tmpdir(), 'workbench-'));
    return new Workbench(await startSimulator({apiKey: canary.key, ...options}), folder, destinationSettings);
  }

  /** Rejects also when anything is on stderr, or the platform objects. */
  async sync(options: Pick<SyncOptions, 'onMessage' | 'onStarted' | 'streams' | 'filter'> = {}): Promise<SyncResult> {
    const errorLines: string[] = [];
    const result = await runSync({
      ...options,
      onLine: (from, channel, line) => {
        if (channel === 'stderr') errorLines.push(`${from}: ${line}`);
      },
      workFolder: join(this.folder, 'work'),
      source: {
        executable: executables.source,
        config: {
          workspace_id: this.simulator.workspaceId,
          api_key: this.simulator.apiKey,
          api_base_url: this.simulator.baseUrl,
          requests_per_minute: 1_000_000,
        },
      },
      destination: {
        executable: executables.destination,
        config: {target: {type: 'folder', path: this.archive}, ...this.destinationSettings},
      },
    });
    if (errorLines.length > 0) throw new Error(`stderr is not empty: ${errorLines.join(' ').slice(0, 500)}`);
    if (isComplete(result) && result.findings.length > 0) throw new Error(JSON.stringify(result.findings));
    return result;
  }

  /** Exit code of `verify`. */
  verify(): number | null {
    const config = join(this.folder, 'work', 'destination', 'config.json');
    return runExecutable(executables.destination, ['verify', '--config', config]).status;
  }

  /** Names of the files that hold records set aside. */
  setAside(): string[] {
    return readdirSync(join(this.archive, '.arctera-archive', this.simulator.workspaceId, 'set-aside'));
  }

  async close(): Promise<void> {
    await this.simulator.close();
    rmSync(this.folder, {recursive: true, force: true});
  }
}
