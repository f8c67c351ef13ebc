// One page of a listing of current objects, each with its exact text, in any of the API's ways of paging.
import {sha256OfParts} from '../../core/digest';
import {IntegrityError} from '../../core/errors';
import {elementTexts, memberText} from '../../core/json-slices';
import type {ComplianceClient} from './client';
import type {PageMark} from './page-positions';

/** How a listing is told where to go on, and where its answer says so. */
export type Paging =
  /** `after` is the answer's `last_id`, or the id of the last object where that is missing. */
  | 'after'
  /** `cursor` is the answer's `cursor`. */
  | 'cursor'
  /** As `cursor`, in the body of a POST. */
  | 'posted_cursor'
  /** `after` is the answer's `last_version`. */
  | 'after_version';

export interface ObjectListing {
  /** The route without ids. */
  readonly route: string;
  readonly path: readonly string[];
  readonly paging: Paging;
  /** Objects a page; absent where the route takes none. */
  readonly limit?: number;
  readonly query?: Readonly<Record<string, string>> | undefined;
  /** Whether other parts of a read list the same. */
  readonly isShared?: boolean;
  /** Member of the answer that holds the list, where it is not the answer itself. */
  readonly listMember?: string | undefined;
}

export interface ApiObject {
  /** As the API sent it. */
  readonly text: string;
  /** What the text says; `{}` for an element that is not an object. */
  readonly value: Readonly<Record<string, unknown>>;
}

export interface ObjectPage extends PageMark {
  readonly objects: readonly ApiObject[];
  /** Members of the answer beside the list. */
  readonly answer: Readonly<Record<string, unknown>>;
}

/** @param position where to go on; undefined is the beginning */
export async function listObjects(
  client: ComplianceClient,
  listing: ObjectListing,
  position: string | undefined
): Promise<ObjectPage> {
  const doing = `listing ${listing.route}`;
  const text = await client.getText({
    route: listing.paging === 'posted_cursor' ? `POST ${listing.route}` : listing.route,
    path: listing.path,
    ...toParameters(listing, position),
    purpose: 'objects',
    doing,
    isShared: listing.isShared,
  });
  const listText = listing.listMember === undefined ? text : memberText(text, listing.listMember);
  const dataText = listText === undefined ? undefined : memberText(listText, 'data');
  if (listText === undefined || dataText?.startsWith('[') !== true) {
    throw new IntegrityError('response_unexpected', `While ${doing} the answer held no list.`);
  }
  const objects = elementTexts(dataText).map(toApiObject);
  const next = nextPosition(listing, toApiObject(listText), objects, position);
  return {objects, answer: toApiObject(text).value, next, content: toContent(objects)};
}

function toContent(objects: readonly ApiObject[]): string {
  return objects.length === 0 ? '' : sha256OfParts(objects.map(({text}) => text));
}

/** The object that the text holds. */
function toApiObject(text: string): ApiObject {
  const value: unknown = JSON.parse(text);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return {text, value: isObject ? (value as Record<string, unknown>) : {}};
}

function toParameters(
  {limit, paging, query}: ObjectListing,
  position: string | undefined
): {query?: Record<string, string | number>; body?: object} {
  if (paging === 'posted_cursor') return {body: {cursor: position ?? null, limit}};
  const name = paging === 'cursor' ? 'cursor' : 'after';
  return {
    query: {
      ...(limit === undefined ? {} : {limit}),
      ...query,
      ...(position === undefined ? {} : {[name]: position}),
    },
  };
}

/** Which member of an answer says where the next page begins. */
const positionMembers = {
  after: 'last_id',
  cursor: 'cursor',
  posted_cursor: 'cursor',
  after_version: 'last_version',
} as const;

/** A short page is not the last one: only `has_more` tells, and where that is missing a cursor or a full page does. */
function nextPosition(
  {limit, paging, route}: ObjectListing,
  list: ApiObject,
  objects: readonly ApiObject[],
  position: string | undefined
): string | undefined {
  const cursor = list.value['cursor'];
  const isByCursor = paging === 'cursor' || paging === 'posted_cursor';
  const seemsToHaveMore = isByCursor
    ? typeof cursor === 'string' && cursor !== ''
    : limit !== undefined && objects.length >= limit;
  const hasMore = list.value['has_more'] ?? seemsToHaveMore;
  if (typeof hasMore !== 'boolean') {
    throw new IntegrityError('response_unexpected', `While listing ${route} the answer did not say if there is more.`);
  }
  if (!hasMore) return undefined;
  const stated = toPosition(memberText(list.text, positionMembers[paging]));
  const next = stated ?? (paging === 'after' ? toPosition(lastIdText(objects)) : undefined);
  if (next !== undefined && next !== position) return next;
  throw new IntegrityError('listing_stuck', `The listing ${route} says there is more but does not get on.`);
}

/** As it was written: in an object, or as a bare text. */
function lastIdText(objects: readonly ApiObject[]): string | undefined {
  const last = objects.at(-1);
  if (last === undefined || last.text.startsWith('"')) return last?.text;
  return memberText(last.text, last.value['id'] === undefined ? 'textdoc_id' : 'id');
}

/** A number as it was written: beyond 2^53 it would become another one, and what lies between be passed over. */
function toPosition(text: string | undefined): string | undefined {
  const value: unknown = text === undefined ? undefined : JSON.parse(text);
  if (typeof value === 'number') return text;
  return typeof value === 'string' && value !== '' && value.isWellFormed() ? value : undefined;
}
