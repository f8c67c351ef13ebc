// Untrusted text as PostgreSQL can keep it: no NUL, no lone surrogate, and no key that is too long for an index.
import {sha256Hex} from '../../core/digest';

/** In characters: an index takes at most 2,704 bytes, and the longest key is a workspace and two ids. */
const longestKey = 200;

const unsuited = /\0|\p{Surrogate}/u;

/** Reversible by `fromText`: what cannot be kept as it is, or looks as if it had been changed, is kept as JSON text. */
export function toText(text: string): string {
  return text.startsWith('"') || unsuited.test(text) ? JSON.stringify(text) : text;
}

export function fromText(text: string): string {
  return text.startsWith('"') ? (JSON.parse(text) as string) : text;
}

/** No two ids share one. A long id is known by its hash, which no JSON text looks like. */
export function toPostgresKey(id: string): string {
  const text = toText(id);
  return text.length <= longestKey ? text : `"#${sha256Hex(text)}`;
}

export function toNullable(text: string | undefined): string | null {
  return text === undefined ? null : toText(text);
}

export function fromNullable(text: string | null): string | undefined {
  return text === null ? undefined : fromText(text);
}
