// Summaries of the newest runs, for whoever asks while a run may hold the ledger.
import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {toConnectorError} from '../../core/errors';
import {glanceAtLedger} from './glance';
import {openLedgerToRead} from './read-entries';
import {readRuns} from './runs';
import {hasLedger, type WorkspaceFolder} from './workspace-folder';

export type RunSummary = Readonly<Record<string, unknown>>;

/** Of the ledger; while a run holds it, of the reports that earlier runs wrote beside it. Oldest first. */
export async function* summariesIn(folder: WorkspaceFolder, newest: number): AsyncGenerator<RunSummary> {
  try {
    if (!hasLedger(folder) || glanceAtLedger(folder.ledger) === undefined) return;
    const ledger = openLedgerToRead(folder.ledger);
    try {
      const after = (await readRuns(ledger.entries)).at(-newest)?.after ?? 0;
      for await (const {kind, body} of ledger.entries(['run_report'], after))
        if (kind === 'run_report') yield body.summary;
    } finally {
      ledger.close();
    }
  } catch (error) {
    if (toConnectorError(error).code !== 'ledger_locked') throw error;
    yield* readReports(folder.reports, newest);
  }
}

async function* readReports(folder: string, newest: number): AsyncGenerator<RunSummary> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  for (const name of names.slice(-newest)) {
    yield JSON.parse(await readFile(join(folder, name), 'utf8')) as RunSummary;
  }
}
