// The id of a record that has none of its own: a hash of its stream and its data, whatever order its keys came in.
import {isLosslessNumber, parse} from 'lossless-json';
import {sha256OfParts} from '../../core/digest';

/**
 * Numbers count by their digits, so that two large numbers that JavaScript cannot tell apart stay two records.
 * @param dataText exact JSON text of the record's data
 */
export function toRecordId(stream: string, dataText: string): string {
  return sha256OfParts([stream, toCanonicalJson(dataText)]);
}

function toCanonicalJson(text: string): string {
  try {
    return canonical(parse(text));
  } catch {
    return text; // a repeated key: the exact text is the best identity there is
  }
}

function canonical(value: unknown): string {
  if (isLosslessNumber(value)) return value.value;
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(',')}}`;
}
