// A current object as a row of its stream: the documented fields that have their type, and its exact text.
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

/** The two fields of a detail: its exact text and its hash, or nulls when there is none. */
export function toDetail(name: string, text: string | undefined): Record<string, string | null> {
  return {
    [`${name}_json`]: text ?? null,
    [`${name}_sha256`]: text === undefined ? null : sha256Hex(text),
  };
}
