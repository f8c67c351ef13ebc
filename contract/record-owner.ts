// Whom a record belongs to: whom the policy asks about, whom the report counts it for, and who stands in From.
import {filled, isObject, type Json, object, parseJson} from '../core/json-values';
import {findStream} from './index';

export interface RecordOwner {
  /** As ChatGPT knows the person; the address where nothing else is told. */
  readonly id: string;
  readonly email: string | undefined;
}

/**
 * @param stream name of the stream, which the platform may have prefixed
 * @param row a row of the stream, or the log event that it carries
 * @returns undefined where the record names no person
 */
export function toRecordOwner(stream: string, row: Json): RecordOwner | undefined {
  if (isObject(row['actor'])) return toActor(row['actor']);
  const definition = findStream(stream);
  const {owner, primaryKey, cursorField} = definition ?? {};
  const isOurs = cursorField !== undefined && [...(primaryKey ?? []), cursorField].every((field) => field in row);
  if (owner !== undefined && isOurs) {
    // The object as the API sent it says more than the row, as where the row's field had not the documented type.
    let sent: Json | undefined;
    const fieldOf = (name: string | undefined): string | undefined =>
      name === undefined ? undefined : (filled(row[name]) ?? filled((sent ??= sentObject(row))[name]));
    return toPerson([fieldOf(owner.id)], fieldOf(owner.email));
  }
  // Of a stream that is not known, what such a field is usually called.
  return toPerson([row['user_id'], row['owner_user_id']], filled(row['user_email']) ?? filled(row['email']));
}

/** @param actor of a log event; undefined where it is no person but an API key or the like */
export function toActor(actor: Json): RecordOwner | undefined {
  if (actor['type'] === 'API_KEY') return undefined;
  return toPerson([actor['user_id'], actor['redacted_id'], actor['provider_user_id']], filled(actor['user_email']));
}

function toPerson(ids: readonly unknown[], email: string | undefined): RecordOwner | undefined {
  for (const each of ids) {
    const id = filled(each);
    if (id !== undefined) return {id, email};
  }
  return email === undefined ? undefined : {id: email, email};
}

function sentObject({object_json: text}: Json): Json {
  return typeof text === 'string' ? object(parseJson(text)) : {};
}
