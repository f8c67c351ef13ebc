// What a record says in a form that people read, before it is an item.
import type {RecordOwner} from '../../contract/record-owner';
import type {DocumentKind, DocumentSection} from './item';
import type {Fact} from './fact';

export interface RecordWords {
  readonly kind: DocumentKind;
  readonly title: string;
  readonly facts: readonly Fact[];
  readonly sections: readonly DocumentSection[];
  readonly owner: RecordOwner | undefined;
  readonly conversationId: string | undefined;
  /** ISO 8601; the date of the item. */
  readonly timestamp: string | undefined;
}

/** The API writes most times as Unix seconds with a fraction, some as ISO 8601. */
export function toTimestamp(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  if (typeof value !== 'number' || !Number.isFinite(value) || Math.abs(value) > 8e12) return undefined;
  return new Date(Math.round(value * 1000)).toISOString();
}
