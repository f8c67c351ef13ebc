// Proves that what was set aside is still there, and still what it was: the records, and the bytes that belong to them.
import {basename} from 'node:path';
import type {Database as Connection} from 'better-sqlite3';
import type * as z from 'zod';
import {sha256Hex} from '../../core/digest';
import {systemCode} from '../../core/errors';
import {parseBody} from './entry';
import {inParallel} from './in-parallel';
import type {KeptFiles} from './kept-files';
import type {Problems} from './problems';
import {copySchema, readCopyText} from './set-aside-copy';

const checksAtOnce = 8;
/** What the system says where there is no file. */
const absent: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP']);

/** @param kept beside the ledger */
export async function checkSetAside(db: Connection, kept: KeptFiles, problems: Problems): Promise<void> {
  const bodyOf = db.prepare<[number], {body: string}>('SELECT body FROM main.entries WHERE seq = ?');
  const next = db.prepare<[number], {entry: number}>(
    'SELECT entry FROM temp.set_aside WHERE entry > ? ORDER BY entry LIMIT 1'
  );
  // The bytes of an item belong to each of its records.
  const areWhole = new Map<string, boolean | undefined>();
  // One at a time: a copy is read as a whole, and may be as large as a line of the input.
  for (let row = next.get(0); row !== undefined; row = next.get(row.entry)) {
    const {entry} = row;
    const {record_id: recordId, sha256, path} = parseBody(entry, 'set_aside', bodyOf.get(entry)?.body ?? '');
    const text = await findCopyText(path, kept);
    if (text === undefined) {
      problems.add(`The record set aside by entry ${entry} is missing: ${path}.`);
      continue;
    }
    const copy = parseCopy(text);
    if (copy === undefined || !isCopyOf(copy, {recordId, sha256})) {
      problems.add(`The record set aside by entry ${entry} differs from what was set aside: ${path}.`);
      continue;
    }
    for (const bytes of bytesOf(copy)) {
      if (!areWhole.has(bytes)) areWhole.set(bytes, await isNamedByHash(bytes, kept));
      const found = areWhole.get(bytes);
      if (found === true) continue;
      const what = found === undefined ? 'are missing' : 'differ';
      problems.add(`The bytes that belong to the record set aside by entry ${entry} ${what}: ${bytes}.`);
    }
  }
}

/** The bytes of items that a target refused: nobody else may have their place in it. */
export async function checkRefusals(db: Connection, kept: KeptFiles, problems: Problems): Promise<void> {
  const refusals = db.prepare<[], {entry: number; path: string; sha256: string}>(
    'SELECT DISTINCT entry, path, sha256 FROM temp.refusals'
  );
  await inParallel(refusals.all(), checksAtOnce, async ({entry, path, sha256}) => {
    const found = await kept.digest(path);
    if (found === sha256) return;
    problems.add(`The item that entry ${entry} sets aside ${found === undefined ? 'is missing' : 'differs'}: ${path}.`);
  });
}

/** Throws what keeps a file from being read that may be there: then nothing is known of it. */
async function findCopyText(path: string, kept: KeptFiles): Promise<string | undefined> {
  try {
    return await readCopyText(path, kept);
  } catch (error) {
    const code = systemCode(error) ?? '';
    if (/^E[A-Z0-9]+$/.test(code) && !absent.has(code)) throw error;
    return undefined;
  }
}

function parseCopy(text: string): z.output<typeof copySchema> | undefined {
  return copySchema.safeParse(parse(text)).data;
}

/** Whether a copy is still that of the record. Of a row that carries an event, the hash is that of the event. */
export function isCopyOf(
  copy: {readonly record_id: string; readonly sha256: string; readonly record: string},
  {recordId, sha256}: {readonly recordId: string; readonly sha256: string}
): boolean {
  if (copy.record_id !== recordId || copy.sha256 !== sha256) return false;
  if (sha256Hex(copy.record) === sha256) return true;
  const {event} = toMembers(copy.record);
  return typeof event === 'string' && [event, Buffer.from(event, 'base64')].some((each) => sha256Hex(each) === sha256);
}

/** Of an item that was refused, and of an upload: files that are named by their hash. */
function bytesOf({stream, item, record}: z.output<typeof copySchema>): readonly string[] {
  const {bytes, sha256} = stream.endsWith('file_chunks') ? toMembers(record) : {};
  const upload = `set-aside/${String(sha256)}.bytes`;
  return [...(item === undefined ? [] : [item]), ...(bytes === upload ? [upload] : [])];
}

function toMembers(text: string): Readonly<Record<string, unknown>> {
  const value = parse(text);
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Undefined where it is not there. */
async function isNamedByHash(path: string, kept: KeptFiles): Promise<boolean | undefined> {
  const found = await kept.digest(path);
  return found === undefined ? undefined : found === basename(path, '.bytes');
}
