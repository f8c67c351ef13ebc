// Whether a page shows every word of a text: Markdown can drop what it is given, and a record must not hide a word.

/** Drawn by the list, so they are no words of the page. */
const listNumbers = /^[ \t>*+-]*\d{1,9}[.)](?=\s|$)/gm;
const listNumberAt = /\d{1,9}[.)](?=\s|$)/my;
const word = /[\p{L}\p{N}]+/gu;
const tags = /<[^>]*>/g;
const entities = /&(?:amp|lt|gt|quot|#39);/g;
const entityAt = /&(?:amp|lt|gt|quot|#39);/y;

const lessThan = 0x3c;
const ampersand = 0x26;

/** 1 for each UTF-16 unit that belongs to a word; a character of two units is asked for by itself. */
const wordUnits = toWordUnits();

/** UTF-16 units, one that belongs to no word behind them: an array is read in a fraction of the time a string is. */
class Units {
  private units = new Uint16Array(32 * 1024);
  private bytes = toBytes(this.units);

  /** @returns good until the next call */
  of(text: string): Uint16Array {
    const {length} = text;
    if (length >= this.units.length) {
      const units = new Uint16Array(length + 1);
      toBytes(units).write(text, 'utf16le');
      return units;
    }
    this.bytes.write(text, 'utf16le');
    this.units[length] = 0;
    return this.units;
  }
}

const textUnits = new Units();
const htmlUnits = new Units();

export function showsEveryWord(text: string, html: string): boolean {
  return showsInOrder(text, html) || showsAsOften(text.replace(listNumbers, ''), html);
}

/** Nearly every page does; to count the words of one costs many times as much. */
function showsInOrder(text: string, html: string): boolean {
  const written = textUnits.of(text);
  const page = htmlUnits.of(html);
  let shown = 0;
  for (let at = 0; at < text.length;) {
    const alike = commonRun(written, at, page, shown, Math.min(text.length - at, html.length - shown));
    at += alike;
    shown += alike;
    const unit = written[at] ?? 0;
    if (unitsOfWordAt(written, at) === 0) {
      at += 1;
      continue;
    }
    const behind = isDigit(unit) ? behindListNumber(text, at) : at;
    if (behind > at) {
      at = behind;
      continue;
    }
    for (let isFound = false; !isFound;) {
      shown = nextWord(html, page, shown);
      if (shown === html.length) return false;
      const same = commonWord(written, at, page, shown);
      isFound = unitsOfWordAt(written, at + same) === 0 && unitsOfWordAt(page, shown + same) === 0;
      if (isFound) at += same;
      shown = isFound ? shown + same : endOfWord(page, shown + same);
    }
  }
  return true;
}

/** How many units are the same and no markup, up to the beginning of a word that may go on in another way. */
function commonRun(written: Uint16Array, at: number, page: Uint16Array, shown: number, most: number): number {
  let same = 0;
  while (same < most) {
    const unit = written[at + same] ?? 0;
    if (unit !== page[shown + same] || unit === lessThan || unit === ampersand) break;
    same += 1;
  }
  if (same > 0 && isHigh(written[at + same - 1] ?? 0)) same -= 1;
  for (let units = 1; same > 0 && units > 0; same -= units) units = unitsOfWordBefore(written, at, at + same);
  return same;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function unitsOfWordBefore(units: Uint16Array, from: number, end: number): number {
  const unit = units[end - 1] ?? 0;
  if (unit < 0xdc00 || unit > 0xdfff) return wordUnits[unit] ?? 0;
  return end - from >= 2 && isHigh(units[end - 2] ?? 0) ? unitsOfWordAt(units, end - 2) : 0;
}

/** How many units the words have in common that begin, or go on, there. */
function commonWord(written: Uint16Array, at: number, page: Uint16Array, shown: number): number {
  let same = 0;
  for (;;) {
    const unit = written[at + same] ?? 0;
    if (unit !== page[shown + same]) return same;
    if (wordUnits[unit] === 1) same += 1;
    else if (unitsOfWordAt(written, at + same) < 2 || written[at + same + 1] !== page[shown + same + 1]) return same;
    else same += 2;
  }
}

/** Where the next word of a page begins; its length when there is none. */
function nextWord(html: string, page: Uint16Array, from: number): number {
  for (let at = from; at < html.length; at++) {
    if (unitsOfWordAt(page, at) > 0) return at;
    const sign = page[at];
    if (sign === lessThan || sign === ampersand) at = behindMarkup(html, at, sign) - 1;
  }
  return html.length;
}

function endOfWord(page: Uint16Array, from: number): number {
  let at = from;
  for (let units = 1; units > 0; at += units) units = unitsOfWordAt(page, at);
  return at;
}

function showsAsOften(text: string, html: string): boolean {
  const shown = countWords(html.replace(tags, ' ').replace(entities, ' '));
  for (const [each, count] of countWords(text)) if ((shown.get(each) ?? 0) < count) return false;
  return true;
}

function countWords(text: string): Map<string, number> {
  const units = textUnits.of(text);
  const counts = new Map<string, number>();
  for (let at = 0; at < text.length;) {
    const end = endOfWord(units, at);
    const each = text.slice(at, end);
    if (each !== '') counts.set(each, (counts.get(each) ?? 0) + 1);
    at = Math.max(end, at + 1);
  }
  return counts;
}

/** Behind the number of a list that is written there; the same place where it is the number of none. */
function behindListNumber(text: string, at: number): number {
  listNumberAt.lastIndex = at;
  if (!listNumberAt.test(text)) return at;
  const behind = listNumberAt.lastIndex;
  let before = at - 1;
  while (before >= 0 && ' \t>*+-'.includes(text.charAt(before))) before -= 1;
  return before < 0 || '\n\r\u2028\u2029'.includes(text.charAt(before)) ? behind : at;
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
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
function unitsOfWordAt(units: Uint16Array, at: number): number {
  const unit = units[at] ?? 0;
  return isHigh(unit) ? unitsOfPair(unit, units[at + 1] ?? 0) : (wordUnits[unit] ?? 0);
}

function unitsOfPair(high: number, low: number): number {
  return /^[\p{L}\p{N}]$/u.test(String.fromCharCode(high, low)) ? 2 : 0;
}

function toBytes(units: Uint16Array): Buffer {
  return Buffer.from(units.buffer, units.byteOffset, units.byteLength);
}

function toWordUnits(): Uint8Array {
  const codes = new Uint16Array(0x10000);
  for (let unit = 0; unit < codes.length; unit++) codes[unit] = unit < 0xd800 || unit > 0xdfff ? unit : 0;
  const all = Buffer.from(codes.buffer).toString('utf16le');
  const units = new Uint8Array(codes.length);
  for (const {0: each, index} of all.matchAll(word)) units.fill(1, index, index + each.length);
  return units;
}
