// What an error of SQLite means for the run.
import {closeSync, openSync} from 'node:fs';
import {
  ConfigError,
  type ConnectorError,
  IntegrityError,
  isDiskFull,
  isOutOfFiles,
  systemCode,
  toConnectorError,
  toOutOfFiles,
  TransientError,
} from '../../core/errors';

/** Whether another process, or another connection of this one, holds the ledger. */
export function isLocked(error: unknown): boolean {
  return isDatabaseError(error, 'SQLITE_BUSY') || isDatabaseError(error, 'SQLITE_LOCKED');
}

/** Runs one piece of work on the ledger, so that what SQLite throws comes out as one of our errors. */
export function onLedger<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw toLedgerError(error);
  }
}

export function toLedgerError(error: unknown): ConnectorError {
  const cause = {cause: error};
  const primary = /^SQLITE_[A-Z]+/.exec(systemCode(error) ?? '')?.[0];
  switch (primary) {
    case 'SQLITE_BUSY':
    case 'SQLITE_LOCKED':
      return new TransientError('ledger_locked', 'Another process holds the ledger.', cause);
    case 'SQLITE_FULL':
      return new TransientError('disk_full', 'The ledger cannot grow.', cause);
    case 'SQLITE_IOERR':
      return new TransientError('storage_failed', 'The disk failed under the ledger.', cause);
    case 'SQLITE_CORRUPT':
    case 'SQLITE_NOTADB':
      return new IntegrityError('ledger_damaged', 'The ledger file cannot be read.', cause);
    case 'SQLITE_ERROR': // our statements are constant: what they name is not there
      return new IntegrityError('ledger_damaged', 'The ledger lacks a table or a column.', cause);
    case 'SQLITE_CANTOPEN':
    case 'SQLITE_READONLY':
    case 'SQLITE_PERM': {
      const lacking = primary === 'SQLITE_CANTOPEN' ? findLackOfFiles() : undefined;
      if (lacking !== undefined) return toOutOfFiles(lacking, error);
      return new ConfigError('target_not_writable', 'The ledger cannot be opened.', cause);
    }
    default:
      return toConnectorError(error);
  }
}

/** The ledger, its log and the index of that: what SQLite had of them it has given back by now. */
const filesOfLedger = 3;

/** SQLite does not say why it cannot open a file: whether it is because no more files may be open shows in opening some. */
function findLackOfFiles(): 'EMFILE' | 'ENFILE' | undefined {
  const opened: number[] = [];
  try {
    while (opened.length < filesOfLedger) opened.push(openSync('/', 'r'));
    return undefined;
  } catch (error) {
    const code = systemCode(error);
    return isOutOfFiles(code) ? code : undefined;
  } finally {
    opened.forEach((each) => closeSync(each));
  }
}

/** What the system says when it cannot flush what SQLite has written. */
export function toFlushError(error: unknown): ConnectorError {
  const code = systemCode(error);
  if (code === undefined || isOutOfFiles(code)) return toConnectorError(error);
  const [what, words] = isDiskFull(code)
    ? (['disk_full', 'The ledger cannot grow'] as const)
    : (['storage_failed', 'The disk failed under the ledger'] as const);
  return new TransientError(what, `${words} (${code}).`, {cause: error});
}

/** Whether SQLite threw this (told by the code: a native module's class may be that of another realm), with this primary code. */
export function isDatabaseError(error: unknown, code: string): boolean {
  return systemCode(error)?.startsWith(code) === true;
}
