// Whether a page shows every word of a text: Markdown can drop what it is given, and a record must not hide a word.

/** Drawn by the list, so they are no words of the page. */
const listNumbers = /^[ \t>*+-]*\d{1,9}[.)](?=\s|$)/gm;
const word = /[\p{L}\p{N}]+/gu;
const tags = /<[^>]*>/g;
const entities = /&(?:amp|lt|gt|quot|#39);/g;
const entityAt = /&(?:amp|lt|gt|quot|#39);/y;

const lessThan = 0x3c;
const ampersand = 0x26;

/** 1 for each UTF-16 unit that belongs to a word; a character of two units is asked for by itself. */
const wordUnits = toWordUnits();

export function showsEveryWord(text: string, html: string): boolean {
  const written = text.replace(listNumbers, '');
  return showsInOrder(written, html) || showsAsOften(written, html);
}

/** Nearly every page does; to count the words of one costs many times as much. */
function showsInOrder(text: string, html: string): boolean {
  let shown = 0;
  for (let at = 0; at < text.length;) {
    const units = unitsOfWordAt(text, at);
    if (units === 0) {
      at += 1;
      continue;
    }
    const end = endOfWord(text, at);
    for (;;) {
      shown = nextWord(html, shown);
      if (shown === html.length) return false;
      let same = 0;
      while (at + same < end && text.charCodeAt(at + same) === html.charCodeAt(shown + same)) same++;
      const isFound = at + same === end && unitsOfWordAt(html, shown + same) === 0;
      shown = isFound ? shown + same : endOfWord(html, shown);
      if (isFound) break;
    }
    at = end;
  }
  return true;
}

/** Where the next word of a page begins; its length when there is none. */
function nextWord(html: string, from: number): number {
  for (let at = from; at < html.length; at++) {
    if (unitsOfWordAt(html, at) > 0) return at;
    const sign = html.charCodeAt(at);
    if (sign === lessThan || sign === ampersand) at = behindMarkup(html, at, sign) - 1;
  }
  return html.length;
}

function endOfWord(text: string, from: number): number {
  let at = from;
  for (let units = 1; units > 0; at += units) units = unitsOfWordAt(text, at);
  return at;
}

function showsAsOften(text: string, html: string): boolean {
  const shown = countWords(html.replace(tags, ' ').replace(entities, ' '));
  for (const [each, count] of countWords(text)) if ((shown.get(each) ?? 0) < count) return false;
  return true;
}

function countWords(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (let at = 0; at < text.length;) {
    const end = endOfWord(text, at);
    const each = text.slice(at, end);
    if (each !== '') counts.set(each, (counts.get(each) ?? 0) + 1);
    at = Math.max(end, at + 1);
  }
  return counts;
}

/** Behind the tag or entity that begins there, or behind a sign that begins none. */
function behindMarkup(html: string, at: number, sign: number): number {
  if (sign === lessThan) {
    const end = html.indexOf('>', at);
    return end === -1 ? at + 1 : end + 1;
  }
  entityAt.lastIndex = at;
  return entityAt.test(html) ? entityAt.lastIndex : at + 1;
}

/** How many units the character of a word has that begins there; 0 when it belongs to no word. */
function unitsOfWordAt(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  if (unit < 0xd800 || unit > 0xdbff) return wordUnits[unit] ?? 0;
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  return /^[\p{L}\p{N}]$/u.test(character) ? character.length : 0;
}

function toWordUnits(): Uint8Array {
  const codes = new Uint16Array(0x10000);
  for (let unit = 0; unit < codes.length; unit++) codes[unit] = unit < 0xd800 || unit > 0xdfff ? unit : 0;
  const all = Buffer.from(codes.buffer).toString('utf16le');
  const units = new Uint8Array(codes.length);
  for (const {0: each, index} of all.matchAll(word)) units.fill(1, index, index + each.length);
  return units;
}
