// Whether a page shows every word of a text: Markdown can drop what it is given, and a record must not hide a word.

/** Drawn by the list, so they are no words of the page. */
const listNumbers = /^[ \t>*+-]*\d{1,9}[.)](?=\s|$)/gm;
const word = /[\p{L}\p{N}]+/gu;
const tags = /<[^>]*>/g;
const entities = /&(?:amp|lt|gt|quot|#39);/g;
const entitiesAt = /&(?:amp|lt|gt|quot|#39);/y;

/** Whether a UTF-16 unit belongs to a word; a character of two units is asked for by itself. */
const isWordUnit = toWordUnits();

export function showsEveryWord(text: string, html: string): boolean {
  const written = text.replace(listNumbers, '');
  return showsInOrder(written, html) || showsAsOften(written, html);
}

/** Nearly every page does; to count the words of one costs many times as much. */
function showsInOrder(text: string, html: string): boolean {
  const written = new Words(text, false);
  const shown = new Words(html, true);
  while (written.next()) {
    do if (!shown.next()) return false;
    while (!isSame(written, shown));
  }
  return true;
}

function showsAsOften(text: string, html: string): boolean {
  const shown = countWords(html.replace(tags, ' ').replace(entities, ' '));
  for (const [each, count] of countWords(text)) if ((shown.get(each) ?? 0) < count) return false;
  return true;
}

function countWords(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [each] of text.matchAll(word)) counts.set(each, (counts.get(each) ?? 0) + 1);
  return counts;
}

/** Steps through the words of a text without making strings of them. */
class Words {
  start = 0;
  end = 0;

  constructor(
    readonly text: string,
    private readonly isHtml: boolean
  ) {}

  /** @returns whether there is another word */
  next(): boolean {
    const {text, isHtml} = this;
    let at = this.end;
    for (; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unitsOfWordAt(text, at, unit) > 0) break;
      if (isHtml && (unit === 0x3c || unit === 0x26)) at = behindMarkup(text, at, unit) - 1;
    }
    this.start = at;
    for (let units = 1; at < text.length && units > 0; at += units) {
      units = unitsOfWordAt(text, at, text.charCodeAt(at));
    }
    this.end = at;
    return this.end > this.start;
  }
}

/** Behind the tag or entity that begins there, or behind a sign that begins none. */
function behindMarkup(html: string, at: number, sign: number): number {
  if (sign === 0x3c) {
    const end = html.indexOf('>', at);
    return end === -1 ? at + 1 : end + 1;
  }
  entitiesAt.lastIndex = at;
  return entitiesAt.test(html) ? entitiesAt.lastIndex : at + 1;
}

/** How many units the character of a word has that begins there; 0 when it belongs to no word. */
function unitsOfWordAt(text: string, at: number, unit: number): number {
  if (unit < 0xd800 || unit > 0xdbff) return isWordUnit[unit] ?? 0;
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  return /^[\p{L}\p{N}]$/u.test(character) ? character.length : 0;
}

function isSame(a: Words, b: Words): boolean {
  const length = a.end - a.start;
  if (b.end - b.start !== length) return false;
  for (let at = 0; at < length; at++) {
    if (a.text.charCodeAt(a.start + at) !== b.text.charCodeAt(b.start + at)) return false;
  }
  return true;
}

function toWordUnits(): Uint8Array {
  const codes = new Uint16Array(0x10000);
  for (let unit = 0; unit < codes.length; unit++) codes[unit] = unit < 0xd800 || unit > 0xdfff ? unit : 0;
  const all = Buffer.from(codes.buffer).toString('utf16le');
  const units = new Uint8Array(codes.length);
  for (const {0: each, index} of all.matchAll(word)) units.fill(1, index, index + each.length);
  return units;
}
