// A page of the user listing as far as the check looks at it; whatever its members are like otherwise.
import {z} from 'zod';

export const wireUsersPage = z.looseObject({data: z.array(z.unknown())});
