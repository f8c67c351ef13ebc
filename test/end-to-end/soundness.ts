// What every archived item must be, whatever went into it: a sound message whose headers, markup and names are all ours.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {lineFaults, type ParsedMessage, parseMessage} from '../destination-arctera-archive/render/render-whole';
import {itemPaths} from './archive-reader';

const once = ['From', 'To', 'Subject', 'Date', 'Message-ID', 'MIME-Version', 'Content-Type'];
const atMostOnce = [
  'In-Reply-To',
  'References',
  'X-AI-Platform',
  'X-AI-Item-Kind',
  'X-AI-Workspace-Id',
  'X-AI-Conversation-Id',
  'X-AI-Message-Count',
  'X-AI-Part',
  'X-AI-Model',
  'X-AI-Actor-Id',
  'X-AI-Policy-Version',
  'X-AI-Tags',
  'X-AI-Retention-Category',
  'X-AI-Retention-Days',
  'X-AI-Legal-Hold',
  'X-AI-Redactions',
  'X-AI-Content-SHA256',
];
const ourHeaders = new Set([...once, ...atMostOnce].map((name) => name.toLowerCase()));
const ourTags = new Set(
  (
    'html head meta title style body h1 table thead tbody tr th td br div span b p pre ' +
    'strong em s code ul ol li hr blockquote'
  ).split(' ')
);
const ourAttributes = new Set(
  (
    'lang http-equiv name content style role width cellpadding cellspacing border bgcolor align ' + 'class dir start'
  ).split(' ')
);
const reservedOnWindows = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

export interface ReadItem {
  readonly path: string;
  readonly bytes: Buffer;
  readonly parsed: ParsedMessage;
}

export async function readItems(archive: string): Promise<ReadItem[]> {
  return Promise.all(
    itemPaths(archive).map(async (path) => {
      const bytes = readFileSync(join(archive, path));
      return {path, bytes, parsed: await parseMessage(bytes)};
    })
  );
}

/** What is wrong with an item, or the place where it lies; empty when nothing is. */
export function faultsOfItem({path, bytes, parsed}: ReadItem): string[] {
  const place = /^[a-z0-9=._-]+\/([0-9a-f]{2})\/\1[0-9a-f]{62}\.eml$/.test(path) ? [] : [`path ${path}`];
  return [...place, ...faultsOfMessage(bytes, parsed)];
}

export function faultsOfMessage(bytes: Buffer, parsed: ParsedMessage): string[] {
  return [
    ...lineFaults(bytes),
    ...headerFaults(parsed.headerLines.map(({key}) => key)),
    ...markupFaults(parsed.html ?? ''),
    ...attachmentFaults(parsed),
    ...mediaTypeFaults(bytes.toString('latin1')),
  ];
}

/** The media types as written: parsers guess better ones from the names of attachments. */
function mediaTypeFaults(message: string): string[] {
  const boundary = /boundary="([^"]+)"/.exec(message)?.[1] ?? '';
  const [, ...parts] = message.split(`\r\n--${boundary}`);
  const types = parts.slice(0, -1).map((part) => /^\r\nContent-Type: ([^;\r\n]+)/.exec(part)?.[1] ?? 'none');
  const expected = types.map((_, index) => {
    if (index === 0) return 'multipart/alternative';
    if (index === types.length - 2) return 'application/json';
    return index === types.length - 1 ? 'application/x-ndjson' : 'application/octet-stream';
  });
  return types.join() === expected.join() ? [] : [`media types ${types.join(', ')}`];
}

function headerFaults(keys: readonly string[]): string[] {
  const count = (name: string): number => keys.filter((key) => key === name.toLowerCase()).length;
  return [
    ...keys.filter((key) => !ourHeaders.has(key)).map((key) => `header ${key}`),
    ...once.filter((name) => count(name) !== 1).map((name) => `${count(name)} times ${name}`),
    ...atMostOnce.filter((name) => count(name) > 1).map((name) => `${count(name)} times ${name}`),
  ];
}

function markupFaults(html: string): string[] {
  const faults: string[] = [];
  for (const [whole, tag = '', attributes = ''] of html.matchAll(/<[/!]?([a-z0-9]*)([^>]*)>?/gi)) {
    if (whole === '<!DOCTYPE html>') continue;
    if (!ourTags.has(tag)) faults.push(`tag ${whole.slice(0, 80)}`);
    for (const [, name = ''] of attributes.matchAll(/([^\s="]+)(?:="[^"]*")?/g)) {
      if (!ourAttributes.has(name)) faults.push(`attribute ${name} in ${whole.slice(0, 80)}`);
    }
  }
  return faults;
}

function attachmentFaults({attachments}: ParsedMessage): string[] {
  const names = attachments.map(({filename}) => filename ?? '');
  const folded = names.map((name) => name.normalize('NFC').toLowerCase());
  return [
    ...(names.at(-1) === 'events.jsonl' ? [] : [`last attachment ${names.at(-1) ?? 'is missing'}`]),
    ...(new Set(folded).size === folded.length ? [] : [`names that occur twice: ${names.join(', ')}`]),
    ...names.filter((name) => !isSafeName(name)).map((name) => `name ${JSON.stringify(name)}`),
  ];
}

function isSafeName(name: string): boolean {
  return (
    name !== '' &&
    Buffer.byteLength(name) <= 255 &&
    !/[/\\<>:"|?*\p{Cc}\p{Cf}\p{Surrogate}\u2028\u2029]|^[. ]|[. ]$/u.test(name) &&
    !reservedOnWindows.test(name)
  );
}
