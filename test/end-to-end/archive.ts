// Reads an archive folder back with an independent MIME parser: every item, its originals and its uploads.
import {createHash} from 'node:crypto';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {simpleParser} from 'mailparser';

export interface ArchivedItem {
  readonly path: string;
  readonly kind: string;
  readonly subject: string;
  /** Lines of events.jsonl. */
  readonly originals: readonly string[];
  readonly uploads: readonly {readonly name: string; readonly sha256: string; readonly size: number}[];
}

/** Paths of all items below the folder. */
export function listItems(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, {recursive: true, encoding: 'utf8'})
    .filter((name) => name.endsWith('.eml'))
    .map((name) => join(folder, name));
}

export async function readItem(path: string): Promise<ArchivedItem> {
  const mail = await simpleParser(readFileSync(path), {
    skipHtmlToText: true,
    skipTextToHtml: true,
    skipImageLinks: true,
  });
  const originals = mail.attachments.find(({filename}) => filename === 'events.jsonl');
  const lines = (originals?.content.toString('utf8') ?? '').split('\n');
  if (lines.pop() !== '') throw new Error(`${path}: events.jsonl does not end with a newline`);
  return {
    path,
    kind: String(mail.headers.get('x-ai-item-kind')),
    subject: mail.subject ?? '',
    originals: lines,
    uploads: mail.attachments
      .filter((attachment) => attachment !== originals)
      .map(({filename, content}) => ({name: filename ?? '', sha256: sha256(content), size: content.length})),
  };
}

export async function readArchive(folder: string): Promise<ArchivedItem[]> {
  const items: ArchivedItem[] = [];
  for (const path of listItems(folder)) items.push(await readItem(path));
  return items;
}

export function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
