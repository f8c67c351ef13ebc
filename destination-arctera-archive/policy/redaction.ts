// Masks what detectors find, in a text or inside the strings of a JSON text, and counts it.
import type {Detector, Span} from './detectors';

/** How many spans each detector masked. */
export type RedactionCounts = Map<string, number>;

export interface Redactor {
  text(text: string, counts?: RedactionCounts): string;
  /** The same JSON with its strings masked; everything else keeps its exact text. A text that is not JSON is masked as a text. */
  json(json: string, counts?: RedactionCounts): string;
}

/** Masks may bring together what then looks like another find; few texts need a second pass. */
const maxPasses = 5;

export function toRedactor(detectors: readonly Detector[]): Redactor {
  const text = (input: string, counts?: RedactionCounts): string => {
    let masked = input;
    for (let pass = 0; pass < maxPasses; pass++) {
      const before = masked;
      for (const detector of detectors) masked = mask(masked, detector, counts);
      if (masked === before) return masked;
    }
    return masked;
  };
  return {
    text,
    json: (json, counts) => (isJson(json) ? maskStrings(json, (value) => text(value, counts)) : text(json, counts)),
  };
}

/** What stands in the place of a masked span. */
function toMask(detector: string): string {
  return `[redacted ${detector.replaceAll('_', ' ')}]`;
}

function mask(text: string, {name, find}: Detector, counts: RedactionCounts | undefined): string {
  const spans = find(text);
  if (spans.length === 0) return text;
  const stamp = toMask(name);
  let masked = '';
  let from = 0;
  let count = 0;
  for (const {start, end} of spans) {
    // A pattern that finds its own mask would go on for ever.
    if (start < from || isInMask(text, {start, end}, stamp)) continue;
    masked += text.slice(from, start) + stamp;
    from = end;
    count += 1;
  }
  if (count > 0) counts?.set(name, (counts.get(name) ?? 0) + count);
  return masked + text.slice(from);
}

function isInMask(text: string, {start, end}: Span, stamp: string): boolean {
  const open = text.lastIndexOf(stamp, start);
  return open !== -1 && open <= start && end <= open + stamp.length;
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
  /^(?:id|ids|type|role|timestamp|model|user_email|email|outcome|stream|event|event_sha256|sha256|referred_by|route|mode)$|_(?:id|ids|at|type|sha256)$/;
/** Below these names people's words begin, and nothing is kept. */
const wordsBelow = new Set(['content', 'input', 'output']);

interface Level {
  readonly isObject: boolean;
  readonly isWords: boolean;
  key: string;
  isKeyNext: boolean;
}

/** @param json valid JSON text */
function maskStrings(json: string, maskText: (text: string) => string): string {
  const levels: Level[] = [];
  let masked = '';
  let from = 0;
  for (let at = nextToken(json, 0); at < json.length; at = nextToken(json, at)) {
    const level = levels.at(-1);
    const character = json[at];
    if (character !== '"') {
      const isWords = level !== undefined && (level.isWords || wordsBelow.has(level.key));
      if (character === '{') levels.push({isObject: true, isWords, key: '', isKeyNext: true});
      else if (character === '[') levels.push({isObject: false, isWords, key: level?.key ?? '', isKeyNext: false});
      else if (character === '}' || character === ']') levels.pop();
      else if (level !== undefined) level.isKeyNext = level.isObject && character === ',';
      at += 1;
      continue;
    }
    const end = endOfString(json, at);
    const literal = json.slice(at, end);
    if (level?.isKeyNext === true) level.key = JSON.parse(literal) as string;
    else if (level === undefined || level.isWords || wordsBelow.has(level.key) || !structural.test(level.key)) {
      const value = JSON.parse(literal) as string;
      const isObject = level?.key === 'object_json' && isJson(value); // a captured object is JSON within JSON
      const shown = isObject ? maskStrings(value, maskText) : maskText(value);
      if (shown !== value) {
        masked += json.slice(from, at) + JSON.stringify(shown);
        from = end;
      }
    }
    at = end;
  }
  return masked + json.slice(from);
}

/** Where the next string or mark of the syntax begins. */
function nextToken(json: string, from: number): number {
  for (let at = from; at < json.length; at++) {
    const character = json[at] ?? '';
    if (character === '"' || '{}[],:'.includes(character)) return at;
  }
  return json.length;
}

function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}
