// Names that no file system confuses: an untrusted id made into one, also where case is ignored, and when two are the same.
import {sha256Hex} from './digest';

const longestName = 80;

/**
 * Lower-case letters, digits, `-`, `_` and inner dots stay; all else becomes `=` and the hex of its UTF-8 bytes.
 * `=` alone stands for the empty id, `=u` precedes a lone surrogate and `=h` the hash of a long id: none of them is hex.
 */
export function toSafeName(id: string): string {
  if (id === '') return '=';
  const name = id.replace(/^[-.]|\.$|[^a-z0-9._-]/gu, escape);
  return name.length <= longestName ? name : `=h${sha256Hex(name)}`;
}

/** The id that a safe name was made of; undefined for a hash, a lone surrogate or a name that is not safe. */
export function fromSafeName(name: string): string | undefined {
  if (name === '=') return '';
  const id = name.replace(/(?:=[0-9a-f]{2})+/g, (hex) => Buffer.from(hex.replaceAll('=', ''), 'hex').toString());
  return toSafeName(id) === name ? id : undefined;
}

function escape(character: string): string {
  if (/^\p{Surrogate}$/u.test(character)) return `=u${character.charCodeAt(0).toString(16)}`;
  return Buffer.from(character).toString('hex').replace(/../g, '=$&');
}

/** The form in which names are the same that some disk takes for one: in any case, composed or not. */
export function foldName(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
