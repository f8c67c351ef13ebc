// Both images, built from the Dockerfile: what they say of themselves, what they hold, and how they run where little is allowed.
import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {once} from 'node:events';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {createInterface} from 'node:readline';
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals';
import type {Truth, TrueEvent, TrueFile} from '../../simulator/truth';
import type {TrueOwnedFile} from '../../simulator/true-objects';
import {readArchive} from '../end-to-end/archive-reader';
import {compareWithTruth, noDifference} from '../end-to-end/union';
import {root} from '../source-files';
import {askConnector} from '../support/platform/connector-process';
import {isComplete, runSync} from '../support/platform/sync';
import {buildah, buildImages, type BuiltImages, configOf, type Connector, connectors} from './build-images';
import {type Container, Pod, volume} from './pod';

const {version} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {version: string};
const onKubernetes = ['KUBERNETES_SERVICE_HOST=127.0.0.1'];
const minutes = 60_000;

let built: BuiltImages;
let pod: Pod;
let folder: string;
let containers: Record<Connector, Container>;

beforeAll(async () => {
  built = buildImages();
  folder = mkdtempSync(join(tmpdir(), 'image-'));
  execFileSync('chmod', ['755', folder]);
  for (const each of ['work', 'archive', 'job']) volume(join(folder, each));
  pod = await Pod.start();
  const add = (connector: Connector, jobFolder: string): Container =>
    pod.addContainer(built.images[connector], [
      [join(folder, 'job'), jobFolder],
      [join(folder, 'archive'), '/archive'],
      join(folder, 'work'),
    ]);
  containers = {
    'source-chatgpt-enterprise': add('source-chatgpt-enterprise', '/source'),
    'destination-arctera-archive': add('destination-arctera-archive', '/dest'),
  };
}, 20 * minutes);

afterAll(async () => {
  await pod.stop();
  rmSync(folder, {recursive: true, force: true});
}, minutes);

describe.each(connectors)('the image of %s', (connector) => {
  const read = (path: string): string => containers[connector].run(['cat', path]).stdout;
  const list = (path: string): string[] => containers[connector].run(['ls', path]).stdout.trim().split('\n');

  test('says the same entry point to Docker and to Airbyte', () => {
    const {Entrypoint, Cmd, Env} = configOf(built.images[connector]);
    expect(Entrypoint).toEqual([`/app/bin/${connector}`]);
    expect(Env).toContain(`AIRBYTE_ENTRYPOINT=/app/bin/${connector}`);
    expect(Cmd ?? []).toEqual([]);
  });

  test('names connector and version in its labels', () => {
    expect(configOf(built.images[connector]).Labels).toMatchObject({
      'io.airbyte.name': connector,
      'io.airbyte.version': version,
      'org.opencontainers.image.version': version,
    });
  });

  test('runs as uid 1000, which owns the working directory and nothing of the connector', () => {
    const {User, WorkingDir} = configOf(built.images[connector]);
    expect([User, WorkingDir]).toEqual(['1000:1000', '/airbyte']);
    expect(containers[connector].run(['stat', '-c', '%u:%g', '/airbyte']).stdout).toBe('1000:1000\n');
    expect(containers[connector].run(['find', '/app', '-uid', '1000', '-o', '-perm', '/022']).stdout).toBe('');
  });

  test('adds at most 60 MB to its base', () => {
    const bytes = (image: string): number => {
      const lines = buildah('images', '--json', image);
      return (JSON.parse(lines) as {size: string}[]).map(({size}) => toBytes(size))[0]!;
    };
    expect(bytes(built.images[connector]) - bytes(built.base)).toBeLessThanOrEqual(60_000_000);
  });

  test('holds nothing that installs or builds', () => {
    const tools = ['npm', 'npx', 'corepack', 'yarn', 'gcc', 'g++', 'cc', 'make', 'python3', 'node-gyp'];
    const found = containers[connector].run(['sh', '-c', `for tool in ${tools.join(' ')}; do command -v $tool; done`]);
    expect(found.stdout).toBe('');
    expect(list('/usr/local/lib')).not.toContain('node_modules');
  });

  test('holds no source text, no tests and no package but those that cannot be bundled', () => {
    expect(list('/app').sort()).toEqual(
      ['LICENSE', 'NOTICE', 'THIRD-PARTY-LICENSES', 'bin', 'dist', 'package.json', 'sbom.cdx.json']
        .concat(connector === 'destination-arctera-archive' ? 'node_modules' : [])
        .sort()
    );
    expect(list('/app/dist')).toEqual(expect.arrayContaining([`${connector}-spec.js`, `${connector}.js`]));
    expect(list('/app/dist').filter((file) => /simulator|demo|chaos|bench|generate/.test(file))).toEqual([]);
  });

  test('has a bill of materials that names what is in it, and the licence of each', () => {
    const bill = JSON.parse(read('/app/sbom.cdx.json')) as {
      bomFormat: string;
      metadata: {component: {name: string; version: string}};
      components: {name: string; version: string; purl: string}[];
    };
    expect(bill.bomFormat).toBe('CycloneDX');
    expect(bill.metadata.component).toMatchObject({name: connector, version});
    const names = bill.components.map(({name}) => name);
    const [its, others] =
      connector === 'source-chatgpt-enterprise' ? ['openai', 'nodemailer'] : ['better-sqlite3', 'openai'];
    expect(names).toEqual(expect.arrayContaining(['faros-airbyte-cdk', 'zod', its]));
    expect(names).not.toContain(others);
    expect(names).not.toContain('typescript');
    const licences = read('/app/THIRD-PARTY-LICENSES');
    expect(bill.components.filter((one) => !licences.includes(`\n${one.name}@${one.version} (`))).toEqual([]);
  });

  test.each([
    ['cgroup v2 without a limit', {'memory.max': 'max'}, 1024],
    ['cgroup v2 with 2 GiB', {'memory.max': String(2 ** 31)}, 1024],
    ['cgroup v2 with 512 MiB', {'memory.max': String(2 ** 29)}, 384],
    ['cgroup v1 without a limit', {'memory/memory.limit_in_bytes': '9223372036854771712'}, 1024],
    ['cgroup v1 with 256 MiB', {'memory/memory.limit_in_bytes': String(2 ** 28)}, 192],
    ['neither', {}, 1024],
  ])('takes its heap from the memory of the container: %s', (_, files, heap) => {
    const limited = pod.addContainer(built.images[connector], [
      [makeFolder('cgroup', files), '/sys/fs/cgroup'],
      [makeFolder('shim', {node: '#!/bin/sh\necho "$@"\n'}), '/shim'],
    ]);
    const shown = limited.run([`/app/bin/${connector}`, 'check'], ['PATH=/shim:/usr/local/bin:/usr/bin:/bin']);
    expect(shown.stderr).toBe('');
    expect(shown.stdout.split(' ')).toContain(`--max-old-space-size=${heap}`);
  });

  test('answers spec with its published specification', () => {
    const {status, stdout, stderr} = containers[connector].verb('/tmp', ['spec']);
    expect([status, stderr]).toEqual([0, '']);
    const published = JSON.parse(readFileSync(join(root, 'spec', `${connector}.json`), 'utf8')) as object;
    expect((JSON.parse(stdout) as {spec: object}).spec).toEqual(published);
  });
});

describe('a pod that allows little', () => {
  test('lets its containers write nowhere but in their volumes', () => {
    for (const container of Object.values(containers)) {
      const tried = container.run([
        'sh',
        '-c',
        'id -u; for f in /x /app/x /airbyte/x /tmp/x /archive/x; do (: >$f) && echo $f; done',
      ]);
      expect(tried.stdout).toBe('1000\n/archive/x\n');
    }
    rmSync(join(folder, 'archive', 'x'));
  });

  test('refuses an archive that lies in the container, where it would vanish', () => {
    const config = join(folder, 'work', 'inside.json');
    writeFileSync(config, JSON.stringify({target: {type: 'folder', path: '/airbyte/archive'}}));
    const checked = containers['destination-arctera-archive'].verb(
      '/dest',
      ['check', '--config', config],
      onKubernetes
    );
    expect(checked.stdout).toContain('"status":"FAILED"');
    expect(checked.stdout).toContain("the container's own disk");
    expect(checked.status).toBe(0);
  });

  test(
    'checks both sides and archives a whole workspace, then what came later',
    async () => {
      const truthFile = join(folder, 'truth.jsonl');
      const simulator = pod.spawnBeside(process.execPath, [
        join(root, 'dist', 'simulator.js'),
        ...['--events', '1500', '--files', '40', '--truth', truthFile],
      ]);
      try {
        const [line] = (await once(createInterface({input: simulator.stdout!}), 'line')) as [string];
        const {base_url, workspace_id, api_key} = JSON.parse(line) as Record<string, string>;
        const work = join(folder, 'work');
        const executables = {
          source: containers['source-chatgpt-enterprise'].toExecutable(join(folder, 'source'), '/source', onKubernetes),
          destination: containers['destination-arctera-archive'].toExecutable(
            join(folder, 'dest'),
            '/dest',
            onKubernetes
          ),
        };
        const source = {api_base_url: base_url, workspace_id, api_key, requests_per_minute: 1_000_000};
        const destination = {target: {type: 'folder', path: '/archive'}};
        for (const [name, config] of Object.entries({source, destination})) {
          const path = join(work, `${name}.json`);
          writeFileSync(path, JSON.stringify(config));
          const executable = executables[name as 'source' | 'destination'];
          const {connectionStatus} = await askConnector(executable, ['check', '--config', path], 'CONNECTION_STATUS');
          expect(connectionStatus).toEqual({status: 'SUCCEEDED'});
        }
        const errorLines: string[] = [];
        const sync = (): ReturnType<typeof runSync> =>
          runSync({
            workFolder: work,
            source: {executable: executables.source, config: source},
            destination: {executable: executables.destination, config: destination},
            onLine: (_, channel, text) => {
              if (channel === 'stderr') errorLines.push(text);
            },
          });
        const first = await sync();
        expect(isComplete(first)).toBe(true);
        expect(compareWithTruth(readTruth(truthFile), await readArchive(join(folder, 'archive')))).toEqual(
          noDifference
        );
        const second = await sync();
        expect(isComplete(second)).toBe(true);
        expect(second.records).toBeLessThan(first.records / 10);
        expect(errorLines).toEqual([]);
        const verified = containers['destination-arctera-archive'].verb('/dest', [
          'verify',
          '--config',
          join(work, 'destination', 'config.json'),
        ]);
        expect(verified.status).toBe(0);
        expect(execFileSync('find', [join(folder, 'archive'), '!', '-uid', '1000'], {encoding: 'utf8'})).toBe('');
      } finally {
        simulator.kill();
      }
    },
    5 * minutes
  );
});

function makeFolder(kind: string, files: Readonly<Record<string, string>>): string {
  const made = mkdtempSync(join(folder, `${kind}-`));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(made, name)), {recursive: true});
    writeFileSync(join(made, name), text, {mode: 0o755});
  }
  execFileSync('chmod', ['-R', 'a+rX', made]);
  return made;
}

function readTruth(path: string): Truth {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const all = lines.map((line) => JSON.parse(line) as {kind: string});
  const ofKind = <T>(kind: string): T[] => all.filter((one) => one.kind === kind) as unknown as T[];
  return {
    events: ofKind<TrueEvent>('event'),
    files: ofKind<TrueFile>('file'),
    ownedFiles: ofKind<TrueOwnedFile>('owned_file'),
    unreadableLines: [],
    objects: [],
    users: 0,
    logFiles: 0,
  };
}

function toBytes(size: string): number {
  const [, amount, unit] = /^([\d.]+) ?(B|KB|MB|GB)$/i.exec(size)!;
  return Number(amount) * {B: 1, KB: 1e3, MB: 1e6, GB: 1e9}[unit!.toUpperCase() as 'B' | 'KB' | 'MB' | 'GB'];
}
