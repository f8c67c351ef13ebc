// Builds both images with buildah, in a store of these tests' own that later runs find again.
import {execFileSync} from 'node:child_process';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {root} from '../source-files';

const store = '/var/cache/connector-images';

export const buildahCommand = ['buildah', '--root', join(store, 'storage'), '--runroot', join(store, 'run')] as const;

export const connectors = ['source-chatgpt-enterprise', 'destination-arctera-archive'] as const;
export type Connector = (typeof connectors)[number];

export interface ImageConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
  readonly User: string;
  readonly WorkingDir: string;
}

export interface BuiltImages {
  readonly base: string;
  readonly images: Readonly<Record<Connector, string>>;
}

/** Throws where images cannot be built: nothing is tested then, and that is no success. */
export function buildImages(): BuiltImages {
  if (process.getuid?.() !== 0) throw new Error('npm run test:image needs root: nothing was tested.');
  mkdirSync(store, {recursive: true});
  const bases = run(join(root, 'test/image/make-bases.sh'), [store]).trim().split(' ');
  const [base, buildBase] = bases as [string, string];
  const npmCache = run('npm', ['config', 'get', 'cache']).trim();
  mkdirSync(npmCache, {recursive: true});
  const build = (connector: Connector): string => {
    const name = `localhost/${connector}:test`;
    const bases = ['--build-arg', `BUILD_IMAGE=${buildBase}`, '--build-arg', `BASE_IMAGE=${base}`];
    const place = ['--isolation', 'chroot', '--volume', `${npmCache}:/root/.npm`];
    buildah('bud', '--layers', ...place, ...bases, '--target', connector, '--tag', name, root);
    return name;
  };
  const [source, destination] = connectors;
  return {base, images: {[source]: build(source), [destination]: build(destination)}};
}

/** Runs buildah on the store of these tests. */
export function buildah(...args: readonly string[]): string {
  return run(buildahCommand[0], [...buildahCommand.slice(1), ...args]).trim();
}

export function configOf(image: string): ImageConfig {
  return (JSON.parse(buildah('inspect', '--type', 'image', image)) as {OCIv1: {config: ImageConfig}}).OCIv1.config;
}

function run(program: string, args: readonly string[]): string {
  return execFileSync(program, args, {encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe']});
}
