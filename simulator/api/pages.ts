// One page of a listing, in each of the service's ways of paging.
import type {Call} from './call';
import {refuse, refuseParameter, type Reply} from './reply';
import {toServiceJson} from './service-json';

export interface PageRules {
  /** Name of the parameter that says where to go on. */
  readonly position: 'after' | 'cursor';
  readonly defaultLimit: number;
  readonly maxLimit: number;
  /** Most listings name the last object of a page; these do not. */
  readonly hasNoLastId?: boolean;
  /** Pages hold at most so many, whatever is asked for. */
  readonly shortened?: number;
  /** The name of the list's member for the last position, where it is a version. */
  readonly lastMember?: 'last_version';
}

/** An object with what it is found by. */
export interface Listed {
  readonly id: string;
  readonly object: unknown;
}

/** A cursor is opaque: it says where in the order the next page begins. */
const cursorPrefix = 'cur:';

export function toPage({query}: Call, rules: PageRules, listed: readonly Listed[]): object | Reply {
  const limit = Number(query.get('limit') ?? rules.defaultLimit);
  if (!Number.isInteger(limit) || limit < 1 || limit > rules.maxLimit) {
    return refuseParameter('int_range', 'limit', `Input should be a whole number from 1 to ${rules.maxLimit}`);
  }
  return pageFrom(query.get(rules.position), limit, rules, listed);
}

export function pageFrom(
  position: string | null,
  limit: number,
  rules: PageRules,
  listed: readonly Listed[]
): object | Reply {
  const from = position === null ? 0 : placeAfter(position, rules, listed);
  if (from === undefined) return refuse(400, `Invalid ${rules.position}`);
  const data = listed.slice(from, from + Math.min(limit, rules.shortened ?? limit));
  const hasMore = from + data.length < listed.length;
  const lastId = data.at(-1)?.id ?? null;
  const cursor = hasMore ? Buffer.from(`${cursorPrefix}${from + data.length}`).toString('base64url') : null;
  return {
    object: 'list',
    data: data.map(({object}) => object),
    has_more: hasMore,
    ...(rules.hasNoLastId === true ? {} : {[rules.lastMember ?? 'last_id']: toLast(lastId, rules)}),
    ...(rules.position === 'cursor' ? {cursor} : {}),
  };
}

/** The page as the service writes it, or the refusal as it is. */
export function toReply(page: object | Reply): Reply {
  if (isReply(page)) return page;
  return {status: 200, headers: {'content-type': 'application/json'}, body: Buffer.from(toServiceJson(page))};
}

/** Objects of the service may have a status too, which is a word. */
export function isReply(page: object): page is Reply {
  return 'status' in page && typeof page.status === 'number';
}

function toLast(lastId: string | null, {lastMember}: PageRules): string | number | null {
  return lastMember === 'last_version' && lastId !== null ? Number(lastId) : lastId;
}

function placeAfter(position: string, rules: PageRules, listed: readonly Listed[]): number | undefined {
  if (rules.position === 'cursor') {
    const text = Buffer.from(position, 'base64url').toString();
    const place = text.startsWith(cursorPrefix) ? Number(text.slice(cursorPrefix.length)) : NaN;
    return Number.isInteger(place) ? place : undefined;
  }
  const at = listed.findIndex(({id}) => id === position);
  return at === -1 ? undefined : at + 1;
}
