// Which texts Unicode may compose: to tell those that it does not is far quicker than to compose them.
import type {Span} from './all-finds';

const marks = /\p{M}/u;

/**
 * Whether a text with this UTF-16 unit may be another in normal form C: one that decomposes, or that joins or changes
 * places with what stands before it. Of the characters in two units those of the planes of symbols and of ideographs do not.
 */
export function mayCompose(code: number): boolean {
  if (code < 0x300 || (code >= 0xdc00 && code <= 0xdfff)) return false;
  if (code >= 0xd800 && code <= 0xdbff)
    return !(code >= 0xd83c && code <= 0xd83e) && !(code >= 0xd840 && code <= 0xd87d);
  const isConjoining = code >= 0x1160 && code <= 0x11ff; // the parts of Korean syllables are letters
  const unit = String.fromCharCode(code);
  return isConjoining || marks.test(unit) || unit.normalize('NFC') !== unit;
}

/** The text in normal form C; most are in it. */
export function toComposed(text: string): string {
  return Buffer.byteLength(text) === text.length ? text : text.normalize('NFC'); // ASCII is told far quicker
}

/** A character with what joins it, where composing may change one of them; what stands around it does not. */
const clusters = /[^\0-\u02ff][\p{M}\u1160-\u11ff]*|.[\p{M}\u1160-\u11ff]+/gsu;

/** What `find` finds in the text in normal form C, as places of the text as it is given, in order. */
export function findComposed(text: string, find: (composed: string) => readonly Span[]): readonly Span[] {
  const changed: {readonly composed: Span; readonly given: Span}[] = [];
  let composed = '';
  let from = 0;
  for (const {0: cluster, index} of text.matchAll(clusters)) {
    const piece = cluster.normalize('NFC');
    if (piece === cluster) continue;
    composed += text.slice(from, index);
    const start = composed.length;
    from = index + cluster.length;
    composed += piece;
    changed.push({composed: {start, end: composed.length}, given: {start: index, end: from}});
  }
  composed += text.slice(from);
  let next = 0;
  let shift = 0; // of what lies behind the changed ones passed so far
  const placeOf = (at: number, edge: keyof Span): number => {
    for (let each = changed[next]; each !== undefined && each.composed.end <= at; each = changed[++next]) {
      shift = each.given.end - each.composed.end;
    }
    const within = changed[next];
    return within !== undefined && within.composed.start < at ? within.given[edge] : at + shift;
  };
  return find(composed).map(({start, end}) => ({start: placeOf(start, 'start'), end: placeOf(end, 'end')}));
}
