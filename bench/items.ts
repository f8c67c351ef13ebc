// Counts the items of an archive folder.
import {readdirSync, statSync} from 'node:fs';
import {join} from 'node:path';

export function countItems(archive: string): {readonly count: number; readonly bytes: number} {
  const names = readdirSync(archive, {recursive: true, encoding: 'utf8'}).filter((name) => name.endsWith('.eml'));
  const bytes = names.reduce((sum, name) => sum + statSync(join(archive, name)).size, 0);
  return {count: names.length, bytes};
}
