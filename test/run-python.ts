// Runs Python 3, whose own readers of mail, zip and CSV share no code with ours: a test that needs it fails without it.
import {spawnSync} from 'node:child_process';

/** @returns what the program printed; throws where there is no Python, or the program fails */
export function runPython(program: string, ...args: readonly string[]): string {
  const environment = {...process.env, PYTHONUTF8: '1'};
  const options = {encoding: 'utf8', maxBuffer: 1 << 26, env: environment} as const;
  const {status, stdout, stderr, error} = spawnSync('python3', ['-c', program, ...args], options);
  if (error !== undefined) throw new Error(`This test needs python3, which could not be run: ${error.message}`);
  if (status !== 0) throw new Error(`Python ended with ${status ?? 'a signal'}: ${stderr}`);
  return stdout;
}
