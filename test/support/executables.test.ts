// The search for leaks finds what it is there to find, wherever people look, and no test runs an executable past it.
import {once} from 'node:events';
import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from '@jest/globals';
import {openings} from '../../simulator/content/phrases';
import {messageRow, recordLine} from '../end-to-end/contract-rows';
import {DestinationProcess, temporaryFolder, write} from '../end-to-end/destination-process';
import {root} from '../source-files';
import {canary, CanaryWatch} from './canary';
import {allEnded, runExecutable, startExecutable, takeLeaks} from './executables';

test.each([
  ['a key', canary.key],
  ['the text of a message', `"${canary.text}"`],
  ['the text of a simulated message', `said: ${openings[0]!}`],
  ['a signed URL', canary.url],
  ["a URL of the simulator's signed host", 'http://127.0.0.1:1/log/x?expires=2&signature=00'],
  ['a whole event', messageRow({event: 'e1'}).event],
])('%s in a log is a leak', (_, output) => {
  const watch = new CanaryWatch();
  watch.see('stdout', `{"type":"LOG","log":{"message":${JSON.stringify(output)}}}`);
  expect(watch.leaks).not.toEqual([]);
});

test('records carry text, but neither keys nor signed URLs', () => {
  const watch = new CanaryWatch();
  watch.see('stdout', canary.text, true);
  expect(watch.leaks).toEqual([]);
  watch.see('stdout', canary.key, true);
  expect(watch.leaks).toEqual([`stdout shows "${canary.key}"`]);
});

test.each([1, 7, 10_000])('a line is looked at whole, wherever it is cut: pieces of %d', (size) => {
  const watch = new CanaryWatch();
  const take = watch.linesOf('stdout', (line) => line.includes('RECORD'));
  const bytes = Buffer.from(`first\n{"type":"RECORD","${canary.text}"}\nlast ${canary.text}`);
  for (let at = 0; at < bytes.length; at += size) take(bytes.subarray(at, at + size));
  expect(watch.leaks).toEqual([]);
  take(undefined);
  expect(watch.leaks).toHaveLength(1);
});

describe('a planted canary is found', () => {
  const planted = async (script: string, config?: object): Promise<string> => {
    const file = join(temporaryFolder(), 'config.json');
    writeFileSync(file, JSON.stringify(config ?? {}));
    const child = startExecutable('sh', ['-c', script, 'sh', '--config', file]);
    child.stdin.end();
    child.stdout.resume();
    child.stderr.resume();
    await once(child, 'close');
    await allEnded();
    return takeLeaks().join();
  };

  test('on stdout', async () => expect(await planted(`echo '${canary.text}'`)).toContain('stdout shows'));
  test('on stderr', async () => expect(await planted(`echo '${canary.key}' >&2`)).toContain('stderr shows'));
  test('not where there is none', async () => expect(await planted(`echo 'all is well'`)).toBe(''));
  test('when it is the secret of a configuration that no test thought of', async () => {
    const config = {targets: [{type: 'smtp', auth: {password: 'hunter-of-the-marsh'}}]};
    expect(await planted('echo "{\\"type\\":\\"RECORD\\",\\"x\\":\\"hunter-of-the-marsh\\"}"', config)).toContain(
      'stdout shows'
    );
    expect(await planted('echo "hunter-of-the-hills"', config)).toBe('');
  });
  test('in a report', async () => {
    const path = temporaryFolder();
    const reports = join(path, '.arctera-archive', 'ws-1', 'reports');
    mkdirSync(reports, {recursive: true});
    writeFileSync(join(reports, 'run.json'), JSON.stringify({note: canary.text}));
    expect(await planted('true', {target: {type: 'folder', path}})).toContain('report run.json shows');
  });
  test('by the way that waits for the end', () => {
    runExecutable('echo', [canary.key]);
    expect(takeLeaks().join()).toContain('stdout shows');
  });

  test('in the warning of a real executable', async () => {
    const check = new DestinationProcess('check', {path: temporaryFolder(), config: {[canary.text]: 1}});
    await check.ended();
    expect(takeLeaks().join()).toContain(`stdout shows "${canary.text}"`);
  });
  test('in a real executable that is killed', async () => {
    const run = new DestinationProcess('write', {path: temporaryFolder(), config: {[canary.text]: 1}});
    await run.until(() => run.warnings.length > 0);
    run.kill('SIGKILL');
    expect(await run.ended()).toBe('SIGKILL');
    expect(takeLeaks().join()).toContain(`stdout shows "${canary.text}"`);
  });
  test('in the reports of a real run', async () => {
    const path = temporaryFolder();
    await write({path}, [recordLine(canary.text, {id: 1})]);
    expect(takeLeaks().join()).toMatch(/report \S+\.json shows/);
  });
});

/** Files that start programs, and none of ours: everything else goes through `executables.ts`. */
const startsOthers: Readonly<Record<string, string>> = {
  'bench/profile.test.ts': 'a program that is profiled',
  'destination-arctera-archive/ledger/ledger-opening.test.ts': 'a program that holds a file of the ledger open',
  'destination-arctera-archive/render/corpus.test.ts': 'the renderer alone, in other time zones',
  'end-to-end/destination-manifest.test.ts': 'openssl',
  'end-to-end/small-disk.ts': 'mount',
  'image/build-images.ts': 'buildah',
  'image/images.image.ts': 'chmod and find',
  'image/pod.ts': 'unshare, and the simulator beside a pod',
  'run-python.ts': 'Python',
  'servers/failing-disk.servers.ts': 'gcc',
  'servers/lost-wake-ups.servers.ts': 'gcc',
  'servers/moto.servers.ts': 'moto',
  'servers/postfix.servers.ts': 'postfix',
  'servers/postgres-server.ts': 'PostgreSQL',
  'servers/tinyproxy.servers.ts': 'tinyproxy and openssl',
  'source-chatgpt-enterprise/probe.test.ts': 'the build',
  'source-chatgpt-enterprise/tls-front.ts': 'a proxy',
  'support/executables.ts': 'the executables',
  'support/platform/jackson-filter.ts': 'Maven',
  'support/platform/line-filter.ts': 'the JSON code of the platform',
};

test('no test starts an executable past the search', () => {
  const files = readdirSync(join(root, 'test'), {recursive: true, encoding: 'utf8'}).filter((name) =>
    name.endsWith('.ts')
  );
  const starting = files.filter((name) =>
    /^import (?!type ).* from 'node:child_process';$/m.test(readFileSync(join(root, 'test', name), 'utf8'))
  );
  expect(starting.sort()).toEqual(Object.keys(startsOthers).sort());
});
