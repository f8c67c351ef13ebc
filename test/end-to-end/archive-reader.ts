// Reads an archive folder back with an independent mail parser.
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {simpleParser} from 'mailparser';

export interface ArchivedItem {
  readonly path: string;
  readonly kind: string;
  readonly subject: string;
  readonly references: string;
  readonly from: string;
  readonly text: string;
  /** Lines of `events.jsonl`. */
  readonly originals: readonly string[];
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

export async function readArchive(archive: string): Promise<ArchivedItem[]> {
  return Promise.all(
    itemPaths(archive).map(async (path) => {
      const parsed = (await simpleParser(readFileSync(join(archive, path)))) as ParsedItem;
      const attachments = parsed.attachments.map(({filename = '', content}) => ({name: filename, content}));
      const events = attachments.find(({name}) => name === 'events.jsonl')?.content.toString('utf8') ?? '';
      return {
        path,
        kind: String(parsed.headers.get('x-ai-item-kind')),
        subject: parsed.subject ?? '',
        references: String(parsed.references),
        from: parsed.from?.text ?? '',
        text: parsed.text ?? '',
        originals: events.split('\n').slice(0, -1),
        attachments: attachments.filter(({name}) => name !== 'events.jsonl'),
      };
    })
  );
}

/** Every original of the archive, in one sorted list: a repeated one shows. */
export async function readOriginals(archive: string): Promise<string[]> {
  return (await readArchive(archive)).flatMap(({originals}) => originals).sort();
}

/** Contents of the set-aside folder of a workspace. */
export function readSetAside(archive: string, workspace: string): {code: string; record: string}[] {
  const folder = join(archive, '.arctera-archive', workspace, 'set-aside');
  return readdirSync(folder).map(
    (name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as {code: string; record: string}
  );
}
