// Keeps the summary of a run as a file beside the ledger.
import {mkdir, rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Summary} from './summary';

/** @returns path of the report */
export async function writeReport(folder: string, summary: Summary): Promise<string> {
  await mkdir(folder, {recursive: true});
  const path = join(folder, `${summary.ended_at.replaceAll(':', '')}-${summary.run_id}.json`);
  await writeFile(`${path}.part`, `${JSON.stringify(summary, undefined, 2)}\n`);
  await rename(`${path}.part`, path);
  return path;
}
