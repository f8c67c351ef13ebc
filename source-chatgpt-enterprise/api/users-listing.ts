// Whether the members of the workspace may be listed, and the id of one of them.
import * as z from 'zod';
import type {ComplianceClient} from './client';
import {isSafeId} from './path-segment';

/** As far as the check looks at it, whatever its members are like otherwise. */
const wireUsersPage = z.looseObject({data: z.array(z.unknown())});

const withId = z.looseObject({id: z.string().refine(isSafeId)});

/** Undefined where the first member has no id that can be asked with. @param besides a member who is not meant */
export async function findUserId(client: ComplianceClient, besides?: string): Promise<string | undefined> {
  const limit = besides === undefined ? 1 : 2;
  const {data} = await client.getJson(
    {route: 'users', path: ['users'], query: {limit}, purpose: 'users', doing: 'listing users'},
    wireUsersPage
  );
  const ids = data.slice(0, limit).map((user) => withId.safeParse(user).data?.id);
  return besides === undefined ? ids[0] : ids.find((id) => id !== undefined && id !== besides);
}
