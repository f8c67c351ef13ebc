// Whether a path lies on storage that vanishes with the pod, read from the mounts of the process.
import {readFile, realpath} from 'node:fs/promises';
import {dirname, isAbsolute, posix, resolve} from 'node:path';
import {ConfigError, systemCode} from '../../core/errors';
import {toFolderError} from './folder-errors';

export interface Surroundings {
  /** Text of /proc/self/mountinfo. */
  readonly mountInfo: string;
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

interface Mount {
  readonly root: string;
  readonly point: string;
  readonly fileSystem: string;
}

/** Airbyte shares these between the containers of one job. Its `/local` is a claim of the operator's and lasts. */
const airbyteMounts = ['/config', '/source', '/dest', '/staging'];
const containerFileSystems = new Set(['overlay', 'overlayfs', 'aufs', 'tmpfs', 'ramfs']);

/** Throws ConfigError when the folder, which need not exist yet, would vanish with the pod of this process. */
export async function assertLastingFolder(path: string): Promise<void> {
  const surroundings = {
    mountInfo: await readFile('/proc/self/mountinfo', 'utf8').catch(() => ''),
    workingDirectory: process.cwd(),
    environment: process.env,
  };
  assertLasting(await realExisting(resolve(path)), surroundings, path);
}

/** The path with its symbolic links resolved, as far as it exists. */
async function realExisting(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' || dirname(path) === path) throw toFolderError(error, path);
    return realExisting(dirname(path));
  }
}

/**
 * Throws ConfigError when the path would vanish with the pod. Outside Kubernetes nothing is known to vanish.
 * @param path absolute, its symbolic links resolved
 * @param given as the settings have it
 */
export function assertLasting(path: string, surroundings: Surroundings, given = path): void {
  const reason = describeEphemeral(path, surroundings);
  if (reason === undefined) return;
  if (isAbsolute(given)) throw new ConfigError('target_ephemeral', `${path} lies on ${reason}.`);
  const detail = `The path ${given} is not absolute and means ${path} here, which lies on ${reason}. Give an absolute path.`;
  throw new ConfigError('target_ephemeral', detail);
}

/** Why the path would vanish with the pod; undefined when nothing says so. */
export function describeEphemeral(path: string, surroundings: Surroundings): string | undefined {
  const {mountInfo, workingDirectory, environment} = surroundings;
  if ((environment['KUBERNETES_SERVICE_HOST'] ?? '') === '') return undefined;
  const mount = findMount(posix.normalize(path), parseMounts(mountInfo));
  if (mount === undefined || mount.point === '/') return "the container's own disk";
  if (containerFileSystems.has(mount.fileSystem)) return `a ${mount.fileSystem} mount of the container`;
  if (mount.root.includes('/kubernetes.io~empty-dir/')) return 'an emptyDir volume of the pod';
  if (airbyteMounts.includes(mount.point)) return `the ${mount.point} mount of the Airbyte job`;
  if (mount.point === posix.normalize(workingDirectory)) return 'the working directory of the Airbyte job';
  return undefined;
}

/** The mount nearest to the path; of several at one point the last hides the others. */
function findMount(path: string, mounts: readonly Mount[]): Mount | undefined {
  const around = mounts.filter(({point}) => point === '/' || path === point || path.startsWith(`${point}/`));
  return around.reduce<Mount | undefined>(
    (nearest, mount) => (nearest === undefined || mount.point.length >= nearest.point.length ? mount : nearest),
    undefined
  );
}

/** Format: proc(5), section /proc/pid/mountinfo. Lines of another form are passed over. */
function parseMounts(mountInfo: string): Mount[] {
  return mountInfo.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root, point] = before.split(' ');
    const [fileSystem] = after.split(' ');
    if (root === undefined || point === undefined || fileSystem === undefined) return [];
    return [{root: unescape(root), point: unescape(point), fileSystem}];
  });
}

function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}
