// How often a set-aside copy has been tried, in a small file beside it: the copy itself never changes.
import {readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import * as z from 'zod';
import {fsyncFolder, writeWholeFile} from './durable-folder';
import {isThere} from './is-there';
import type {Mirror} from './mirror';

const attempt = z.object({
  /** The run that set it aside was the first. */
  attempts: z.number().int(),
  last_at: z.string(),
  /** False while nobody knows what became of the last attempt: the target may have the item. */
  is_answered: z.boolean(),
  /** The target that had refused it, or one that nobody can ask, has it now: whoever has lost the ledger knows by this alone. */
  is_taken: z.literal(true).optional(),
});

export class SetAsideAttempts {
  /**
   * @param folder of the ledger
   * @param mirror where that folder does not last
   */
  constructor(
    private readonly folder: string,
    private readonly mirror?: Mirror
  ) {}

  /**
   * Counts one more attempt for each copy; durable when it returns, and to be done before anything is sent.
   * @param paths of the copies, relative to the ledger's folder
   * @returns whether an earlier attempt was cut off before its answer came
   */
  begin(paths: readonly string[], at: string): boolean {
    const before = paths.map((path) => this.read(path));
    this.write(
      paths.map((path, index) => {
        return [path, {attempts: (before[index]?.attempts ?? 1) + 1, last_at: at, is_answered: false}];
      })
    );
    return before.some((each) => each?.is_answered === false);
  }

  /** The answer is known, and where it matters in the ledger. */
  end(paths: readonly string[], isTaken = false): void {
    this.write(
      paths.flatMap((path) => {
        const begun = this.read(path);
        const answer = {is_answered: true, ...(isTaken ? {is_taken: true as const} : {})};
        return begun === undefined ? [] : [[path, {...begun, ...answer}] as const];
      })
    );
  }

  isTaken(path: string): boolean {
    return this.read(path)?.is_taken === true;
  }

  private read(path: string): z.output<typeof attempt> | undefined {
    const name = nameOf(path);
    this.mirror?.fetch(name);
    const file = join(this.folder, name);
    return isThere(file) ? attempt.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
  }

  private write(attempts: readonly (readonly [path: string, said: z.output<typeof attempt>])[]): void {
    for (const [path, said] of attempts) {
      const file = join(this.folder, nameOf(path));
      writeWholeFile(`${file}.part`, file, `${JSON.stringify(said)}\n`);
    }
    for (const folder of new Set(attempts.map(([path]) => dirname(join(this.folder, path))))) fsyncFolder(folder);
    this.mirror?.put(attempts.map(([path]) => nameOf(path)));
  }
}

function nameOf(path: string): string {
  return `${path}.attempts`;
}
