// Kills a connector's process before a given step of what it does outside of itself: loaded before the connector's own code.
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {root} from '../source-files';
import {temporaryFolder} from './destination-process';

/**
 * Steps are what must not be torn apart: a file that is flushed or gets its name, a transaction of the ledger before and
 * after its COMMIT, bytes that go to a server and bytes that come from it.
 */
const program = `
const fs = require('node:fs');
const fsp = require('node:fs/promises');
const {Socket} = require('node:net');
const {Readable} = require('node:stream');
const Database = require(${JSON.stringify(join(root, 'node_modules', 'better-sqlite3'))});
const killAt = Number(process.env.KILL_AT_STEP);
let steps = 0;
const step = () => {
  steps += 1;
  if (steps === killAt) process.kill(process.pid, 'SIGKILL');
};
for (const [module, names] of [[fs, ['fsyncSync', 'renameSync']], [fsp, ['rename']]]) {
  for (const name of names) {
    const own = module[name];
    module[name] = (...args) => (step(), own(...args));
  }
}
const open = fsp.open;
fsp.open = async (...args) => {
  const handle = await open(...args);
  const sync = handle.sync.bind(handle);
  handle.sync = () => (step(), sync());
  return handle;
};
const transaction = Database.prototype.transaction;
Database.prototype.transaction = function (work) {
  const own = transaction.call(this, work);
  const around = (run) => (...args) => {
    step();
    const result = run(...args);
    step();
    return result;
  };
  return Object.assign(around(own), {
    immediate: around(own.immediate), exclusive: around(own.exclusive), deferred: around(own.deferred),
  });
};
const write = Socket.prototype.write;
Socket.prototype.write = function (...args) {
  if (this !== process.stdout) step();
  return write.apply(this, args);
};
Socket.prototype.push = function (...args) {
  if (args[0] !== null && this !== process.stdin) step();
  return Readable.prototype.push.apply(this, args);
};
process.on('exit', () => fs.writeFileSync(process.env.STEPS_FILE, String(steps)));
`;

export interface Steps {
  readonly environment: Readonly<Record<string, string>>;
  /** Those that the process made which has ended by itself. */
  count(): number;
}

/** @param killAt number of the step that does not happen, from 1; 0: all of them do */
export function killedAt(killAt: number): Steps {
  const folder = temporaryFolder();
  const [file, counted] = [join(folder, 'steps.cjs'), join(folder, 'steps')];
  writeFileSync(file, program);
  return {
    environment: {NODE_OPTIONS: `--require ${file}`, KILL_AT_STEP: `${killAt}`, STEPS_FILE: counted},
    count: () => (existsSync(counted) ? Number(readFileSync(counted, 'utf8')) : 0),
  };
}
