// The last part of the file lane: the bytes of what GPTs, projects, libraries and skills hold, in passes of their own.
import {files, type FileOwnerStream, ownerReferenceId} from '../../contract/files';
import type {ErrorCode} from '../../core/error-codes';
import {ConnectorError, toConnectorError} from '../../core/errors';
import {type ApiObject, listObjects, type ObjectPage} from '../api/object-listing';
import {type PageMark, PagePositions} from '../api/page-positions';
import {isSafeId} from '../api/path-segment';
import {type FileCursor, hasRoomToRetry, toFileState, withoutReference} from '../cursor/file-cursor';
import {
  completeFilesPass,
  isUnsettled,
  lookAgainSince,
  type ObjectFilesCursor,
  type ObjectFilesPosition,
  planFilesPass,
} from '../cursor/object-files-cursor';
import type {PassPosition} from '../cursor/pass-cursor';
import type {FileReference} from '../normalize/file-references';
import type {Captured, FileCapture} from './file-capture';
import {fileBudgetOf, type FilesReached, lookAhead, referencesPerState} from './file-lane';
import {firstMembers, memberIds, memberListing} from './members';
import {DoubtfulOwners, listingVerdict, ObjectRead, type OwnerRefused, positionVerdict} from './object-read';
import {objectStreams} from './object-streams';
import type {PassEnds} from './object-pass';
import type {ObjectFile, ObjectFiles, ObjectStream, SoughtFiles} from './object-stream';
import {nowIso, type ReadScope, type SelectedStates, type StreamOutputs} from './read-scope';
import {toRetryReference} from './retry-references';

/** Uploads of messages come first because they expire; yet what lasts must not wait for ever behind them. */
const leastBudgetMs = 5 * 60_000;

/** A stream of objects that hold files. */
type OwningStream = ObjectStream & {readonly files: ObjectFiles};

/**
 * Completes the streams of files, or fails them.
 * @param ends of the passes over the objects themselves
 */
export async function* readObjectFiles(
  scope: ReadScope,
  selected: SelectedStates,
  reached: FilesReached,
  ends: PassEnds
): StreamOutputs {
  const {streams} = reached.capture;
  try {
    yield* new ObjectFileLane(scope, selected, reached, ends).read();
    for (const stream of streams) yield {kind: 'completed', stream};
  } catch (error) {
    for (const stream of streams) yield {kind: 'failed', stream, error: toConnectorError(error)};
  } finally {
    reached.capture.close();
  }
}

/** What a listing of objects is answered that the key may not read, that is not offered, or that breaks off. */
const listingRefused: ReadonlySet<ErrorCode> = new Set([
  'stateful_scope_missing',
  'objects_not_offered',
  'listing_broken_off',
  'request_rejected',
]);

/** Caught up: it stands where the pass over the objects has stopped; what lies behind is listed for both in the next read. */
type Progress = 'done' | 'stopped' | 'caught_up';
type State = {readonly kind: 'state'; readonly stream: string; readonly state: object};

class ObjectFileLane {
  private readonly capture: FileCapture;
  private readonly deadlineMs: number;
  private cursor: FileCursor;
  private stepsSinceState = 0;
  /** What kept files waiting though the stream of their objects had no such trouble. */
  private refusal: ConnectorError | undefined;

  constructor(
    private readonly scope: ReadScope,
    private readonly selected: SelectedStates,
    {capture, cursor, tookMs}: FilesReached,
    private readonly ends: PassEnds
  ) {
    this.capture = capture;
    this.cursor = cursor;
    this.deadlineMs = scope.clock.nowMs() + Math.max(fileBudgetOf(scope, capture) - tookMs, leastBudgetMs);
  }

  async *read(): StreamOutputs {
    const owning = objectStreams.filter((one): one is OwningStream => one.files !== undefined);
    for (const declared of owning.filter(({definition}) => this.selected.has(definition.name))) {
      const {stream} = declared.files;
      const planned = planFilesPass(this.cursor.objects?.[stream], nowIso(this.scope), this.scope.refreshHours);
      if (planned === undefined) continue;
      this.keep(stream, planned);
      const pass = new ObjectFilesPass(this.scope, this.capture, declared, {
        isOver: () => this.scope.clock.nowMs() >= this.deadlineMs,
        cursor: () => this.cursor.objects?.[stream] ?? planned,
        hasRoom: () => hasRoomToRetry(this.cursor.retry),
        firstAttemptOf: (reference) => this.firstAttemptOf(reference),
        tried: (reference, attemptAt, result) => this.noteTried(reference, attemptAt, result),
        move: (position) => this.keep(stream, {...planned, pass: position}),
        states: () => this.states(),
        refused: (error) => {
          if (!this.ends.failed.has(declared.definition.name)) this.refusal ??= error;
        },
        stoppedAt: this.ends.stoppedAt.get(declared.definition.name),
      });
      const progress = yield* pass.read();
      if (progress === 'stopped') this.scope.events.objectFilesLeftWaiting(stream);
      if (progress === 'done') this.keep(stream, completeFilesPass(planned, this.positionOf(stream) ?? planned.pass));
      yield* this.states(true);
    }
    if (this.refusal !== undefined) throw this.refusal;
  }

  private positionOf(stream: FileOwnerStream): ObjectFilesPosition | null | undefined {
    return this.cursor.objects?.[stream]?.pass;
  }

  private keep(stream: FileOwnerStream, kept: ObjectFilesCursor): void {
    this.cursor = {...this.cursor, objects: {...this.cursor.objects, [stream]: kept}};
  }

  private firstAttemptOf({eventId, fileId}: FileReference): string | undefined {
    const waiting = this.cursor.retry.find((one) => one.file_id === fileId && one.event_id === eventId);
    return waiting?.first_attempt_at;
  }

  /** A pass that asks for every file meets those that wait, too. */
  private noteTried(reference: FileReference, attemptAt: string, result: Captured): void {
    const waiting = toRetryReference(reference, attemptAt);
    const others = withoutReference(this.cursor.retry, waiting);
    const wasWaiting = others !== this.cursor.retry;
    if (result !== 'settled' && !wasWaiting) this.scope.tally.filesWaiting++;
    if (result === 'settled' && wasWaiting) this.scope.tally.filesWaiting--;
    this.cursor = {...this.cursor, retry: result === 'settled' ? others : [...others, waiting]};
  }

  private *states(isEnd = false): Generator<State> {
    this.stepsSinceState++;
    if (!isEnd && this.stepsSinceState < referencesPerState) return;
    this.stepsSinceState = 0;
    for (const stream of this.capture.streams) yield {kind: 'state', stream, state: toFileState(this.cursor)};
  }
}

/** What a pass is given by the lane that keeps its place. */
interface PassTools {
  readonly isOver: () => boolean;
  readonly cursor: () => ObjectFilesCursor;
  readonly hasRoom: () => boolean;
  /** Of a file that waits; until 48 hours after it. */
  readonly firstAttemptOf: (reference: FileReference) => string | undefined;
  readonly tried: (reference: FileReference, attemptAt: string, result: Captured) => void;
  readonly move: (position: ObjectFilesPosition) => void;
  /** A state, when it is time for one. */
  readonly states: () => Generator<State>;
  /** Takes why the pass stopped, where that was not for want of time. */
  readonly refused: (error: ConnectorError) => void;
  /** Where the pass over the objects themselves has stopped. */
  readonly stoppedAt: PassPosition | undefined;
}

class ObjectFilesPass {
  private readonly objects: ObjectRead;
  private readonly doubtful: DoubtfulOwners;
  private isSavedPage = true;
  /** Nobody since then is known to be done. */
  private beforeDoubt: ObjectFilesPosition | undefined;
  private refusedObjects = 0;

  constructor(
    private readonly scope: ReadScope,
    private readonly capture: FileCapture,
    private readonly declared: OwningStream,
    private readonly tools: PassTools
  ) {
    const origin = {workspaceId: scope.workspaceId, capturedAt: nowIso(scope)};
    this.objects = new ObjectRead(scope, {...declared.definition, name: capture.streams[0] ?? files.name}, origin);
    this.doubtful = new DoubtfulOwners(
      this.position.steps > 0,
      (owner) => this.objects.ask(listObjects(scope.client, {...declared.listing(owner), isShared: false}, undefined)),
      () => firstMembers(scope.client, this.objects)
    );
  }

  async *read(): StreamOutputs<Progress> {
    try {
      const progress = yield* this.readOwners();
      yield* this.doubtful.requireAnswer();
      if (this.refusedObjects > 0) {
        this.scope.events.objectFilesRefused(this.declared.files.stream, this.refusedObjects);
      }
      return progress;
    } catch (error) {
      if (this.beforeDoubt !== undefined && this.doubtful.isInDoubt) this.tools.move(this.beforeDoubt);
      if (!(error instanceof ConnectorError) || !listingRefused.has(error.code)) throw error;
      this.tools.refused(error); // the files of other objects are not to suffer
      return 'stopped';
    }
  }

  private async *readOwners(): StreamOutputs<Progress> {
    const positions = new PagePositions(memberListing.route);
    for (;;) {
      if (this.isCaughtUp(undefined)) return 'caught_up';
      const page = yield* this.owners();
      // An owner who has left meanwhile is not found: then the whole page is read again.
      const isDone = this.position.owner_done === undefined ? -1 : page.ids.indexOf(this.position.owner_done);
      this.doubtful.noteEarlier(page.ids.slice(0, isDone + 1).filter(isSafeId));
      for (const owner of page.ids.slice(isDone + 1)) {
        if ((yield* this.readListing(owner)) === 'stopped') return 'stopped';
        this.move({owner_done: owner}, 'after');
        yield* this.states();
        if (this.isCaughtUp(owner)) return 'caught_up';
      }
      const next = positions.advance(page);
      if (next === undefined) return 'done';
      this.move({after: next});
      yield* this.states();
    }
  }

  private isCaughtUp(ownerDone: string | undefined): boolean {
    const {stoppedAt} = this.tools;
    const isThere = stoppedAt !== undefined && stoppedAt.after === this.position.after;
    return isThere && stoppedAt.owner_done === (ownerDone ?? this.position.owner_done);
  }

  private async *owners(): StreamOutputs<PageMark & {readonly ids: readonly string[]}> {
    const {owners} = this.declared;
    if (owners !== 'members') return {ids: owners, next: undefined, content: ''};
    const {after} = this.position;
    const isSaved = this.isSavedPage && after !== undefined;
    this.isSavedPage = false;
    const page: ObjectPage | 'refused' = yield* this.objects.ask(
      listObjects(this.scope.client, memberListing, after).catch((error: unknown) =>
        positionVerdict(error, {route: memberListing.route, from: after, isSaved})
      )
    );
    if (page !== 'refused') {
      const {content, next} = page;
      return {ids: memberIds(page).filter((id) => id !== undefined), next, content};
    }
    this.scope.events.passBegunAnew(files.name);
    this.move({});
    return yield* this.owners();
  }

  private async *readListing(owner: string): StreamOutputs<Progress> {
    if (this.declared.owners === 'members' && !isSafeId(owner)) return 'done';
    const listing = this.declared.listing(owner);
    const positions = new PagePositions(listing.route);
    let from = this.position.owner === owner ? this.position.owner_after : undefined;
    let isSaved = from !== undefined;
    for (;;) {
      if (this.tools.isOver()) return 'stopped';
      const page: ObjectPage | 'refused' | 'gone' | OwnerRefused = yield* this.objects.ask(
        listObjects(this.scope.client, listing, from).catch((error: unknown) =>
          listingVerdict(error, this.declared.owners, {route: listing.route, from, isSaved})
        )
      );
      isSaved = false;
      if (page !== 'gone' && page !== 'refused' && 'error' in page) {
        if (!this.doubtful.isInDoubt) this.beforeDoubt = this.position;
        yield* this.doubtful.noteRefusal(page);
        return 'done';
      }
      if (page === 'refused') {
        from = undefined; // no answer of the member: it may be withheld since
        continue;
      }
      this.doubtful.noteAnswer(owner);
      if (page === 'gone') return 'done';
      if ((yield* this.readPage(page, owner)) === 'stopped') return 'stopped';
      from = positions.advance(page);
      if (from === undefined) return 'done';
      this.move({owner, owner_after: from}, 'after', 'owner_done');
      yield* this.states();
    }
  }

  private *states(): Generator<State> {
    if (!this.doubtful.isInDoubt) yield* this.tools.states();
  }

  private async *readPage(page: ObjectPage, owner: string): StreamOutputs<Progress> {
    const references = yield* this.referencesOf(page.objects, owner);
    const {reference_done: done} = this.position;
    const first = done === undefined ? 0 : references.findIndex((one) => keyOf(one) === done) + 1;
    for (let index = first; index < references.length; index++) {
      const reference = references[index];
      if (reference === undefined) break;
      const isOver = this.tools.isOver();
      if ((isOver && !this.capture.isBegun(reference)) || !this.tools.hasRoom()) return 'stopped';
      if (!isOver) this.capture.prefetch(references.slice(index, index + lookAhead));
      const attemptAt = this.tools.firstAttemptOf(reference) ?? nowIso(this.scope);
      this.tools.tried(reference, attemptAt, yield* this.capture.capture(reference, attemptAt));
      this.move({reference_done: keyOf(reference)}, 'after', 'owner_done', 'owner', 'owner_after');
      yield* this.states();
    }
    return 'done';
  }

  private async *referencesOf(objects: readonly ApiObject[], owner: string): StreamOutputs<readonly FileReference[]> {
    // In the order of the page, whatever was asked for again: the position names the last that is done.
    const byObject: (readonly FileReference[])[] = [];
    const unproven = new Map<number, unknown>();
    for (const [index, object] of objects.entries()) {
      try {
        byObject[index] = yield* this.referencesOfOne(object, owner);
      } catch (error) {
        if (!this.objects.isUnproven(error)) throw error;
        unproven.set(index, error);
      }
    }
    for (const [index, error] of unproven) {
      yield* this.seekWitness(error, objects, owner);
      const object = objects[index];
      if (object !== undefined) byObject[index] = yield* this.referencesOfOne(object, owner);
    }
    return byObject.flat();
  }

  /** A part may be forbidden of one object alone, and nothing be new about any other whose parts would tell so. */
  private async *seekWitness(refusal: unknown, objects: readonly ApiObject[], owner: string): StreamOutputs {
    if (!this.objects.isUnproven(refusal)) return;
    const {client} = this.scope;
    const first = yield* this.objects.ask(listObjects(client, this.declared.listing(owner), undefined));
    const known = new Set(objects.map(({value}) => value['id']));
    for (const object of [...objects, ...first.objects.filter(({value}) => !known.has(value['id']))]) {
      try {
        const held = this.declared.files.of(this.objects, object, owner, everything);
        if ('next' in held) yield* held;
      } catch (error) {
        if (!this.objects.isUnproven(error)) throw error;
      }
      if (!this.objects.isUnproven(refusal)) return;
    }
  }

  private async *referencesOfOne(object: ApiObject, owner: string): StreamOutputs<readonly FileReference[]> {
    const {of, stream} = this.declared.files;
    const references: FileReference[] = [];
    const isNew = (givenAt: string | null): boolean => isUnsettled(this.tools.cursor(), givenAt);
    const noteRefused = (): void => {
      this.refusedObjects++;
      this.leaveOpen(lookAgainSince(this.tools.cursor(), this.position));
    };
    const held = of(this.objects, object, owner, {isNew, noteRefused});
    for (const file of 'next' in held ? yield* held : held) {
      if (!isNew(file.givenAt)) continue;
      if (file.isReady) references.push(toReference(stream, file));
      else this.leaveOpen(file.givenAt);
    }
    return references;
  }

  /** The next pass asks for it again. */
  private leaveOpen(givenAt: string | null): void {
    if (givenAt === null) return;
    const {open_since: known} = this.position;
    if (known === undefined || givenAt < known) this.tools.move({...this.position, open_since: givenAt});
  }

  private get position(): ObjectFilesPosition {
    return this.tools.cursor().pass ?? {captured_at: nowIso(this.scope), is_full: true, steps: 0};
  }

  /** One step on: what is named stays as it was, besides what holds for the whole pass. */
  private move(to: Partial<ObjectFilesPosition>, ...kept: readonly (keyof ObjectFilesPosition)[]): void {
    const {position} = this;
    const held = ['captured_at', 'is_full', 'open_since', ...kept] as const;
    const same = Object.fromEntries(
      held.filter((key) => position[key] !== undefined).map((key) => [key, position[key]])
    );
    this.tools.move({...(same as ObjectFilesPosition), ...to, steps: position.steps + 1});
  }
}

const everything: SoughtFiles = {isNew: () => true, noteRefused: () => undefined};

function toReference(stream: FileOwnerStream, file: ObjectFile): FileReference {
  const {fileId, givenAt, name, ownerId, ownerName, userId} = file;
  return {
    fileId,
    name,
    referredBy: 'object',
    eventId: ownerReferenceId(stream, ownerId),
    eventTimestamp: givenAt,
    conversationId: null,
    messageId: null,
    userId,
    owner: {stream, id: ownerId, name: ownerName},
  };
}

function keyOf({fileId, eventId}: FileReference): string {
  return `${eventId}/${fileId}`;
}
