// Reads that are cut short: what was emitted is consistent, and a read from its last states loses nothing.
import {once} from 'node:events';
import {setTimeout as sleep} from 'node:timers/promises';
import type {ChildProcessWithoutNullStreams} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals';
import {parseOutput, readAll, waitForEnd} from '../../airbyte/connector-run';
import {event, type Row, SourceBench, SourceRun} from './source-bench';

const streams = ['users', 'messages', 'conversations', 'files', 'file_chunks', 'capture_runs'];
const logFiles = 30;
const eventsEach = 20;
let bench: SourceBench;
let whole: SourceRun;

beforeAll(async () => {
  bench = await SourceBench.open();
  for (let file = 0; file < logFiles; file++) {
    const isWithUpload = file % 5 === 0;
    if (isWithUpload) bench.file(`file-${file}`, randomBytes(500_000));
    const lines = Array.from({length: eventsEach}, (_, index) =>
      event(`e-${file}-${index}`, {
        conversation: `c-${index}`,
        text: 'words '.repeat(500),
        files: isWithUpload && index === 3 ? [`file-${file}`] : [],
      })
    );
    bench.log(30 - file, lines);
  }
  whole = await bench.read({streams});
});
afterAll(() => bench.close());

interface CutRun {
  /** What had come when the signal was sent; the platform may have got no more. */
  readonly seen: SourceRun;
  /** What came in all. */
  readonly all: SourceRun;
  readonly signal: NodeJS.Signals | null;
}

/** Reads from the states and sends the signal when so many messages have come. */
async function cut(signal: NodeJS.Signals, messages: number, state: readonly Row[]): Promise<CutRun> {
  const child = bench.start({streams, state});
  const stderr = readAll(child.stderr);
  let stdout = '';
  let atSignal: string | undefined;
  const look = (): void => {
    if (atSignal !== undefined || stdout.split('\n').length - 1 < messages) return;
    atSignal = stdout;
    child.kill(signal);
  };
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    stdout += piece;
    look();
  });
  look();
  await once(child, 'close');
  expect(await stderr).toBe('');
  return {seen: toRun(atSignal ?? stdout), all: toRun(stdout), signal: child.signalCode};
}

/** Whole lines only: the last one may have been cut by the kill. */
function toRun(stdout: string): SourceRun {
  const lines = stdout.slice(0, stdout.lastIndexOf('\n') + 1);
  const {messages, strayLines} = parseOutput(lines);
  expect(strayLines).toEqual([]);
  return new SourceRun({messages, strayLines, stdout: lines, stderr: '', exitCode: null, signal: null});
}

/** The states that are known after these runs, newest last. */
function statesAfter(runs: readonly SourceRun[]): Row[] {
  const newest = new Map<string, Row>();
  for (const run of runs) for (const state of run.lastStates) newest.set(JSON.stringify(nameOf(state)), state);
  return [...newest.values()];
}

function nameOf(state: Row): unknown {
  return (state['stream'] as {stream_descriptor: unknown}).stream_descriptor;
}

/** After de-duplication by key: every event with its bytes, every file with a whole transfer. */
function expectComplete(runs: readonly SourceRun[]): void {
  const events = new Map(
    runs.flatMap((run) => run.rows('messages').map((row) => [row['event_id'], row['event_sha256']]))
  );
  expect(events).toEqual(new Map(whole.rows('messages').map((row) => [row['event_id'], row['event_sha256']])));
  const key = (rows: Row[], name: string) => new Set(rows.map((row) => row[name]));
  for (const stream of ['users', 'conversations', 'files']) {
    const all = runs.flatMap((run) => run.rows(stream));
    expect(key(all, 'id')).toEqual(key(whole.rows(stream), 'id'));
  }
  const chunks = runs.flatMap((run) => run.rows('file_chunks'));
  for (const row of runs.flatMap((run) => run.rows('files'))) {
    const own = chunks.filter((chunk) => chunk['transfer_id'] === row['transfer_id']);
    const bytes = Buffer.concat(own.map((chunk) => Buffer.from(String(chunk['data']), 'base64')));
    expect([row['outcome'], bytes.length, own.at(-1)!['last']]).toEqual(['captured', 500_000, true]);
  }
}

describe.each(['SIGKILL', 'SIGTERM'] as const)('%s at any moment', (signal) => {
  test('ends the process by the signal itself; reads from the last states together miss nothing', async () => {
    const runs: SourceRun[] = [];
    for (const messages of [0, 1, 3, 60, 20, 150, 2, 90, 200, 45, 120, 30, 10, 10, 5]) {
      const {all, seen, signal: by} = await cut(signal, messages, statesAfter(runs));
      if (by === null) continue; // it had ended before so many messages came
      expect(by).toBe(signal);
      runs.push(messages % 2 === 0 ? seen : all);
    }
    expect(runs.length).toBeGreaterThan(9);
    const last = await bench.read({streams, state: statesAfter(runs)});
    expect(last.exitCode).toBe(0);
    expectComplete([...runs, last]);
  });
});

test('from every single state of a read the rest comes, and with what was before it nothing is missing', async () => {
  const positions = whole.result.messages.flatMap(({type}, at) => (type === 'STATE' ? [at + 1] : []));
  for (let index = 0; index < positions.length; index += Math.ceil(positions.length / 12)) {
    const messages = whole.result.messages.slice(0, positions[index]);
    const before = new SourceRun({...whole.result, messages});
    const rest = await bench.read({streams, state: before.lastStates});
    expectComplete([before, rest]);
  }
});

describe('a reader of stdout', () => {
  test.each([0, 1, 200_000])('that is gone after %s bytes ends the read quietly', async (bytes) => {
    const child = bench.start({streams});
    const stderr = readAll(child.stderr);
    if (bytes === 0) child.stdout.destroy();
    let seen = 0;
    child.stdout.on('data', (piece: Buffer) => {
      seen += piece.length;
      if (seen >= bytes) child.stdout.destroy();
    });
    expect(await waitForEnd(child)).toEqual({exitCode: 1, signal: null});
    expect(await stderr).toBe('');
  });

  test('that is slow is waited for: a bounded number of log files is ever ahead of it', async () => {
    const many = await SourceBench.open();
    try {
      for (let file = 0; file < 100; file++)
        many.log(30 - file / 10, [event(`e-${file}`, {text: 'words '.repeat(9_000)})]);
      const child = many.start({streams: ['messages']});
      const stderr = readAll(child.stderr);
      let lead = 0;
      const stdout = await readSlowly(child, (done) => {
        lead = Math.max(lead, many.requestsTo(/\/logs\/eclf_/) - done);
      });
      expect(await waitForEnd(child)).toEqual({exitCode: 0, signal: null});
      expect(await stderr).toBe('');
      expect(toRun(stdout).rows('messages')).toHaveLength(100);
      expect(lead).toBeGreaterThan(0);
      expect(lead).toBeLessThan(50);
    } finally {
      await many.close();
    }
  });
});

/** Small pieces with other work between them; looks at how many states have come. */
async function readSlowly(child: ChildProcessWithoutNullStreams, look: (states: number) => void): Promise<string> {
  const pieces: string[] = [];
  let states = 0;
  child.stdout.setEncoding('utf8');
  for await (const piece of child.stdout as AsyncIterable<string>) {
    pieces.push(piece);
    states += piece.split('"type":"STATE"').length - 1;
    look(states);
    await sleep(2);
  }
  return pieces.join('');
}
