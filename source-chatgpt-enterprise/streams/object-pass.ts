// A pass over the current objects of a stream, owner by owner and page by page, that goes on where it was cut short.
import {toConnectorError} from '../../core/errors';
import {type ApiObject, listObjects, type ObjectPage} from '../api/object-listing';
import {type PageMark, PagePositions} from '../api/page-positions';
import {isSafeId} from '../api/path-segment';
import {
  fitPosition,
  maxPositionBytes,
  parsePassCursor,
  type PassCursor,
  type PassPosition,
  planPass,
} from '../cursor/pass-cursor';
import {firstMembers, memberIds, memberListing} from './members';
import {DoubtfulOwners, listingVerdict, ObjectRead, type OwnerRefused, positionVerdict} from './object-read';
import type {ObjectStream} from './object-stream';
import {nowIso, type ReadScope, type SelectedStates, type StreamOutputs} from './read-scope';

/** A state follows at most so many owners or records, so that little is done again after a kill. */
const ownersPerState = 100;
const recordsPerState = 500;

export interface PassEnds {
  /** Where the pass of a stream has stopped. */
  readonly stoppedAt: Map<string, PassPosition>;
  /** Streams that have failed. */
  readonly failed: Set<string>;
}

/** @param deadlineMs when the pass stops until the next read, unless the user has the stream read anew each time */
export async function* readObjectStream(
  scope: ReadScope,
  declared: ObjectStream,
  selected: SelectedStates,
  ends: PassEnds,
  deadlineMs = Infinity
): StreamOutputs {
  const stream = declared.definition.name;
  if (!selected.has(stream)) return;
  yield {kind: 'started', stream};
  try {
    const cursor = parsePassCursor(selected.get(stream), stream);
    const position = planPass(cursor, nowIso(scope), scope.refreshHours);
    const {pass: begun} = cursor;
    if (begun !== null && position !== begun) scope.events.passGivenUp(stream, begun.captured_at);
    const endMs = scope.readWhole?.has(stream) === true ? Infinity : deadlineMs;
    if (position === undefined) yield {kind: 'state', stream, state: cursor};
    else {
      const pass = new ObjectPass(scope, declared, cursor, position, endMs);
      const reached = yield* pass.read();
      if (reached !== undefined) ends.stoppedAt.set(stream, reached);
    }
    yield {kind: 'completed', stream};
  } catch (error) {
    ends.failed.add(stream);
    yield {kind: 'failed', stream, error: toConnectorError(error)};
  }
}

/** Each costs a request, and its memory. */
const maxWithheld = 100;

type Progress = 'done' | 'stopped';

/** An object with a part that is forbidden, perhaps as all are. */
interface Withheld {
  readonly object: ApiObject;
  readonly owner: string;
  readonly error: unknown;
}

class ObjectPass {
  private readonly name: string;
  private readonly objects: ObjectRead;
  private readonly doubtful: DoubtfulOwners;
  private ownersSinceState = 0;
  private recordsSinceState = 0;
  private ownersSkipped = 0;
  private withheld: readonly Withheld[] = [];
  private hasRead = false;
  private isSavedPage = true;
  private hasToldPosition = false;

  constructor(
    private readonly scope: ReadScope,
    private readonly declared: ObjectStream,
    private readonly cursor: PassCursor,
    private position: PassPosition,
    private readonly deadlineMs: number
  ) {
    this.name = declared.definition.name;
    const origin = {workspaceId: scope.workspaceId, capturedAt: position.captured_at};
    this.objects = new ObjectRead(scope, declared.definition, origin);
    this.doubtful = new DoubtfulOwners(
      (position.owners_asked ?? 0) > 0,
      (owner) => this.objects.ask(listObjects(scope.client, {...declared.listing(owner), isShared: false}, undefined)),
      () => firstMembers(scope.client, this.objects)
    );
  }

  /** Returns where it goes on in the next read; undefined when it is complete. */
  async *read(): StreamOutputs<PassPosition | undefined> {
    const progress = yield* this.readOwners();
    yield* this.doubtful.requireAnswer();
    this.requireParts();
    const {captured_at, owners_asked: asked = 0} = this.position;
    if (this.ownersSkipped > 0) this.scope.events.ownersSkipped(this.name, this.ownersSkipped);
    if (this.objects.partsGone > 0) this.scope.events.partsGone(this.name, this.objects.partsGone);
    if (progress === 'done') {
      yield {kind: 'state', stream: this.name, state: {version: 1, completed: captured_at, pass: null}};
      return undefined;
    }
    this.scope.events.passGoesOn(this.name, asked, captured_at);
    yield* this.state();
    return this.position;
  }

  private async *readOwners(): StreamOutputs<Progress> {
    const positions = new PagePositions(memberListing.route);
    for (;;) {
      if (this.isOver()) return 'stopped';
      const page = yield* this.owners();
      const {after, owner_done: done} = this.position;
      // An owner who has left meanwhile is not found: then the whole page is read again.
      const isDone = done === undefined ? -1 : page.ids.indexOf(done);
      this.doubtful.noteEarlier(page.ids.slice(0, isDone + 1).filter(isSafeId));
      for (const owner of page.ids.slice(isDone + 1)) {
        if (this.isOver() || (yield* this.readOwner(owner)) === 'stopped') return 'stopped';
      }
      const next = positions.advance(page);
      if (next === undefined) return 'done';
      this.position = {...this.lasting(), ...(after === undefined ? {} : {previous: after}), after: next};
      yield* this.state();
    }
  }

  private async *owners(): StreamOutputs<PageMark & {readonly ids: readonly string[]}> {
    const {owners} = this.declared;
    if (owners !== 'members') return {ids: owners, next: undefined, content: ''};
    for (;;) {
      const {after, previous} = this.position;
      const isSaved = this.isSavedPage && after !== undefined;
      const page: ObjectPage | 'refused' = yield* this.objects.ask(
        listObjects(this.scope.client, memberListing, after).catch((error: unknown) =>
          positionVerdict(error, {route: memberListing.route, from: after, isSaved})
        )
      );
      if (page !== 'refused') {
        this.isSavedPage = false;
        const ids = memberIds(page);
        this.ownersSkipped += ids.filter((id) => id === undefined).length;
        return {ids: ids.filter((id) => id !== undefined), next: page.next, content: page.content};
      }
      if (previous === undefined) this.scope.events.passBegunAnew(this.name);
      this.position = {...this.lasting(), ...(previous === undefined ? {owners_asked: 0} : {after: previous})};
    }
  }

  private async *readOwner(owner: string): StreamOutputs<Progress> {
    const isSafe = this.declared.owners !== 'members' || isSafeId(owner);
    if (!isSafe) this.ownersSkipped++;
    else if ((yield* this.readListing(owner)) === 'stopped') return 'stopped';
    const {after, owners_asked: asked = 0, previous} = this.position;
    this.position = {
      ...this.lasting(),
      ...(previous === undefined ? {} : {previous}),
      ...(after === undefined ? {} : {after}),
      owner_done: owner,
      owners_asked: asked + 1,
    };
    this.ownersSinceState++;
    if (this.ownersSinceState >= ownersPerState || this.recordsSinceState >= recordsPerState) yield* this.state();
    return 'done';
  }

  /** What of the position holds for the whole pass. */
  private lasting(): PassPosition {
    const {captured_at, owners_asked} = this.position;
    return {captured_at, ...(owners_asked === undefined ? {} : {owners_asked})};
  }

  /** Something is read in every read, however long its first request had to wait. */
  private isOver(): boolean {
    return this.hasRead && this.scope.clock.nowMs() >= this.deadlineMs;
  }

  private async *readListing(owner: string): StreamOutputs<Progress> {
    const listing = this.declared.listing(owner);
    const positions = new PagePositions(listing.route);
    const saved = this.position.owner === owner ? this.position.owner_after : undefined;
    let isSaved = saved !== undefined;
    let from = saved;
    for (;;) {
      const page: ObjectPage | 'refused' | 'gone' | OwnerRefused = yield* this.objects.ask(
        listObjects(this.scope.client, listing, from).catch((error: unknown) =>
          listingVerdict(error, this.declared.owners, {route: listing.route, from, isSaved})
        )
      );
      isSaved = false;
      if (page === 'refused') {
        this.scope.events.passBegunAnew(this.name);
        from = undefined;
        continue;
      }
      if (page !== 'gone' && 'error' in page) {
        yield* this.doubtful.noteRefusal(page);
        this.ownersSkipped++;
        return 'done';
      }
      this.doubtful.noteAnswer(owner);
      if (page === 'gone') {
        this.ownersSkipped++;
        return 'done';
      }
      yield* this.records(page, owner);
      this.hasRead = true;
      from = positions.advance(page);
      if (from === undefined) return 'done';
      this.position = {...this.position, owner, owner_after: from};
      yield* this.state();
      if (this.isOver()) return 'stopped';
    }
  }

  private async *records(page: ObjectPage, owner: string): StreamOutputs {
    for (const object of page.objects) {
      this.recordsSinceState++;
      yield* this.recordsOf(object, owner);
      yield* this.withheldRecords();
      if (this.withheld.length >= maxWithheld) this.requireParts();
    }
  }

  private async *recordsOf(object: ApiObject, owner: string): StreamOutputs {
    const {ownerField, records} = this.declared;
    try {
      if (records !== undefined) yield* records(this.objects, object, owner);
      else yield this.objects.record(object, ownerField === undefined ? {} : {[ownerField]: owner});
    } catch (error) {
      if (!this.objects.isUnproven(error)) throw error;
      this.withheld = [...this.withheld, {object, owner, error}];
    }
  }

  /** Those of which something has told by now that the key may ask for others. */
  private async *withheldRecords(): StreamOutputs {
    const ready = this.withheld.filter(({error}) => !this.objects.isUnproven(error));
    if (ready.length === 0) return;
    this.withheld = this.withheld.filter((one) => !ready.includes(one));
    for (const {object, owner} of ready) yield* this.recordsOf(object, owner);
  }

  /** Throws what was answered first where nothing has told it. */
  private requireParts(): void {
    const [first] = this.withheld;
    if (first !== undefined) throw first.error;
  }

  private *state(): Generator<{readonly kind: 'state'; readonly stream: string; readonly state: PassCursor}> {
    if (this.doubtful.isInDoubt || this.withheld.length > 0) return;
    this.ownersSinceState = 0;
    this.recordsSinceState = 0;
    const pass = fitPosition(this.position, maxPositionBytes);
    if (pass !== this.position && !this.hasToldPosition) this.scope.events.positionTooLong(this.name);
    this.hasToldPosition ||= pass !== this.position;
    yield {kind: 'state', stream: this.name, state: {version: 1, completed: this.cursor.completed, pass}};
  }
}
