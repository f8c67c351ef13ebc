// What fits into one item: how its records are divided, and whether it has room for another file.
import {toAttachmentBytes} from '../render/base64-lines';
import type {Original} from '../render/item';

export interface ItemLimits {
  /** Of the item as it is written; undefined: as large as it gets. */
  readonly bytes: number | undefined;
  /** Of the originals' texts. */
  readonly characters?: number;
  readonly records?: number;
}

/** Consecutive records, as many in a part as fit into an item. One that fits into none has an item of its own. */
export function toParts<Held extends {readonly original: Pick<Original, 'text'>}>(
  records: readonly Held[],
  {bytes: maxBytes, characters: maxCharacters = Infinity, records: maxRecords = Infinity}: ItemLimits
): Held[][] {
  const parts: Held[][] = [];
  let characters = 0;
  let bytes = 0;
  for (const record of records) {
    const {text} = record.original;
    const shownBytes = maxBytes === undefined ? 0 : toShownBytes(text);
    characters += text.length;
    bytes += shownBytes;
    const last = parts.at(-1);
    const fits = characters <= maxCharacters && (maxBytes === undefined || bytes <= maxBytes);
    if (last !== undefined && last.length < maxRecords && fits) last.push(record);
    else {
      parts.push([record]);
      characters = text.length;
      bytes = shownBytes;
    }
  }
  return parts;
}

/** What is left of an item for files when its originals are in it. */
export class ItemRoom {
  private leftBytes: number;

  constructor(originals: readonly Pick<Original, 'text'>[], maxBytes: number | undefined) {
    this.leftBytes = maxBytes ?? Infinity;
    if (maxBytes !== undefined) for (const {text} of originals) this.leftBytes -= toShownBytes(text);
  }

  hasRoomFor(fileBytes: number): boolean {
    return toAttachmentBytes(fileBytes) <= this.leftBytes;
  }

  take(fileBytes: number): void {
    this.leftBytes -= toAttachmentBytes(fileBytes);
  }
}

/** Headings and the markup around what an original says. */
const frameBytes = 1000;
/** What mail or pages write as several characters. */
const escaped = /[=<>&"'\\]| {2}/g;

/** What may begin or end markup in the Markdown of an answer, with what it adds to the page at most, or nearly so. */
const markup: readonly (readonly [sign: string, bytes: number])[] = [
  ['\\n', 24], // a line end, as JSON writes it: headings, list items, rows
  ['|', 12],
  ['*', 12],
  ['_', 12],
  ['`', 12],
  ['[', 48],
];

/** What an original takes in an item, roughly and rather too much: it is there as text, as a page, and as it came. */
function toShownBytes(text: string): number {
  const {length} = text;
  const escapedLength = length - text.replaceAll(escaped, '').length;
  const beyondAscii = Buffer.byteLength(text) - length; // each of these bytes takes three, twice over
  const markupBytes = markup.reduce((sum, [sign, bytes]) => sum + bytes * (text.split(sign).length - 1), 0);
  return 4 * (length + escapedLength) + 11 * beyondAscii + markupBytes + frameBytes;
}
