// A current object as a row of its stream: the documented fields that have their type, and its exact text.
import type {IncompleteReason} from '../../contract/captured-object';
import type {StreamDefinition} from '../../contract/row';
import {sha256Hex} from '../../core/digest';
import type {ApiObject} from '../api/object-listing';
import {asText} from './json-object';
import {pickFields} from './pick-fields';

export interface ObjectOrigin {
  readonly workspaceId: string;
  readonly capturedAt: string;
}

/** @param known fields that the object itself does not say */
export function toObjectRow(
  definition: StreamDefinition,
  {text, value}: ApiObject,
  origin: ObjectOrigin,
  known: Readonly<Record<string, unknown>> = {}
): Record<string, unknown> {
  const row = pickFields(definition, value);
  const sha256 = sha256Hex(text);
  if ('id' in definition.row.shape) row['id'] = asText(value['id']) ?? `unidentified:${sha256}`;
  return Object.assign(row, known, {
    workspace_id: origin.workspaceId,
    object_json: text,
    object_sha256: sha256,
    captured_at: origin.capturedAt,
  });
}

/** What another route says of an object. */
export interface ObjectPart {
  /** Undefined when there is none. */
  readonly text: string | undefined;
  /** Undefined when the text is all there is. */
  readonly incomplete: IncompleteReason | undefined;
}

/** The fields of details: each with its exact text and its hash, or nulls, and which of them are not whole. */
export function toDetails(parts: Readonly<Record<string, ObjectPart>>): Record<string, unknown> {
  const details: Record<string, unknown> = {};
  for (const [name, {text}] of Object.entries(parts)) {
    details[`${name}_json`] = text ?? null;
    details[`${name}_sha256`] = text === undefined ? null : sha256Hex(text);
  }
  const reasons = Object.entries(parts).map(([name, {incomplete}]) => [name, incomplete] as const);
  return {...details, ...toIncompleteParts(Object.fromEntries(reasons))};
}

/** The field that names the parts that are not whole. @param reasons by part; undefined for one that is whole */
export function toIncompleteParts(reasons: Readonly<Record<string, IncompleteReason | undefined>>): {
  readonly incomplete_parts: readonly {readonly part: string; readonly reason: IncompleteReason}[];
} {
  const incomplete = Object.entries(reasons).flatMap(([part, reason]) => (reason === undefined ? [] : {part, reason}));
  return {incomplete_parts: incomplete};
}
