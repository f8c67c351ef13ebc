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

/** The row of an object that was captured, as far as it says what the object is. */
interface CapturedObject {
  readonly object_json: string;
  readonly captured_at: string;
}

function isCapturedObject(value: object): value is CapturedObject {
  return 'object_json' in value && typeof value.object_json === 'string' && 'captured_at' in value;
}

/** An object is read again in every pass: when nothing but the time of the pass differs, it is the same record. */
function withoutPass(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !isCapturedObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'captured_at'));
}

function toCanonicalJson(text: string): string {
  try {
    return canonical(withoutPass(parse(text)));
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
