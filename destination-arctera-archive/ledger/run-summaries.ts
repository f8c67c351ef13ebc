// Summaries of the newest runs, for whoever asks while a run may hold the ledger.
import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {systemCode, toConnectorError} from '../../core/errors';
import {isObject, parseJson} from '../../core/json-values';
import {glanceAtLedger} from './glance';
import {openLedgerToRead} from './read-entries';
import {readRuns} from './runs';
import {hasLedger, type WorkspaceFolder} from './workspace-folder';

export type RunSummary = Readonly<Record<string, unknown>>;

/** Of the ledger; while a run holds it, of the reports that earlier runs wrote beside it. Oldest first. */
export async function* summariesIn(folder: WorkspaceFolder, newest: number): AsyncGenerator<RunSummary> {
  try {
    if (!hasLedger(folder) || glanceAtLedger(folder.ledger) === undefined) {
      yield* readReports(folder.reports, newest); // of a ledger that was lost: how old the capture is may not be hidden
      return;
    }
    const ledger = openLedgerToRead(folder.ledger);
    try {
      const after = (await readRuns(ledger.entries)).at(-newest)?.after ?? 0;
      let isTold = false;
      for await (const {kind, body} of ledger.entries(['run_report'], after)) {
        if (kind !== 'run_report') continue;
        isTold = true;
        yield body.summary;
      }
      if (!isTold) yield* readReports(folder.reports, newest); // it was made anew, and the reports of before are left
    } finally {
      ledger.close();
    }
  } catch (error) {
    if (toConnectorError(error).code !== 'ledger_locked') throw error;
    yield* readReports(folder.reports, newest);
  }
}

async function* readReports(folder: string, newest: number): AsyncGenerator<RunSummary> {
  const found = await readdir(folder).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  });
  const names = found.filter((name) => name.endsWith('.json')).sort();
  for (const name of names.slice(-newest)) {
    const summary = parseJson(await readFile(join(folder, name), 'utf8'));
    // A power cut may have left one empty: the others tell how old the capture is.
    if (isObject(summary)) yield summary;
  }
}
