// Stream `users`, and the listing of members that other streams go through.
import {users} from '../../contract/users';
import type {ObjectListing} from '../api/object-listing';
import type {ObjectStream} from './object-stream';

export const memberListing: ObjectListing = {
  route: 'users',
  path: ['users'],
  paging: 'after',
  limit: 200,
  isShared: true,
};

export const userStream: ObjectStream = {definition: users, owners: [''], listing: () => memberListing};
