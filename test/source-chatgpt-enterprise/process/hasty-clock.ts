// A clock by which each minute passes in a second: loaded into the source's process, so that its patience ends soon.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll} from '@jest/globals';

const folder = mkdtempSync(join(tmpdir(), 'hasty-clock-'));
afterAll(() => rmSync(folder, {recursive: true, force: true}));

/** Environment of a process whose clock starts right and then hurries. */
export function hastyClock(): Readonly<Record<string, string>> {
  const file = join(folder, 'clock.cjs');
  writeFileSync(file, 'const now = Date.now, start = now(); Date.now = () => start + 60 * (now() - start);');
  return {NODE_OPTIONS: `--require ${file}`};
}
