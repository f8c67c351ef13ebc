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

/** Collects leaks, each with the place where it was seen. */
export class CanaryWatch {
  private readonly leaks: string[] = [];

  /** @param isRecord records of the source carry message text, and only that */
  see(place: string, output: string, isRecord = false): void {
    for (const word of isRecord ? secrets : [...secrets, ...texts]) {
      if (output.includes(word)) this.leaks.push(`${place} shows ${JSON.stringify(word)}`);
    }
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

  assertNone(): void {
    if (this.leaks.length > 0) throw new Error(`Something leaked: ${[...new Set(this.leaks)].join('; ')}.`);
  }
}
