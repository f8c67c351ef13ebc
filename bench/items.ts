// Counts the items of an archive folder, and other files in it.
import {readdirSync, statSync} from 'node:fs';
import {join} from 'node:path';

export interface Amount {
  readonly count: number;
  readonly bytes: number;
}

export function countItems(archive: string): Amount {
  return countFiles(archive, (name) => name.endsWith('.eml'));
}

export function countFiles(archive: string, isCounted: (name: string) => boolean): Amount {
  const names = readdirSync(archive, {recursive: true, encoding: 'utf8'}).filter(isCounted);
  const bytes = names.reduce((sum, name) => sum + statSync(join(archive, name)).size, 0);
  return {count: names.length, bytes};
}
