// Masks what detectors find, in a text or inside the strings of a JSON text, and counts it.
import type {Span} from './all-finds';
import type {Detector} from './detectors';
import {isFieldName, mayHoldJson} from './field-names';
import {TextSigns} from './text-signs';

/** How many spans each detector masked. */
export type RedactionCounts = Map<string, number>;

export interface Redactor {
  text(text: string, counts?: RedactionCounts): string;
  /**
   * The same JSON with its words masked: strings, keys that are no names of fields, and integers, which become strings.
   * Everything else keeps its exact text. A text that is not JSON is masked as a text.
   */
  json(json: string, counts?: RedactionCounts): string;
}

/**
 * A mask may lay bare what follows: of finds that are glued together each pass masks one. A text is searched until
 * nothing is found; one that goes on for longer than so many characters, read again and again, is masked as a whole.
 */
const firstPasses = 5;
const mostSearched = 16_000_000;
/** What a pass costs beside reading. */
const passCharacters = 4_000;

export function toRedactor(detectors: readonly Detector[]): Redactor {
  const stamps = detectors.map(({name}) => toMask(name));
  const text = (input: string, counts?: RedactionCounts): string => {
    let masked = input;
    for (let pass = 0; ; pass++) {
      let found: Detector | undefined;
      let signs = new TextSigns(masked);
      for (const detector of detectors) {
        const shown = mask(masked, signs, detector, stamps, counts);
        if (shown === masked) continue;
        masked = shown;
        signs = new TextSigns(masked);
        found = detector;
      }
      if (found === undefined) return masked;
      if (pass >= firstPasses && pass * (masked.length + passCharacters) > mostSearched) return toMask(found.name);
    }
  };
  return {
    text,
    json: (json, counts) => (isJson(json) ? maskWords(json, (value) => text(value, counts)) : text(json, counts)),
  };
}

/** What stands in the place of a masked span. */
function toMask(detector: string): string {
  return `[redacted ${detector.replaceAll('_', ' ')}]`;
}

function mask(
  text: string,
  signs: TextSigns,
  {name, find}: Detector,
  stamps: readonly string[],
  counts: RedactionCounts | undefined
): string {
  const spans = find(text, signs);
  if (spans.length === 0) return text;
  const stamp = toMask(name);
  const masks = placesOf(stamps, text).values();
  let last = masks.next().value;
  let upcoming = masks.next().value;
  let masked = '';
  let from = 0;
  let count = 0;
  for (const {start, end} of spans) {
    for (; upcoming !== undefined && upcoming.start <= start; upcoming = masks.next().value) last = upcoming;
    // Patterns that find their own masks, or each other's, would go on for ever.
    const isInMask = last !== undefined && last.start <= start && end <= last.end;
    if (start < from || isInMask) continue;
    masked += text.slice(from, start) + stamp;
    from = end;
    count += 1;
  }
  if (count > 0) counts?.set(name, (counts.get(name) ?? 0) + count);
  return masked + text.slice(from);
}

function placesOf(stamps: readonly string[], text: string): Span[] {
  const places: Span[] = [];
  for (const stamp of stamps) {
    for (let start = text.indexOf(stamp); start !== -1; start = text.indexOf(stamp, start + stamp.length)) {
      places.push({start, end: start + stamp.length});
    }
  }
  return places.sort((one, other) => one.start - other.start);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Names whose values link records and say when; they are kept, or the archive could not tell what belongs together. */
const structural =
  /^(?:id|ids|type|role|timestamp|model|user_email|owner_email|email|creator|outcome|stream|event_sha256|sha256|referred_by|route|mode)$|_(?:id|ids|at|type|sha256)$/;
/** Below these names people's words begin, and nothing is kept. */
const wordsBelow = new Set(['content', 'input', 'output']);

interface Level {
  readonly isObject: boolean;
  readonly isWords: boolean;
  key: string;
  isKeyNext: boolean;
  /** How often each masked key has come. */
  readonly maskedKeys: Map<string, number>;
}

/** @param json valid JSON text */
function maskWords(json: string, maskText: (text: string) => string): string {
  const levels: Level[] = [];
  let masked = '';
  let from = 0;
  for (let at = nextToken(json, 0); at < json.length; at = nextToken(json, at)) {
    const level = levels.at(-1);
    const character = json[at] ?? '';
    if (character !== '"' && !isOfNumber(character)) {
      const isWords = level !== undefined && (level.isWords || wordsBelow.has(level.key));
      const opened = {isWords, isObject: character === '{', isKeyNext: character === '{', maskedKeys: new Map()};
      if (character === '{') levels.push({...opened, key: ''});
      else if (character === '[') levels.push({...opened, key: level?.key ?? ''});
      else if (character === '}' || character === ']') levels.pop();
      else if (level !== undefined) level.isKeyNext = level.isObject && character === ',';
      at += 1;
      continue;
    }
    const end = character === '"' ? endOfString(json, at) : endOfNumber(json, at);
    const literal = json.slice(at, end);
    const shown = level?.isKeyNext === true ? maskKey(literal, level, maskText) : maskValue(literal, level, maskText);
    if (shown !== undefined) {
      masked += json.slice(from, at) + JSON.stringify(shown);
      from = end;
    }
    at = end;
  }
  return masked + json.slice(from);
}

/** @returns undefined for a key that stays as it is. Keys of one object stay apart. */
function maskKey(literal: string, level: Level, maskText: (text: string) => string): string | undefined {
  const key = JSON.parse(literal) as string;
  level.key = key;
  const shown = isFieldName(key) ? key : maskText(key);
  if (shown === key) return undefined;
  const count = (level.maskedKeys.get(shown) ?? 0) + 1;
  level.maskedKeys.set(shown, count);
  return count === 1 ? shown : `${shown} (${count})`;
}

/** @returns undefined for a value that stays as it is */
function maskValue(literal: string, level: Level | undefined, maskText: (text: string) => string): string | undefined {
  const key = level?.key ?? '';
  const isWords = level !== undefined && (level.isWords || wordsBelow.has(key));
  if (!isWords && structural.test(key)) return undefined;
  if (!literal.startsWith('"')) {
    // Fractions are measured, and their digits look like anything.
    const shown = /^-?\d+$/.test(literal) ? maskText(literal) : literal;
    return shown === literal ? undefined : shown;
  }
  const value = JSON.parse(literal) as string;
  const shown = mayHoldJson(key) && isJson(value) ? maskWords(value, maskText) : maskText(value);
  return shown === value ? undefined : shown;
}

/** Where the next string, number or mark of the syntax begins. */
function nextToken(json: string, from: number): number {
  for (let at = from; at < json.length; at++) {
    const character = json[at] ?? '';
    if (character === '"' || '{}[],:'.includes(character) || isDigit(character) || character === '-') return at;
  }
  return json.length;
}

function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}

function endOfNumber(json: string, start: number): number {
  let at = start;
  while (isOfNumber(json[at] ?? '')) at += 1;
  return at;
}

function isOfNumber(character: string): boolean {
  return isDigit(character) || (character !== '' && '-+.eE'.includes(character));
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9';
}
