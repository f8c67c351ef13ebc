// How connector processes end: a closed pipe, a signal, a reader that is slow, an input that never comes.
import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals';
import {
  collectResult,
  configuredCatalog,
  errorTraces,
  payloads,
  parseOutput,
  readAll,
  RunFolder,
  runConnector,
  startConnector,
  waitForEnd,
  waitForOutput,
} from './connector-run';
import {type FixtureConnectors, fixtureConnectors, removeFixtureConnectors} from './fixture/bundle';
import {responseSecret} from './fixture/source';

const folder = new RunFolder();
let connectors: FixtureConnectors;

beforeAll(async () => {
  connectors = await fixtureConnectors();
});
afterAll(async () => {
  folder.remove();
  await removeFixtureConnectors();
});

function readArguments(config: object): readonly string[] {
  const name = JSON.stringify(config).replace(/\W/g, '');
  const catalog = folder.file('catalog.json', configuredCatalog(['alpha']));
  return ['read', '--config', folder.file(`config-${name}.json`, config), '--catalog', catalog];
}

function writeArguments(): readonly string[] {
  const catalog = folder.file('catalog.json', configuredCatalog(['alpha']));
  return ['write', '--config', folder.file('config.json', {}), '--catalog', catalog];
}

const state = (next: number): string =>
  JSON.stringify({
    type: 'STATE',
    state: {type: 'STREAM', stream: {stream_descriptor: {name: 'alpha'}, stream_state: {next}}},
  }) + '\n';

describe('SIGTERM', () => {
  test.each(['wait', 'write_on'])('ends a source in mid-read by the signal itself (%s)', async (then) => {
    const child = startConnector({command: connectors.source, args: readArguments({then, records: 50})});
    const stderr = readAll(child.stderr);
    await waitForOutput(child, '"STATE"');
    child.kill('SIGTERM');
    expect(await waitForEnd(child)).toEqual({exitCode: null, signal: 'SIGTERM'});
    expect(await stderr).toBe('');
  });

  test('ends a destination whose stdin is open by the signal itself', async () => {
    const child = startConnector({command: connectors.destination, args: writeArguments()});
    const stderr = readAll(child.stderr);
    child.stdin.write(state(1));
    await waitForOutput(child, '"STATE"');
    child.kill('SIGTERM');
    expect(await waitForEnd(child)).toEqual({exitCode: null, signal: 'SIGTERM'});
    expect(await stderr).toBe('');
  });
});

describe('a closed stdout', () => {
  test('ends a source that would write for ever, quietly', async () => {
    const child = startConnector({command: connectors.source, args: readArguments({then: 'write_on', padding: 1000})});
    const stderr = readAll(child.stderr);
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await waitForEnd(child)).toEqual({exitCode: 1, signal: null});
    expect(await stderr).toBe('');
  });

  test('ends a destination whose stdin stays open, quietly', async () => {
    const child = startConnector({command: connectors.destination, args: writeArguments()});
    const stderr = readAll(child.stderr);
    child.stdin.on('error', () => undefined);
    child.stdout.once('data', () => {
      child.stdout.once('close', () => child.stdin.write(state(2) + state(3)));
      child.stdout.destroy();
    });
    child.stdin.write(state(1));
    expect(await waitForEnd(child)).toEqual({exitCode: 1, signal: null});
    expect(await stderr).toBe('');
  });
});

describe('a slow reader', () => {
  test('gets all of ten megabytes that were pending at the end', async () => {
    const args = readArguments({records: 100, padding: 100_000});
    const child = startConnector({command: connectors.source, args});
    const pieces: Buffer[] = [];
    for await (const piece of child.stdout) {
      pieces.push(piece as Buffer);
      await new Promise((resolve) => setImmediate(resolve)); // other work between two reads
    }
    expect(await waitForEnd(child)).toEqual({exitCode: 0, signal: null});
    const output = parseOutput(Buffer.concat(pieces).toString('utf8'));
    expect(output.strayLines).toEqual([]);
    expect(payloads(output, 'RECORD')).toHaveLength(100);
    expect(payloads(output, 'STATE')).toHaveLength(1);
  });
});

describe('an error that nobody catches', () => {
  test('is told behind what is on its way to a reader who has not taken it yet', async () => {
    const args = readArguments({then: 'write_on', records: 5_000, padding: 1_000, throw_after_ms: 300});
    const child = startConnector({command: connectors.source, args});
    await sleep(1_000); // nobody reads
    const {messages, stdout, ...result} = await collectResult(child);
    expect(result).toEqual({exitCode: 1, signal: null, stderr: '', strayLines: []});
    expect(messages.at(-1)).toMatchObject({type: 'TRACE', trace: {type: 'ERROR'}});
    expect(errorTraces({messages})).toHaveLength(1);
    const numbers = payloads({messages}, 'RECORD').map(({data}) => (data as {n: number}).n);
    expect(numbers.length).toBeGreaterThan(100);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(stdout).not.toContain(responseSecret);
  });

  test('is a line of its own behind one that takes many blocks and is cut off', async () => {
    const args = readArguments({then: 'write_on', records: 5_000, padding: 3_000_000, throw_after_ms: 300});
    const child = startConnector({command: connectors.source, args});
    await sleep(1_000);
    const {messages, ...result} = await collectResult(child);
    expect(result).toMatchObject({exitCode: 1, signal: null, stderr: ''});
    expect(result.strayLines.length).toBeLessThanOrEqual(1);
    expect(messages.at(-1)).toMatchObject({type: 'TRACE', trace: {type: 'ERROR'}});
  });
});

test('an error that nobody catches ends the process though its reader never takes anything more', async () => {
  // Fifteen minutes take one second.
  const hasty = folder.file(
    'hasty.cjs',
    `const own = setTimeout; globalThis.setTimeout = (f, ms, ...rest) => own(f, ms === 900_000 ? 1000 : ms, ...rest);`
  );
  const args = readArguments({then: 'write_on', records: 5_000, padding: 1_000, throw_after_ms: 300});
  const env = {NODE_OPTIONS: `--require ${hasty}`};
  const child = startConnector({command: connectors.source, args, env});
  const end = await Promise.race([waitForEnd(child), sleep(20_000, 'it lives on')]);
  child.kill('SIGKILL');
  expect(end).toEqual({exitCode: 1, signal: null});
});

describe('the end of stdin', () => {
  test('at once is the end of a write, in peace', async () => {
    const result = await runConnector({command: connectors.destination, args: writeArguments()});
    expect(result).toMatchObject({exitCode: 0, signal: null, stderr: '', strayLines: []});
    expect(payloads(result, 'STATE')).toEqual([]);
  });

  test('is not awaited by a command that reads none', async () => {
    const child = startConnector({command: connectors.destination, args: ['spec']});
    const result = await collectResult(child); // its stdin is still open
    expect(result).toMatchObject({exitCode: 0, stderr: ''});
  });
});
