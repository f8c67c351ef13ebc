// Every text that lies in a folder, decoded: names, mail headers and bodies, entries of archives, strings within JSON.
import {readdirSync, readFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import Database from 'better-sqlite3';
import {unzipSync} from 'fflate';
import {simpleParser} from 'mailparser';

export interface DecodedText {
  /** The path of the file, and what within it. */
  readonly place: string;
  readonly text: string;
}

/** Hidden folders too: whatever is written there may be read by somebody. */
export async function decodeFolder(folder: string): Promise<DecodedText[]> {
  const texts: DecodedText[] = [];
  for (const entry of readdirSync(folder, {recursive: true, withFileTypes: true})) {
    const path = join(entry.parentPath, entry.name);
    texts.push({place: `name of ${path}`, text: entry.name});
    if (entry.isFile()) texts.push(...(await decodeFile(path, readFileSync(path))));
  }
  return texts;
}

async function decodeFile(place: string, bytes: Buffer): Promise<DecodedText[]> {
  const text = bytes.toString('utf8');
  const raw = {place, text};
  const name = basename(place);
  if (/\.(?:eml|rsmf)$/.test(name)) return [raw, ...(await decodeMail(place, bytes))];
  if (name.endsWith('.zip')) {
    const entries = Object.entries(unzipSync(bytes));
    const within = entries.map(([entry, content]) => decodeFile(`${place}/${entry}`, Buffer.from(content)));
    return [raw, ...entries.map(([entry]) => ({place: `names in ${place}`, text: entry})), ...(await all(within))];
  }
  if (name.endsWith('.sqlite')) return [raw, ...decodeLedger(place)];
  if (/\.jsonl?$/.test(name)) {
    const documents = name.endsWith('.json') ? [text] : text.split('\n').filter((line) => line !== '');
    return [raw, ...documents.map((json) => ({place: `strings in ${place}`, text: stringsOf(json)}))];
  }
  return [raw];
}

async function decodeMail(place: string, bytes: Buffer): Promise<DecodedText[]> {
  const {headers, text = '', html, attachments} = await simpleParser(bytes, {skipHtmlToText: true});
  const files = attachments.map(({filename = '', content}) => decodeFile(`${place}/${filename}`, content));
  return [
    {place: `headers of ${place}`, text: JSON.stringify([...headers])},
    {place: `text of ${place}`, text},
    {place: `page of ${place}`, text: withoutMarkup(typeof html === 'string' ? html : '')},
    ...attachments.map(({filename = ''}) => ({place: `attachment names of ${place}`, text: filename})),
    ...(await all(files)),
  ];
}

function decodeLedger(file: string): DecodedText[] {
  const db = new Database(file, {readonly: true});
  try {
    const tables = db.prepare<[], {name: string}>("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    return tables.flatMap(({name}) =>
      db
        .prepare<[], object>(`SELECT * FROM "${name}"`)
        .all()
        .flatMap((row) => Object.values(row).filter((value): value is string => typeof value === 'string'))
        .map((text) => ({place: `${name} of ${file}`, text: `${text}\n${stringsOf(text)}`}))
    );
  } finally {
    db.close();
  }
}

async function all(lists: readonly Promise<DecodedText[]>[]): Promise<DecodedText[]> {
  return (await Promise.all(lists)).flat();
}

function withoutMarkup(html: string): string {
  const named: Readonly<Record<string, string>> = {lt: '<', gt: '>', amp: '&', quot: '"', nbsp: ' '};
  return html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&#x([0-9a-f]+);/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll(/&([a-z]+);/g, (whole, name: string) => named[name] ?? whole);
}

/** Keys and strings of a JSON text, those of JSON within its strings too; a text that is not JSON is itself. */
function stringsOf(json: string): string {
  const found: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value === 'string') {
      found.push(value);
      if (/^\s*[[{]/.test(value)) visit(parsed(value));
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, member] of Object.entries(value)) {
        found.push(key);
        visit(member);
      }
    } else found.push(String(value));
  };
  visit(parsed(json) ?? json);
  return found.join('\n');
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
