// Reads an archive folder back with an independent mail parser: every item, its originals and its uploads.
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {simpleParser} from 'mailparser';

export interface ArchivedItem {
  /** Relative to the archive. */
  readonly path: string;
  readonly kind: string;
  readonly subject: string;
  readonly references: string;
  readonly from: string;
  readonly text: string;
  /** Lines of `events.jsonl`. */
  readonly originals: readonly string[];
  /** Uploads, bit for bit; what the item says of itself is left out. */
  readonly attachments: readonly {readonly name: string; readonly content: Buffer}[];
}

interface ParsedItem {
  readonly subject?: string;
  readonly text?: string;
  readonly references?: string | readonly string[];
  readonly from?: {readonly text: string};
  readonly headers: ReadonlyMap<string, unknown>;
  readonly attachments: readonly {readonly filename?: string; readonly content: Buffer}[];
}

/** Paths of all items, relative to the archive, in order. What the ledger keeps beside them comes and goes meanwhile. */
export function itemPaths(archive: string): string[] {
  if (!existsSync(archive)) return [];
  const folders = readdirSync(archive, {withFileTypes: true}).filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith('.')
  );
  return folders
    .flatMap(({name}) =>
      readdirSync(join(archive, name), {recursive: true, encoding: 'utf8'}).map((path) => join(name, path))
    )
    .filter((path) => path.endsWith('.eml'))
    .sort();
}

async function readItem(archive: string, path: string): Promise<ArchivedItem> {
  const parsed = (await simpleParser(readFileSync(join(archive, path)), {
    skipHtmlToText: true,
    skipTextToHtml: true,
    skipImageLinks: true,
  })) as ParsedItem;
  const attachments = parsed.attachments.map(({filename = '', content}) => ({name: filename, content}));
  const lines = (attachments.find(({name}) => name === 'events.jsonl')?.content.toString('utf8') ?? '').split('\n');
  if (lines.pop() !== '') throw new Error(`${path}: events.jsonl is missing or does not end with a newline`);
  return {
    path,
    kind: String(parsed.headers.get('x-ai-item-kind')),
    subject: parsed.subject ?? '',
    references: String(parsed.references),
    from: parsed.from?.text ?? '',
    text: parsed.text ?? '',
    originals: lines,
    attachments: attachments.filter(({name}) => !['events.jsonl', 'item.json'].includes(name)),
  };
}

/** One item at a time, because an archive may be large. */
export async function readArchive(archive: string): Promise<ArchivedItem[]> {
  const items: ArchivedItem[] = [];
  for (const path of itemPaths(archive)) items.push(await readItem(archive, path));
  return items;
}

/** Every original of the archive, in one sorted list: a repeated one shows. */
export async function readOriginals(archive: string): Promise<string[]> {
  return (await readArchive(archive)).flatMap(({originals}) => originals).sort();
}

/** Copies of records in the set-aside folder of a workspace. */
export function readSetAside(archive: string, workspace: string): {code: string; record: string}[] {
  const folder = join(archive, '.arctera-archive', workspace, 'set-aside');
  const copies = readdirSync(folder).filter((name) => name.endsWith('.json') && !name.endsWith('.item.json'));
  return copies.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as {code: string; record: string});
}

/** The reports of all runs of a workspace, oldest first. */
export function readReports(archive: string, workspace = 'ws-1'): RunReport[] {
  const folder = join(archive, '.arctera-archive', workspace, 'reports');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as RunReport);
}

type Counts = Readonly<Record<string, number>>;

export interface RunReport {
  readonly complete: boolean;
  readonly streams: Readonly<Record<string, Counts>>;
  readonly users: Readonly<Record<string, Counts>>;
  readonly days: Readonly<Record<string, Counts>>;
  readonly files: Counts;
  readonly items: Counts;
  readonly incomplete_transfers: number;
  readonly reconciled: boolean | null;
  readonly unreconciled?: readonly unknown[];
  readonly capture_runs: readonly unknown[];
}
