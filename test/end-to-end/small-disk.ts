// Disks that are small, full or read-only: real mounts, because root is stopped by nothing else.
import {spawnSync} from 'node:child_process';
import {chmodSync, mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {afterTest, temporaryFolder} from './destination-process';

const isRoot = process.getuid?.() === 0;

/** A file system of its own, gone when the test ends. */
export class SmallDisk {
  readonly path = join(temporaryFolder(), 'disk');

  constructor(kilobytes: number) {
    mkdirSync(this.path);
    run('mount', '-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', this.path);
    afterTest(() => run('umount', '--lazy', this.path));
  }

  grow(kilobytes: number): void {
    run('mount', '-o', `remount,size=${kilobytes}k`, this.path);
  }

  makeReadOnly(isReadOnly: boolean): void {
    run('mount', '-o', `remount,${isReadOnly ? 'ro' : 'rw'}`, this.path);
  }
}

/** Nothing can be made in the existing folder until the returned function is called. */
export function forbidWriting(folder: string): () => void {
  if (!isRoot) {
    chmodSync(folder, 0o500);
    return () => chmodSync(folder, 0o700);
  }
  run('mount', '--bind', folder, folder);
  let isMounted = true;
  const allow = (): void => {
    if (isMounted) run('umount', '--lazy', folder);
    isMounted = false;
  };
  afterTest(allow);
  run('mount', '-o', 'remount,ro,bind', folder);
  return allow;
}

function run(command: string, ...args: readonly string[]): void {
  const {status, stderr, error} = spawnSync(command, args, {encoding: 'utf8'});
  if (status === 0) return;
  const reason = error === undefined ? stderr.trim() : error.message;
  throw new Error(`This test needs root and the right to mount: ${command} ${args.join(' ')} failed (${reason}).`);
}
