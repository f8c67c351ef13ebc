// Stream `users`, and the listing of members that other streams go through.
import {users} from '../../contract/users';
import {memberText} from '../../core/json-slices';
import type {ComplianceClient} from '../api/client';
import {listObjects, type ObjectListing, type ObjectPage} from '../api/object-listing';
import {isSafeId} from '../api/path-segment';
import {asText} from '../normalize/json-object';
import type {ObjectRead} from './object-read';
import type {ObjectStream} from './object-stream';
import type {StreamOutputs} from './read-scope';

export const memberListing: ObjectListing = {
  route: 'users',
  path: ['users'],
  paging: 'after',
  limit: 200,
  isShared: true,
};

export const userStream: ObjectStream = {definition: users, owners: [''], listing: () => memberListing};

/** Those of the first page who can be asked for. */
export async function* firstMembers(client: ComplianceClient, objects: ObjectRead): StreamOutputs<readonly string[]> {
  const ids = memberIds(yield* objects.ask(listObjects(client, memberListing, undefined)));
  return ids.filter((id) => id !== undefined).filter(isSafeId);
}

/** The ids of the members on a page; undefined for one who came without. */
export function memberIds({objects}: ObjectPage): readonly (string | undefined)[] {
  // A number as it was written: beyond 2^53 two of them would become one.
  return objects.map(({text, value: {id}}) =>
    typeof id === 'number' ? memberText(text, 'id') : (asText(id) ?? undefined)
  );
}
