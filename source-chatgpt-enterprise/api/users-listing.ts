// Whether the members of the workspace may be listed, and the id of one of them.
import {z} from 'zod';
import type {ComplianceClient} from './client';
import {isSafeId} from './path-segment';

/** As far as the check looks at it, whatever its members are like otherwise. */
const wireUsersPage = z.looseObject({data: z.array(z.unknown())});

const withId = z.looseObject({id: z.string().refine(isSafeId)});

/** Undefined where the first member has no id that can be asked with. */
export async function findUserId(client: ComplianceClient): Promise<string | undefined> {
  const {data} = await client.getJson(
    {route: 'users', path: ['users'], query: {limit: 1}, purpose: 'users', doing: 'listing users'},
    wireUsersPage
  );
  return withId.safeParse(data[0]).data?.id;
}
