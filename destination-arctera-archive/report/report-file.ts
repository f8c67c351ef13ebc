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

/** A run that left a report, as the name of the report tells it. */
export interface ReportedRun {
  readonly runId: string;
  readonly endedAt: string;
}

/** Undefined where no run has left any. */
export function newestReport(folder: string): ReportedRun | undefined {
  const found = readdirSync(folder).flatMap((name) => {
    const [, day, hour, minute, rest, runId] = reportName.exec(name) ?? [];
    return runId === undefined ? [] : {runId, endedAt: `${day}${hour}:${minute}:${rest}`};
  });
  return found.reduce<ReportedRun | undefined>(
    (newest, each) => (newest === undefined || each.endedAt > newest.endedAt ? each : newest),
    undefined
  );
}

const reportName = /^(\d{4}-\d\d-\d\dT)(\d\d)(\d\d)(\d\d\.\d{3}Z)-([0-9a-f-]{36})\.json$/;

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
