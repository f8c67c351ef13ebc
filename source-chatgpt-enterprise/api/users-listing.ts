// One page of the members of the workspace, in order of their ids.
import type {ComplianceClient} from './client';
import {type WireUser, wireUsersPage} from './wire-users-page';
import {IntegrityError} from '../../core/errors';

export interface UsersPage {
  readonly users: readonly WireUser[];
  /** Where the next page starts; undefined on the last one. */
  readonly nextAfter: string | undefined;
}

export async function listUsersPage(
  client: ComplianceClient,
  after: string | undefined,
  limit = 200
): Promise<UsersPage> {
  const page = await client.getJson(
    {
      route: 'users',
      path: ['users'],
      query: {limit, ...(after === undefined ? {} : {after})},
      purpose: 'users',
      doing: 'listing users',
    },
    wireUsersPage
  );
  if (page.has_more !== true) return {users: page.data, nextAfter: undefined};
  const nextAfter = page.last_id ?? page.data.at(-1)?.id;
  if (nextAfter === undefined || nextAfter === after) {
    throw new IntegrityError(
      'response_unexpected',
      'The listing of users says there is more but gives no next position.'
    );
  }
  return {users: page.data, nextAfter};
}
