// What a probe may take from JSON it does not trust: members by name, and the form of a body without its content.
import {type Json, object, parseJson} from '../../core/json-values';

export function toJson(bytes: Buffer | string): Json {
  return object(parseJson(bytes.toString()));
}

export function toObjects(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(object).filter((one) => Object.keys(one).length > 0) : [];
}

export function toText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Names of the outermost members with their types: `{detail: string}`. */
export function formOf(bytes: Buffer): string {
  if (bytes.length === 0) return 'no body';
  const members = Object.entries(toJson(bytes)).slice(0, 5);
  if (members.length === 0) return 'a body that is no JSON object';
  return `{${members.map(([name, value]) => `${name.replace(/\W/g, '?').slice(0, 30)}: ${typeOf(value)}`).join(', ')}}`;
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
