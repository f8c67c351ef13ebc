// Renders an item in one piece and reads it back, for the tests of rendering.
import {simpleParser} from 'mailparser';
import {toItemRecordText} from '../../../destination-arctera-archive/ledger/entry';
import {formats} from '../../../destination-arctera-archive/render/formats';
import {conversationIdOf, type Item} from '../../../destination-arctera-archive/render/item';
import {settings} from './sample-items';

export async function renderWhole(item: Item, format: keyof typeof formats = 'eml'): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of formats[format].render(item, settings, recordOf(item))) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

function toConversation(id: string | undefined, subject: string): {id: string; subject: string} | undefined {
  return id === undefined ? undefined : {id, subject};
}

function recordOf(item: Item): string {
  const {kind, originals, policyVersion, subject, workspaceId} = item;
  return toItemRecordText({
    workspaceId,
    facts: {
      kind,
      stream: item.kind === 'messages' ? 'messages' : item.kind === 'addendum' ? 'files' : item.stream,
      records: originals,
      files: [],
      conversation: toConversation(conversationIdOf(item), subject),
      policyVersion,
      targets: ['default'],
      decision: undefined,
    },
  });
}

interface ParsedAttachment {
  readonly filename?: string;
  readonly contentType: string;
  readonly content: Buffer;
}

export interface ParsedMessage {
  readonly subject?: string;
  readonly text?: string;
  readonly html?: string;
  readonly attachments: readonly ParsedAttachment[];
  readonly headerLines: readonly {readonly key: string; readonly line: string}[];
}

export async function parseMessage(bytes: Buffer): Promise<ParsedMessage> {
  return (await simpleParser(bytes)) as unknown as ParsedMessage;
}

/** The value of the only header of that name, unfolded. */
export function onlyHeader(parsed: ParsedMessage, name: string): string {
  const lines = parsed.headerLines.filter(({key}) => key === name.toLowerCase());
  if (lines.length !== 1) throw new Error(`${name} occurs ${lines.length} times`);
  return lines[0]!.line
    .replace(/\r?\n(?=[ \t])/g, '')
    .slice(name.length + 1)
    .trim();
}

/** What is wrong with the bytes as RFC 5322 lines; empty when nothing is. */
export function lineFaults(bytes: Buffer): string[] {
  const text = bytes.toString('latin1');
  const faults: string[] = [];
  if (/(?<!\r)\n|\r(?!\n)/.test(text)) faults.push('bare CR or LF');
  if (/[^\t\r\n\x20-\x7e]/.test(text)) faults.push('not printable ASCII');
  if (text.split('\r\n').some((line) => line.length > 998)) faults.push('line over 998 octets');
  if (/^[ \t]+$/m.test(text.slice(0, text.indexOf('\r\n\r\n')))) faults.push('blank header line');
  return faults;
}
