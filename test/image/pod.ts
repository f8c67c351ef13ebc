// A pod as a strict cluster would run it: both containers share a network that is loopback only, their root file systems
// are read-only, and what runs in them is uid 1000 that can gain nothing.
import {type ChildProcess, execFileSync, spawn, type SpawnSyncReturns} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, chownSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {runExecutable} from '../support/executables';
import {buildahCommand, configOf} from './build-images';

export class Pod {
  private constructor(
    private readonly holder: ChildProcess,
    private readonly containers: string[] = []
  ) {}

  static async start(): Promise<Pod> {
    // Ends with its stdin, so that it outlives no test, however that ends.
    const holder = spawn('unshare', ['--net', '--mount', 'sh', '-c', 'ip link set lo up && echo up && read -r line'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [line] = (await once(holder.stdout, 'data')) as [Buffer];
    if (line.toString() !== 'up\n') throw new Error(`The pod did not start: ${line.toString()}`);
    return new Pod(holder);
  }

  /** The arguments of `nsenter` for a process of the pod. */
  private get inside(): string[] {
    return [`--target=${this.holder.pid ?? ''}`, '--net', '--mount'];
  }

  /** Runs a program of this machine in the pod, where alone what it mounts is seen. */
  private runInside(...command: readonly string[]): string {
    const output = execFileSync('nsenter', [...this.inside, '--', ...command], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return output.trim();
  }

  /** A container of the image that sees the folders of this machine under their own paths, or elsewhere as given. */
  addContainer(image: string, folders: readonly (string | readonly [from: string, to: string])[]): Container {
    const container = this.runInside(...buildahCommand, 'from', '--pull-never', image);
    this.containers.push(container);
    const root = this.runInside(...buildahCommand, 'mount', container);
    const mount = (...args: string[]): string => this.runInside('mount', ...args);
    const makeFolder = (path: string): string => this.runInside('mkdir', '-p', join(root, path));
    for (const special of ['proc', 'sys', 'dev']) makeFolder(special);
    mount('--bind', root, root);
    mount('-t', 'proc', 'proc', join(root, 'proc'));
    mount('--rbind', '/dev', join(root, 'dev'));
    for (const folder of folders) {
      const [from, to] = typeof folder === 'string' ? [folder, folder] : folder;
      makeFolder(to);
      mount('--bind', from, join(root, to));
    }
    mount('-o', 'remount,bind,ro', root);
    return new Container(this.inside, root, configOf(image).Env);
  }

  /** Starts a program of this machine in the pod's network. */
  spawnBeside(program: string, args: readonly string[]): ChildProcess {
    return spawn('nsenter', [this.inside[0]!, '--net', '--', program, ...args], {stdio: ['ignore', 'pipe', 'inherit']});
  }

  async stop(): Promise<void> {
    this.runInside(...buildahCommand, 'rm', ...this.containers);
    const ended = once(this.holder, 'exit');
    this.holder.stdin?.end();
    await ended;
  }
}

export class Container {
  constructor(
    private readonly inside: readonly string[],
    readonly root: string,
    private readonly environment: readonly string[]
  ) {}

  private command(environment: readonly string[]): string[] {
    const asUser = ['setpriv', '--no-new-privs', '--', 'chroot', '--userspec=1000:1000', '--groups=1000', this.root];
    return [...this.inside, '--', ...asUser, '/usr/bin/env', '-i', ...this.environment, ...environment];
  }

  /** Runs a program of the image. */
  run(args: readonly string[], environment: readonly string[] = []): SpawnSyncReturns<string> {
    return runExecutable('nsenter', [...this.command(environment), ...args]);
  }

  /** Runs a verb of the connector as the platform does: by `sh` and the variable, in the job's folder. */
  verb(folder: string, args: readonly string[], environment: readonly string[] = []): SpawnSyncReturns<string> {
    return this.run(['sh', '-c', `cd ${folder} && eval "$AIRBYTE_ENTRYPOINT ${args.join(' ')}"`], environment);
  }

  /** An executable on this machine that runs the connector's verb in the container. */
  toExecutable(path: string, folder: string, environment: readonly string[]): string {
    const quoted = this.command(environment).map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`);
    const line = `exec nsenter ${quoted.join(' ')} sh -c 'cd ${folder} && eval "exec $AIRBYTE_ENTRYPOINT $*"' sh "$@"`;
    writeFileSync(path, `#!/bin/sh\n${line}\n`);
    chmodSync(path, 0o755);
    return path;
  }
}

/** A folder that belongs to uid 1000, as the volumes of a pod do. */
export function volume(path: string): string {
  mkdirSync(path, {recursive: true});
  chownSync(path, 1000, 1000);
  return path;
}
