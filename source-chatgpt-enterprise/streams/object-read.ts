// What the records of a listed object are made with: requests about it, and rows of its stream.
import type {SourceOutput} from '../../airbyte/source';
import type {IncompleteReason} from '../../contract/captured-object';
import type {StreamDefinition} from '../../contract/row';
import {ConnectorError, TransientError} from '../../core/errors';
import {type ApiObject, listObjects, type ObjectListing, type ObjectPage} from '../api/object-listing';
import {PagePositions} from '../api/page-positions';
import {isSafeId} from '../api/path-segment';
import {type ObjectOrigin, type ObjectPart, toObjectRow} from '../normalize/to-object-row';
import {awaiting, type ReadScope, type StreamOutputs} from './read-scope';

/** Characters of the texts of one object's parts: the pages beyond are left out, and said so. */
const maxPartsLength = 8 * 1024 * 1024;

export class ObjectRead {
  /** Details and parts of objects that the API did not know. */
  partsGone = 0;
  /** By route, the request of a part that came: asked again where another one is forbidden. */
  private readonly witnesses = new Map<string, () => Promise<unknown>>();
  /** Refusals that nothing had come before by the same route. */
  private readonly unproven = new WeakMap<object, string>();

  constructor(
    private readonly scope: ReadScope,
    private readonly definition: StreamDefinition,
    private readonly origin: ObjectOrigin
  ) {}

  record(object: ApiObject, known: Readonly<Record<string, unknown>>): SourceOutput {
    const {definition, origin} = this;
    return {kind: 'record', stream: definition.name, data: toObjectRow(definition, object, origin, known)};
  }

  /** Awaits a request, and reports waits for the rate limit meanwhile. */
  ask<T>(request: Promise<T>): StreamOutputs<T> {
    return awaiting(this.scope, [this.definition.name], request);
  }

  /** The exact text of what another route says of an object. */
  async *detail(
    route: string,
    path: readonly string[],
    query?: Readonly<Record<string, string>>
  ): StreamOutputs<ObjectPart> {
    const request = {route, path, query, purpose: 'objects', doing: `reading ${route}`} as const;
    const {answer, missing} = yield* this.part(route, path, () => this.scope.client.getText(request));
    return {text: answer, incomplete: missing};
  }

  /** One page of a listing that belongs to an object, or why there is none (any more). */
  page(listing: ObjectListing, position: string | undefined): StreamOutputs<Answered<ObjectPage>> {
    const ask = (asked: ObjectListing) => () => listObjects(this.scope.client, asked, position);
    return this.part(listing.route, listing.path, ask(listing), ask({...listing, isShared: false}));
  }

  /** Whether the error is a part's that may be forbidden by itself or with all others, and nothing has told which yet. */
  isUnproven(error: unknown): boolean {
    const route = typeof error === 'object' && error !== null ? this.unproven.get(error) : undefined;
    return route !== undefined && !this.witnesses.has(route);
  }

  /** A JSON array of the exact texts of all objects of a listing that belongs to an object. */
  async *texts(listing: ObjectListing): StreamOutputs<ObjectPart> {
    const texts: string[] = [];
    let incomplete: IncompleteReason | undefined;
    let length = 0;
    const positions = new PagePositions(listing.route);
    let position: string | undefined;
    do {
      const {answer: page, missing}: Answered<ObjectPage> = yield* this.page(listing, position);
      if (page === undefined) return {text: undefined, incomplete: missing};
      for (const {text} of page.objects) length += text.length;
      if (length > maxPartsLength) {
        this.scope.events.partsLeftOut(this.definition.name, listing.path.join('/'));
        incomplete = 'too_large';
        break;
      }
      texts.push(...page.objects.map(({text}) => text));
      position = positions.advance(page);
    } while (position !== undefined);
    return {text: `[${texts.join(',')}]`, incomplete};
  }

  /** @param again the same request where its answer would be one that is kept */
  private async *part<T>(
    route: string,
    path: readonly string[],
    request: () => Promise<T>,
    again: () => Promise<T> = request
  ): StreamOutputs<Answered<T>> {
    let missing: IncompleteReason = 'not_found';
    try {
      if (path.every(isSafeId)) {
        const answer = yield* this.ask(request());
        this.witnesses.set(route, again);
        return {answer};
      }
    } catch (error) {
      if (isForbidden(error)) yield* this.requireScope(route, error);
      if (isRefused(error) || isForbidden(error)) {
        missing = 'refused';
        this.scope.events.partRefused(this.definition.name, path.join('/'));
      } else if (!isGone(error)) throw error;
    }
    this.partsGone++;
    return {missing};
  }

  /** Throws the refusal unless a part that came before comes still: then it is one of the object alone, not of the key. */
  private async *requireScope(route: string, refusal: Error): StreamOutputs {
    const again = this.witnesses.get(route);
    if (again === undefined) {
      this.unproven.set(refusal, route);
      throw refusal;
    }
    try {
      yield* this.ask(again());
    } catch (error) {
      throw isForbidden(error) || isRefused(error) || isGone(error) ? refusal : error;
    }
  }
}

/** What a part's request brought, or why it brought nothing. */
export type Answered<T> =
  | {readonly answer: T; readonly missing?: undefined}
  | {readonly answer?: undefined; readonly missing: IncompleteReason};

/** A page of a listing that was asked for. */
export interface AskedPage {
  readonly route: string;
  /** Its position; undefined for the first page. */
  readonly from: string | undefined;
  /** Whether the position comes from an earlier read. */
  readonly isSaved: boolean;
}

/**
 * What a failed page of an owner's listing says: one of many owners may be unknown to the route from the beginning, the
 * id of a member may not be to its liking, the objects of a member may be withheld, and a saved position may have lost
 * its meaning. Throws any other error.
 */
export function listingVerdict(
  error: unknown,
  owners: 'members' | readonly string[],
  asked: AskedPage
): 'refused' | 'gone' | OwnerRefused {
  const {from} = asked;
  const hasManyOwners = owners === 'members' || owners.length > 1;
  if (isGone(error) && hasManyOwners && from === undefined) return 'gone';
  if (owners === 'members' && from === undefined && (isRefused(error) || isForbidden(error))) return {error};
  // Begun anew, the listing says by its first page whether the member is withheld since.
  if (owners === 'members' && asked.isSaved && isForbidden(error)) return 'refused';
  return positionVerdict(error, asked);
}

/** The request for one member was taken amiss, or is one that the key may not make. */
export interface OwnerRefused {
  readonly error: unknown;
}

/** Each costs a request. */
const maxDoubtful = 100;

/** Each of them may be one who was passed over. */
const maxWitnesses = 10;

/**
 * Members whose listing is refused are passed over once any is answered: before that, the request itself may be wrong.
 * Where it is forbidden, another has to be answered afterwards: a key may lose its scope within a pass.
 */
export class DoubtfulOwners {
  private first: OwnerRefused | undefined;
  private count = 0;
  /** To be asked again where nobody is left who could be answered. */
  private witnesses: readonly string[] = [];

  /**
   * @param isAnswered whether an earlier read has got beyond a member in this pass
   * @param ask for the listing of a member
   * @param others who may be asked where all who are known here are refused
   */
  constructor(
    private isAnswered: boolean,
    private readonly ask: (owner: string) => StreamOutputs<unknown>,
    private readonly others: () => StreamOutputs<readonly string[]>
  ) {}

  /** Whether all that was asked lately was refused: no state may call it done. */
  get isInDoubt(): boolean {
    return this.first !== undefined;
  }

  /** @param owners who were asked for in earlier reads of the pass, in order */
  noteEarlier(owners: readonly string[]): void {
    if (this.witnesses.length === 0) this.witnesses = owners.slice(-maxWitnesses).toReversed();
  }

  noteAnswer(owner: string): void {
    this.isAnswered = true;
    this.witnesses = [owner];
    this.first = undefined;
    this.count = 0;
  }

  async *noteRefusal(refused: OwnerRefused): StreamOutputs {
    if (this.isAnswered && !isForbidden(refused.error)) return;
    this.first ??= refused;
    this.count++;
    if (this.count >= maxDoubtful) yield* this.requireAnswer();
  }

  /** Throws the first refusal if nobody is answered, not even one who was before. */
  async *requireAnswer(): StreamOutputs {
    const {first, witnesses} = this;
    if (first === undefined) return;
    if (yield* this.isAnyAnswered(witnesses)) return;
    // The last page of members may hold none but those who are refused.
    const others = this.isAnswered ? yield* this.others() : [];
    if (yield* this.isAnyAnswered(others.slice(0, maxWitnesses))) return;
    throw first.error;
  }

  private async *isAnyAnswered(owners: readonly string[]): StreamOutputs<boolean> {
    for (const owner of owners) {
      try {
        yield* this.ask(owner);
      } catch (error) {
        if (isRefused(error) || isForbidden(error)) continue;
        if (!isGone(error)) throw error;
      }
      this.noteAnswer(owner);
      return true;
    }
    return false;
  }
}

/**
 * The same where nobody but the position can be meant, as when what it names is gone. One that the page before has just
 * given says nothing of the listing: the next sync goes on, or begins it anew.
 */
export function positionVerdict(error: unknown, {from, isSaved, route}: AskedPage): 'refused' {
  if (from === undefined || !(isRefused(error) || isGone(error))) throw error;
  if (isSaved) return 'refused';
  throw new TransientError('listing_broken_off', `The listing ${route} refused a position within it.`, {cause: error});
}

/** Whether the API does not know what was asked for. */
function isGone(error: unknown): boolean {
  return error instanceof ConnectorError && error.code === 'objects_not_offered';
}

/** Whether the API takes the request for one object amiss, which says nothing of the others. */
function isRefused(error: unknown): boolean {
  return error instanceof ConnectorError && error.code === 'request_rejected';
}

/** Whether the key may not ask for it, for one object or for any. */
function isForbidden(error: unknown): error is ConnectorError {
  return error instanceof ConnectorError && error.code === 'stateful_scope_missing';
}
