// Opens a ledger for somebody who only reads, also where nothing can be written: on a snapshot, or a share for auditors.
import {accessSync, chmodSync, constants, copyFileSync, existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import Database, {type Database as Connection} from 'better-sqlite3';
import {isDatabaseError} from './sqlite-error';

/** No writer can open the ledger meanwhile. Throws the error of SQLite, one of those that `isLocked` tells where a writer holds it. */
export function openToRead(file: string): Connection {
  try {
    return open(file);
  } catch (error) {
    const isRefused = isDatabaseError(error, 'SQLITE_CANTOPEN') || isDatabaseError(error, 'SQLITE_READONLY');
    if (!isRefused || !isAtRest(file)) throw error;
    const copy = openCopy(file);
    if (isAtRest(file)) return copy;
    copy.close();
    throw error;
  }
}

function open(file: string): Connection {
  const db = new Database(file, {readonly: true, fileMustExist: true, timeout: 0});
  try {
    db.prepare('SELECT 1 FROM sqlite_schema').get(); // only now is anything read
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Nobody can write beside it, and nothing is there that a writer holds or has left: the file is all there is. */
function isAtRest(file: string): boolean {
  if (!existsSync(file) || existsSync(`${file}-wal`)) return false;
  try {
    accessSync(dirname(file), constants.W_OK);
    return false;
  } catch {
    return true;
  }
}

/** In a mode that needs no file beside it, so that its name can go at once. It takes the ledger's room until it is closed. */
function openCopy(file: string): Connection {
  const folder = mkdtempSync(join(tmpdir(), 'arctera-archive-'));
  try {
    const copy = join(folder, 'ledger.sqlite');
    copyFileSync(file, copy);
    chmodSync(copy, 0o600);
    const db = new Database(copy, {timeout: 0});
    try {
      db.pragma('journal_mode = DELETE');
    } finally {
      db.close();
    }
    return open(copy);
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}
