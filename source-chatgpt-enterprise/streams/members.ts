// Stream `users`, and the listing of members that other streams go through.
import {users} from '../../contract/users';
import {memberText} from '../../core/json-slices';
import type {ObjectListing, ObjectPage} from '../api/object-listing';
import {asText} from '../normalize/json-object';
import type {ObjectStream} from './object-stream';

export const memberListing: ObjectListing = {
  route: 'users',
  path: ['users'],
  paging: 'after',
  limit: 200,
  isShared: true,
};

export const userStream: ObjectStream = {definition: users, owners: [''], listing: () => memberListing};

/** The ids of the members on a page; undefined for one who came without. */
export function memberIds({objects}: ObjectPage): readonly (string | undefined)[] {
  // A number as it was written: beyond 2^53 two of them would become one.
  return objects.map(({text, value: {id}}) =>
    typeof id === 'number' ? memberText(text, 'id') : (asText(id) ?? undefined)
  );
}
