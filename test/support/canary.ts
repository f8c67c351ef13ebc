// Secrets and texts that must never be seen where people look: planted by every end-to-end test, searched for in all output.
import {existsSync, readdirSync, readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {closings, openings} from '../../simulator/content/phrases';

export const canary = {
  /** Given to connectors wherever a key, a password or a token belongs. */
  key: 'sk-admin-canary0key0f3b81c07d2',
  /** Part of every message. */
  text: 'canary message text 51a7c',
  /** Part of every event. */
  url: 'https://signed.canary.test/file?expires=1&signature=canary0signature0f04',
} as const;

/** What a leak would show at least; the simulator's own phrases stand for the text of its messages. */
const secrets = [canary.key, 'canary0signature', 'signature='];
const texts = [canary.text, ...openings, ...closings];

const newline = 0x0a;

/** Looks at everything one process writes. */
export class CanaryWatch {
  readonly leaks: string[] = [];
  private readonly secrets: readonly string[];

  /** @param ownSecrets the secrets of the process's own configuration */
  constructor(ownSecrets: readonly string[] = []) {
    this.secrets = [...secrets, ...ownSecrets];
  }

  /** @param maySayText records of the source carry message text, and only that */
  see(place: string, output: Buffer | string, maySayText = false): void {
    for (const word of maySayText ? this.secrets : [...this.secrets, ...texts]) {
      if (output.includes(word)) this.leaks.push(`${place} shows ${JSON.stringify(word)}`);
    }
  }

  /** Takes a stream in pieces, wherever it is cut, and its end as undefined; looks at each whole line. */
  linesOf(place: string, maySayText: (line: Buffer) => boolean): (piece: Buffer | undefined) => void {
    let partial: Buffer[] = [];
    return (piece) => {
      let start = 0;
      for (
        let end = piece?.indexOf(newline) ?? -1;
        piece !== undefined && end !== -1;
        end = piece.indexOf(newline, start)
      ) {
        const line = Buffer.concat([...partial, piece.subarray(start, end)]);
        partial = [];
        start = end + 1;
        this.see(place, line, maySayText(line));
      }
      if (piece !== undefined) partial.push(piece.subarray(start));
      else this.see(place, Buffer.concat(partial), maySayText(Buffer.concat(partial)));
    };
  }

  /** Looks into what people read of an archive beside its items: the run reports of every workspace. */
  seeReports(archive: string): void {
    const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();
    const root = join(archive, '.arctera-archive');
    if (!isFolder(root)) return;
    const folders = readdirSync(root).map((workspace) => join(root, workspace, 'reports'));
    for (const folder of folders.filter(isFolder)) {
      for (const name of readdirSync(folder)) this.see(`report ${name}`, readFileSync(join(folder, name), 'utf8'));
    }
  }
}
