// A clock that is wrong, or set while the process runs: loaded into a connector's process before its own code.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {temporaryFolder} from './destination-process';

export interface ShiftedClock {
  /** Environment of the process. */
  readonly environment: Readonly<Record<string, string>>;
  /** Sets the clock by `jumpMs` when the process gets it. */
  readonly signal: 'SIGUSR2';
}

export function shiftedClock({startMs = 0, jumpMs = 0}: {startMs?: number; jumpMs?: number}): ShiftedClock {
  const file = join(temporaryFolder(), 'clock.cjs');
  writeFileSync(
    file,
    `let shift = ${startMs};
     const now = Date.now;
     Date.now = () => now() + shift;
     process.on('SIGUSR2', () => { shift += ${jumpMs}; });`
  );
  return {environment: {NODE_OPTIONS: `--require ${file}`}, signal: 'SIGUSR2'};
}
