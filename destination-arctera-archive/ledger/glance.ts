// Looks at a ledger without holding it: whose it is, and whether a run left intents open in it.
import {parseBody} from './entry';
import {openToRead} from './open-to-read';
import {onLedger} from './sqlite-error';
import {hasLedger, type WorkspaceFolder} from './workspace-folder';

/** A run that was cut off between making the folder and the ledger leaves one without the other, or an empty one. */
export function hasBegunLedger(folder: WorkspaceFolder): boolean {
  return hasLedger(folder) && glanceAtLedger(folder.ledger) !== undefined;
}

export interface Glance {
  readonly workspaceId: string;
  readonly hasOpenIntents: boolean;
}

/** Undefined for a ledger that no run has begun. Throws TransientError `ledger_locked` when a writer holds it. */
export function glanceAtLedger(file: string): Glance | undefined {
  return onLedger(() => {
    const db = openToRead(file);
    try {
      if (db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'entries'`).get() === undefined) return undefined;
      const first = db.prepare<[], {body: string}>('SELECT body FROM entries WHERE seq = 1').get();
      if (first === undefined) return undefined;
      return {
        workspaceId: parseBody(1, 'genesis', first.body).workspace_id,
        hasOpenIntents: db.prepare('SELECT 1 FROM open_intents LIMIT 1').get() !== undefined,
      };
    } finally {
      db.close();
    }
  });
}
