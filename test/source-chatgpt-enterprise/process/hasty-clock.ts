// Clocks loaded into the source's process before its own code, so that minutes of waiting take a moment.
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll} from '@jest/globals';

const folder = mkdtempSync(join(tmpdir(), 'hasty-clock-'));
afterAll(() => rmSync(folder, {recursive: true, force: true}));

type Environment = Readonly<Record<string, string>>;

/** Starts right, then each minute passes in a second: patience ends soon, and so do the time-outs of requests. */
export function hastyClock(): Environment {
  return preload(
    'hasty',
    `const now = Date.now, start = now(), wait = setTimeout;
     Date.now = () => start + 60 * (now() - start);
     globalThis.setTimeout = (run, ms, ...rest) => wait(run, ms / 60, ...rest);
     const {Socket} = require('node:net'), {setTimeout: ofSocket} = Socket.prototype;
     Socket.prototype.setTimeout = function (ms, run) { return ofSocket.call(this, ms / 60, run); };`
  );
}

/** Runs at the usual pace, so many days ahead: behind where there are less than none. */
export function clockAhead(days = 365): Environment {
  return preload(`ahead-${days}`, `const now = Date.now; Date.now = () => now() + ${days} * 86400000;`);
}

export interface SkippingClock {
  readonly environment: Environment;
  /** When each request was started by the clock of the process, and its path without the query. */
  starts(): {readonly atMs: number; readonly path: string}[];
}

/** Every wait is over at once, but a minute exactly, which is the time-out of a request. */
export function skippingClock(): SkippingClock {
  const stamps = join(mkdtempSync(join(folder, 'stamps-')), 'starts.jsonl');
  writeFileSync(stamps, '');
  const environment = preload(
    'skipping',
    `const now = Date.now, wait = setTimeout;
     let skipped = 0;
     Date.now = () => now() + skipped;
     globalThis.setTimeout = (run, ms, ...rest) => {
       if (!(ms > 100) || ms === 60000) return wait(run, ms, ...rest);
       const dueMs = Date.now() + ms; // of waits side by side only the first moves the clock
       return wait((...given) => { skipped += Math.max(0, dueMs - Date.now()); run(...given); }, 5, ...rest);
     };
     const http = require('node:http'), {appendFileSync} = require('node:fs'), {request} = http;
     http.request = function (...given) {
       const [path] = String(given[0].path ?? '').split('?');
       appendFileSync(process.env.STAMPS, JSON.stringify({atMs: Date.now(), path}) + '\\n');
       return request.apply(this, given);
     };`
  );
  return {
    environment: {...environment, STAMPS: stamps},
    starts: () =>
      readFileSync(stamps, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as {atMs: number; path: string}),
  };
}

function preload(name: string, program: string): Environment {
  const file = join(folder, `${name}.cjs`);
  writeFileSync(file, program);
  return {NODE_OPTIONS: `--require ${file}`};
}
