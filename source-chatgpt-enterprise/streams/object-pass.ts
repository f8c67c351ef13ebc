// A pass over the current objects of a stream, owner by owner and page by page, that goes on where it was cut short.
import {ConnectorError, toConnectorError} from '../../core/errors';
import {listObjects, type ObjectPage} from '../api/object-listing';
import {PagePositions} from '../api/page-positions';
import {isSafeId} from '../api/path-segment';
import {parsePassCursor, type PassCursor, type PassPosition, planPass} from '../cursor/pass-cursor';
import {asText} from '../normalize/json-object';
import {memberListing} from './members';
import {isGone, ObjectRead} from './object-read';
import type {ObjectStream} from './object-stream';
import {nowIso, type ReadScope, type SelectedStates, type StreamOutputs} from './read-scope';

/** A state follows at most so many owners or records, so that little is done again after a kill. */
const ownersPerState = 100;
const recordsPerState = 500;

export async function* readObjectStream(
  scope: ReadScope,
  declared: ObjectStream,
  selected: SelectedStates
): StreamOutputs {
  const stream = declared.definition.name;
  if (!selected.has(stream)) return;
  yield {kind: 'started', stream};
  try {
    const cursor = parsePassCursor(selected.get(stream), stream);
    const position = planPass(cursor, nowIso(scope), scope.refreshHours);
    if (position === undefined) yield {kind: 'state', stream, state: cursor};
    else yield* new ObjectPass(scope, declared, cursor, position).read();
    yield {kind: 'completed', stream};
  } catch (error) {
    yield {kind: 'failed', stream, error: toConnectorError(error)};
  }
}

class ObjectPass {
  private readonly name: string;
  private readonly objects: ObjectRead;
  private ownersSinceState = 0;
  private recordsSinceState = 0;
  private ownersSkipped = 0;

  constructor(
    private readonly scope: ReadScope,
    private readonly declared: ObjectStream,
    private readonly cursor: PassCursor,
    private position: PassPosition
  ) {
    this.name = declared.definition.name;
    const origin = {workspaceId: scope.workspaceId, capturedAt: position.captured_at};
    this.objects = new ObjectRead(scope, declared.definition, origin);
  }

  async *read(): StreamOutputs {
    const {captured_at} = this.position;
    const positions = new PagePositions(memberListing.route);
    for (;;) {
      const {after, owner_done: done} = this.position;
      const page = yield* this.owners(after);
      // An owner who has left meanwhile is not found: then the whole page is read again.
      const isDone = done === undefined ? -1 : page.ids.indexOf(done);
      for (const owner of page.ids.slice(isDone + 1)) yield* this.readOwner(owner);
      const next = positions.advance(page.next);
      if (next === undefined) break;
      this.position = {captured_at, after: next};
      yield this.state();
    }
    if (this.ownersSkipped > 0) this.scope.events.ownersSkipped(this.name, this.ownersSkipped);
    if (this.objects.partsGone > 0) this.scope.events.partsGone(this.name, this.objects.partsGone);
    yield {kind: 'state', stream: this.name, state: {version: 1, completed: captured_at, pass: null}};
  }

  private async *owners(after: string | undefined): StreamOutputs<{ids: readonly string[]; next: string | undefined}> {
    const {owners} = this.declared;
    if (owners !== 'members') return {ids: owners, next: undefined};
    const page = yield* this.objects.ask(listObjects(this.scope.client, memberListing, after));
    return {ids: page.objects.flatMap(({value}) => asText(value['id']) ?? []), next: page.next};
  }

  private async *readOwner(owner: string): StreamOutputs {
    const {captured_at, after} = this.position;
    if (this.declared.owners !== 'members' || isSafeId(owner)) yield* this.readListing(owner);
    else this.ownersSkipped++;
    this.position = {captured_at, ...(after === undefined ? {} : {after}), owner_done: owner};
    this.ownersSinceState++;
    if (this.ownersSinceState >= ownersPerState || this.recordsSinceState >= recordsPerState) yield this.state();
  }

  private async *readListing(owner: string): StreamOutputs {
    const listing = this.declared.listing(owner);
    const positions = new PagePositions(listing.route);
    const saved = this.position.owner === owner ? this.position.owner_after : undefined;
    let isSaved = saved !== undefined;
    let from = saved;
    for (;;) {
      const page: ObjectPage | 'refused' | undefined = yield* this.objects.ask(
        listObjects(this.scope.client, listing, from).catch((error: unknown) => this.toVerdict(error, isSaved))
      );
      isSaved = false;
      if (page === 'refused') {
        this.scope.events.passBegunAnew(this.name);
        from = undefined;
        continue;
      }
      if (page === undefined) {
        this.ownersSkipped++;
        return;
      }
      yield* this.records(page, owner);
      from = positions.advance(page.next);
      if (from === undefined) return;
      this.position = {...this.position, owner, owner_after: from};
      yield this.state();
    }
  }

  private async *records(page: ObjectPage, owner: string): StreamOutputs {
    const {ownerField, records} = this.declared;
    for (const object of page.objects) {
      this.recordsSinceState++;
      if (records !== undefined) yield* records(this.objects, object, owner);
      else yield this.objects.record(object, ownerField === undefined ? {} : {[ownerField]: owner});
    }
  }

  /** One of many owners may be unknown to the route, and a saved position may have lost its meaning. */
  private toVerdict(error: unknown, isSaved: boolean): 'refused' | undefined {
    if (isSaved && error instanceof ConnectorError && error.code === 'request_rejected') return 'refused';
    const hasManyOwners = this.declared.owners === 'members' || this.declared.owners.length > 1;
    if (isGone(error) && hasManyOwners) return undefined;
    throw error;
  }

  private state(): {readonly kind: 'state'; readonly stream: string; readonly state: PassCursor} {
    this.ownersSinceState = 0;
    this.recordsSinceState = 0;
    return {
      kind: 'state',
      stream: this.name,
      state: {version: 1, completed: this.cursor.completed, pass: this.position},
    };
  }
}
