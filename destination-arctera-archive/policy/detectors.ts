// Finds sensitive data in text: each detector gives spans, and none can be made slow by a text.
import {RE2JS} from 're2js';
import {allFinds, type Span} from './all-finds';
import {passesIbanChecksum, passesLuhn} from './checksums';
import {findComposed, toComposed} from './composition';
import type {DetectorName} from './policy-config';
import {TextSigns} from './text-signs';

export interface Detector {
  readonly name: string;
  /** @param signs of the text, from whoever runs several detectors over it */
  readonly find: (text: string, signs?: TextSigns) => readonly Span[];
  /** What a user's own one looks for. */
  readonly pattern?: string;
}

/** The detectors that need no configuration. */
export const builtInDetectors: Readonly<Record<DetectorName, Detector>> = {
  payment_card: byReading('payment_card', ({hasLongNumber}) => hasLongNumber, findPaymentCards),
  iban: byReading('iban', ({hasLettersBeforeDigits}) => hasLettersBeforeDigits, findIbans),
  us_ssn: byPattern(
    'us_ssn',
    ({hasLongNumber}) => hasLongNumber,
    /(?<!\d|\d-)(?!000|666|9)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?!\d|-\d)/g
  ),
  // Every repetition is bounded, so that each place of a text is looked at a bounded number of times.
  email: byPattern(
    'email',
    ({hasAt}) => hasAt,
    /[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,20}[A-Za-z]{2,63}/g
  ),
  phone: byPattern(
    'phone',
    ({hasLongNumber}) => hasLongNumber,
    /(?<![A-Za-z0-9+])(?:(?:\+|00)[1-9](?:[ ().-]{0,2}\d){7,14}|(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{4})(?!\d)/g
  ),
  api_key: byReading('api_key', () => true, findApiKeys),
  private_key: byReading('private_key', ({hasKeyHead}) => hasKeyHead, findPrivateKeys),
};

/** A user's own pattern. Throws an error with a readable message when it is not RE2 syntax or finds the empty text. */
export function toCustomDetector(name: string, pattern: string): Detector {
  const compiled = compilePattern(pattern);
  if (compiled.matcher('').find()) throw new Error('it matches the empty text');
  return {
    name,
    pattern,
    find: (text) => {
      const spans = allFinds(compiled, text);
      if (toComposed(text) === text) return spans;
      return joined([...spans, ...findComposed(text, (composed) => allFinds(compiled, composed))]);
    },
  };
}

/** One of those that overlap. */
function joined(spans: readonly Span[]): readonly Span[] {
  const apart: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    const last = apart.at(-1);
    if (last === undefined || span.start >= last.end) apart.push(span);
    else apart[apart.length - 1] = {start: last.start, end: Math.max(last.end, span.end)};
  }
  return apart;
}

/** RE2 syntax, linear in the text; upper and lower case are the same unless the pattern says `(?-i)`. */
export function compilePattern(pattern: string): RE2JS {
  return RE2JS.compile(pattern.normalize('NFC'), RE2JS.CASE_INSENSITIVE);
}

function byPattern(name: string, mayFind: (signs: TextSigns) => boolean, pattern: RegExp): Detector {
  const once = new RegExp(pattern.source);
  return byReading(name, mayFind, (text) => {
    const spans: Span[] = [];
    if (!once.test(text)) return spans; // as in most texts, told without a list of finds
    for (const match of text.matchAll(pattern)) spans.push({start: match.index, end: match.index + match[0].length});
    return spans;
  });
}

/** @param mayFind false where the text lacks a sign without which nothing is found */
function byReading(
  name: string,
  mayFind: (signs: TextSigns) => boolean,
  find: (asciiForm: string) => readonly Span[]
): Detector {
  return {name, find: (text, signs = new TextSigns(text)) => (mayFind(signs) ? find(signs.asciiForm) : [])};
}

/** From the head of a key to its end, or to the end of the text when that is missing. */
function findPrivateKeys(text: string): readonly Span[] {
  const spans: Span[] = [];
  for (const head of text.matchAll(/-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g)) {
    if (head.index < (spans.at(-1)?.end ?? 0)) continue;
    const foot = text.indexOf('-----END', head.index + head[0].length);
    const close = foot === -1 ? -1 : text.indexOf('-----', foot + 8);
    spans.push({start: head.index, end: close === -1 ? text.length : close + 5});
  }
  return spans;
}

/** Each is a word, or begins with one, that is at least so long: the shortest is the head of a web token. */
const minKeyWord = 13;
const apiKey = new RegExp(
  [
    'sk-[A-Za-z0-9_-]{20,250}',
    '[rs]k_(?:live|test)_[A-Za-z0-9]{16,250}',
    '(?:AKIA|ASIA)[A-Z0-9]{16}',
    'gh[opusr]_[A-Za-z0-9]{36,250}',
    'github_pat_[A-Za-z0-9_]{22,250}',
    'glpat-[A-Za-z0-9_-]{20,250}',
    'xox[abeoprs]-[A-Za-z0-9-]{10,250}',
    'AIza[A-Za-z0-9_-]{35}',
    'hf_[A-Za-z0-9]{30,250}',
    'npm_[A-Za-z0-9]{36}',
    'eyJ[A-Za-z0-9_-]{10,4000}\\.eyJ[A-Za-z0-9_-]{10,8000}\\.[A-Za-z0-9_-]{10,2000}',
  ].join('|'),
  'y'
);

/** Where long words begin: every thirteenth character is looked at, and around it only within a word. */
function findApiKeys(text: string): readonly Span[] {
  const spans: Span[] = [];
  for (let at = minKeyWord - 1; at < text.length; at += minKeyWord) {
    if (!isOfKeyWord(text.charCodeAt(at))) continue;
    let start = at;
    while (start > 0 && isOfKeyWord(text.charCodeAt(start - 1))) start -= 1;
    let end = at + 1;
    while (end < text.length && isOfKeyWord(text.charCodeAt(end))) end += 1;
    at = end - 1;
    if (end - start < minKeyWord || start < (spans.at(-1)?.end ?? 0)) continue;
    apiKey.lastIndex = start;
    if (apiKey.test(text)) spans.push({start, end: apiKey.lastIndex});
  }
  return spans;
}

/** Letters, digits, hyphens and underscores of ASCII. */
function isOfKeyWord(unit: number): boolean {
  const letter = unit | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || isDigit(unit) || unit === 0x5f || unit === 0x2d;
}

const minCardDigits = 13;
const maxCardDigits = 19;

/**
 * Digits in groups: a number may begin and end at any gap, as where a date follows it. Read a character at a time: a
 * pattern without a bound runs out of stack on megabytes of digits.
 */
function findPaymentCards(text: string): readonly Span[] {
  const spans: Span[] = [];
  const digit = /\d/g;
  while (digit.test(text)) {
    const start = digit.lastIndex - 1;
    const groupEnd = endOfDigits(text, start);
    const cardEnd = endOfCard(text, start) ?? endOfPrintedCard(text, start, groupEnd);
    if (cardEnd !== undefined) spans.push({start, end: cardEnd});
    digit.lastIndex = cardEnd ?? groupEnd;
  }
  return spans;
}

/** Where the card number ends that begins with the group there; the longest number wins. */
function endOfCard(text: string, start: number): number | undefined {
  let digits = '';
  let found: number | undefined;
  for (let at = start; digits.length < maxCardDigits;) {
    const end = endOfDigits(text, at);
    if (end === at || digits.length + end - at > maxCardDigits) break;
    digits += text.slice(at, end);
    if (digits.length >= minCardDigits && isCardNumber(digits)) found = end;
    if (text[end] !== ' ' && text[end] !== '-') break;
    at = end + 1;
  }
  return found;
}

/** Sums and years pass Luhn's test too, one in ten: a number has to be one that some issuer gives out. */
const issued = /^(?:[3-6]|2(?:20[0-4]|22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720))/;

function isCardNumber(digits: string): boolean {
  return issued.test(digits) && passesLuhn(digits);
}

/** How many digits lie between the gaps of a card number as it is printed. */
const printed = new Set(['4-4-4-4', '4-4-4-4-3', '4-6-5', '4-6-4']);
const gap = /([ .-]?)(\r\n|[\n\r])?(?=\d)/y;

/**
 * Where a card number ends whose gaps are dots, or that a line end parts once. Versions, decimals and columns of
 * figures look much like it, so it stands in the groups in which cards are printed, and apart from other digits.
 */
function endOfPrintedCard(text: string, start: number, firstEnd: number): number | undefined {
  if (firstEnd - start !== 4) return undefined;
  const before = /\d([ .-]?)(\r\n|[\n\r])?$/.exec(text.slice(Math.max(0, start - 4), start));
  if (before?.[1] === '.' && before[2] === undefined) return undefined;
  const lengths: number[] = [];
  let digits = '';
  let mark: string | undefined;
  let lineEnds = 0;
  let found: number | undefined;
  for (let at = start; ;) {
    const end = endOfDigits(text, at);
    lengths.push(end - at);
    if (end - at > 6 || lengths.length > 5) return found;
    digits += text.slice(at, end);
    gap.lastIndex = end;
    const [between = '', sign, lineEnd] = gap.exec(text) ?? [];
    const isWithin = sign === '.' && lineEnd === undefined;
    const isApart = lineEnds === 0 ? !isWithin : !isWithin && lineEnd === undefined && before === null;
    if (isApart && printed.has(lengths.join('-')) && isCardNumber(digits)) found = end;
    if (lineEnd !== undefined) lineEnds += 1;
    if (sign !== '') mark ??= sign;
    if (between === '' || lineEnds > 1 || (sign !== mark && (sign !== '' || lineEnd === undefined))) return found;
    at = end + between.length;
  }
}

function endOfDigits(text: string, from: number): number {
  let at = from;
  while (isDigit(text.charCodeAt(at))) at++;
  return at;
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

/** Lengths of the countries that issue IBANs, from the public registry of their structures. */
const ibanLengths = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 ' +
    'FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 ' +
    'LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 ' +
    'RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))])
);

function findIbans(text: string): readonly Span[] {
  const spans: Span[] = [];
  for (const begin of text.matchAll(/(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}/g)) {
    const length = ibanLengths.get(begin[0].slice(0, 2).toUpperCase());
    if (length === undefined || begin.index < (spans.at(-1)?.end ?? 0)) continue;
    const end = endOfAlphanumerics(text, begin.index, length);
    if (end === undefined) continue;
    const iban = text.slice(begin.index, end).replace(/[ -]/g, '').toUpperCase();
    if (passesIbanChecksum(iban)) spans.push({start: begin.index, end});
  }
  return spans;
}

/** Where `count` letters and digits end that single spaces or hyphens may part; undefined when they do not end there. */
function endOfAlphanumerics(text: string, start: number, count: number): number | undefined {
  let left = count;
  let at = start;
  for (; left > 0; at++) {
    const character = text[at] ?? '';
    if (/[A-Za-z0-9]/.test(character)) left -= 1;
    else if (!/[ -]/.test(character) || !/[A-Za-z0-9]/.test(text[at + 1] ?? '')) return undefined;
  }
  return /[A-Za-z0-9]/.test(text[at] ?? '') ? undefined : at;
}
