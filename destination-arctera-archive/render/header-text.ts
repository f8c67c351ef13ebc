// Untrusted text made fit for one line: a header value, a label, a name.
import {encodeWord} from 'nodemailer/lib/mime-funcs';

// Line breaks count as space; format characters that reorder or hide text would let a title imitate another.
const spaces = /[\s\u0085]+/g;
const controls = /[\p{Cc}\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;
const loneSurrogates = /\p{Surrogate}/gu;
/** Words of plain ASCII with single spaces between them: nothing to be done. */
const isClean = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/;

/** One line of at most `maxLength` UTF-16 units, cut at a character and then marked with an ellipsis. */
export function toHeaderText(text: string, maxLength: number): string {
  if (text.length <= maxLength && isClean.test(text)) return text;
  // Far more than is kept, so that cleaning a huge value stays cheap.
  const bounded = text.slice(0, maxLength * 8);
  const line = bounded.replace(spaces, ' ').replace(controls, '').toWellFormed().trim();
  if (line.length <= maxLength) return line;
  return `${line.slice(0, maxLength - 1).replace(loneSurrogates, '')}…`;
}

/** The text as RFC 2047 words when it is not plain ASCII, or when a reader could take it for such words. */
export function encodeHeaderText(line: string): string {
  return /^[\x20-\x7e]*$/.test(line) && !line.includes('=?') ? line : encodeWord(line, 'B', 52);
}
