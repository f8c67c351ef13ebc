// Keeps the summary of a run as files beside the ledger: JSON and CSV for machines, a page for people.
import {readdirSync} from 'node:fs';
import {mkdir, rename, writeFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {renderCsv} from './csv-report';
import {renderReport} from './html-report';
import type {Summary} from './summary';

/** Paths relative to the ledger's folder. */
export function namesOfReports(folder: string): string[] {
  return readdirSync(folder).map((name) => join(basename(folder), name));
}

export async function writeReport(folder: string, summary: Summary): Promise<void> {
  await mkdir(folder, {recursive: true});
  const path = join(folder, `${summary.ended_at.replaceAll(':', '')}-${summary.run_id}`);
  const files = {
    json: `${JSON.stringify(summary, undefined, 2)}\n`,
    csv: renderCsv(summary),
    html: renderReport(summary),
  };
  for (const [ending, content] of Object.entries(files)) {
    await writeFile(`${path}.${ending}.part`, content, {mode: 0o600});
    await rename(`${path}.${ending}.part`, `${path}.${ending}`);
  }
}
