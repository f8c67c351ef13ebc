// Where the ledgers of all workspaces lie: in a folder, or in a database.
import {toConnectorError} from '../../core/errors';
import {type Explainer, openExplainer} from './explain';
import {type Glance, glanceAtLedger, hasBegunLedger} from './glance';
import type {EvidenceLedger} from './evidence';
import type {LockWait} from './ledger-lock';
import type {Mirror} from './mirror';
import {toKey} from './projection';
import {type RebuildOptions, type Rebuilt, rebuildLedger} from './rebuild';
import {type RunSummary, summariesIn} from './run-summaries';
import {type AskArchiveId, openSqliteLedger} from './sqlite-ledger';
import {
  clearTemporary,
  hasLedger,
  hasTraces,
  listWorkspaceFolders,
  makeWorkspaceFolder,
  toWorkspaceFolder,
  type WorkspaceFolder,
  workspaceFolderNamed,
} from './workspace-folder';

export interface OpenLedgerOptions extends LockWait {
  readonly workspaceId: string;
  readonly archiveId: AskArchiveId;
}

/** A ledger that is held, with the folder for what belongs to it. */
export interface HeldLedger {
  readonly ledger: EvidenceLedger;
  readonly folder: WorkspaceFolder;
  /** Set where the folder does not last. */
  readonly mirror: Mirror | undefined;
}

/** What a ledger knows an untrusted id by. */
export type IdKey = (id: string) => string;

export interface LedgerPlace {
  /** Where its folders lie: named when one of them cannot be used. */
  readonly root: string;
  /** Names of the workspaces that something lies here of. */
  names(): readonly string[];
  /** Undefined for a ledger that no run has begun. Throws TransientError `ledger_locked` when a writer holds it. */
  glance(name: string): Glance | undefined;
  hasLedger(workspaceId: string): boolean;
  /** Whether a ledger was there that is gone: runs have left reports, or records that they set aside. */
  isLost(name: string): boolean;
  open(options: OpenLedgerOptions): Promise<HeldLedger>;
  /** Makes a lost ledger anew; it is there when it is whole. Throws ConfigError `ledger_present` where one is. */
  rebuild(options: RebuildOptions): Promise<Rebuilt>;
  /** Gives the ledger as a file with what belongs to it, for somebody who only reads. */
  inFolder<Result>(name: string, read: (folder: WorkspaceFolder, key: IdKey) => Promise<Result>): Promise<Result>;
  /** Of the newest runs, oldest first; also while one of them holds the ledger. */
  summaries(name: string, newest: number): AsyncIterable<RunSummary>;
  /** To be closed. Undefined for a ledger that no run has begun. Throws TransientError `ledger_locked` while a writer holds it. */
  explainer(name: string): Explainer | undefined;
  close(): void;
}

export class FolderPlace implements LedgerPlace {
  constructor(readonly root: string) {}

  names(): readonly string[] {
    return listWorkspaceFolders(this.root).map(({name}) => name);
  }

  glance(name: string): Glance | undefined {
    const folder = workspaceFolderNamed(this.root, name);
    return hasLedger(folder) ? glanceAtLedger(folder.ledger) : undefined;
  }

  hasLedger(workspaceId: string): boolean {
    return hasLedger(toWorkspaceFolder(this.root, workspaceId));
  }

  isLost(name: string): boolean {
    const folder = workspaceFolderNamed(this.root, name);
    try {
      return hasTraces(folder) && !hasBegunLedger(folder);
    } catch (error) {
      if (toConnectorError(error).code === 'ledger_locked') return false;
      throw error;
    }
  }

  async open(options: OpenLedgerOptions): Promise<HeldLedger> {
    const folder = toWorkspaceFolder(this.root, options.workspaceId);
    makeWorkspaceFolder(folder);
    const ledger = await openSqliteLedger({...options, file: folder.ledger});
    try {
      clearTemporary(folder);
    } catch (error) {
      ledger.close();
      throw error;
    }
    return {ledger, folder, mirror: undefined};
  }

  rebuild(options: RebuildOptions): Promise<Rebuilt> {
    return rebuildLedger(toWorkspaceFolder(this.root, options.workspaceId), options);
  }

  inFolder<Result>(name: string, read: (folder: WorkspaceFolder, key: IdKey) => Promise<Result>): Promise<Result> {
    return read(workspaceFolderNamed(this.root, name), toKey);
  }

  summaries(name: string, newest: number): AsyncIterable<RunSummary> {
    return summariesIn(workspaceFolderNamed(this.root, name), newest);
  }

  explainer(name: string): Explainer | undefined {
    const folder = workspaceFolderNamed(this.root, name);
    return hasLedger(folder) ? openExplainer(folder.ledger, name) : undefined;
  }

  close(): void {
    // nothing is open here
  }
}
