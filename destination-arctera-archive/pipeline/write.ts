// The pipeline of a sync: read, match, hold, archive, release the states.
import type {DestinationInput, InputRecord, InputState} from '../../airbyte/destination-input';
import type {ConfiguredCatalog, StateMessage} from '../../airbyte/protocol';
import {captureRuns} from '../../contract/capture-runs';
import {fileChunks, files} from '../../contract/files';
import {toRecordOwner} from '../../contract/record-owner';
import type {Clock} from '../../core/clock';
import type {Config} from '../config';
import type {RenderSettings} from '../render/item';
import type {Policy} from '../policy/policy';
import {Tally} from '../report/tally';
import {archiveFullBatches, archiveHeld, archiveOthers} from './archive-held';
import type {ArchiveTools} from './archiving';
import {type Composer, ComposerInPlace} from './compose-order';
import {GroupFlow} from './group-flow';
import {fullShare, keptShare} from './held-groups';
import {keepContext} from './keep-context';
import {match} from './match';
import {Receipts} from './receipt';
import {StateGate} from './state-gate';
import {StateLineages} from './state-lineages';
import {isStreamNamed, StreamRoles} from './stream-role';
import {type OpenWorkspace, type SpellWorkspace, type Workspace, Workspaces} from './workspace';

export interface WriteOptions {
  readonly config: Config;
  readonly policy: Policy;
  readonly catalog: ConfiguredCatalog;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly openWorkspace: OpenWorkspace;
  /** Without it, every spelling of an id is another workspace. */
  readonly spellWorkspace?: SpellWorkspace;
  /** Without one, items are composed in the thread that reads. */
  readonly composer?: Composer;
  /** Bytes of archived files that each workspace keeps at hand for further references to them. */
  readonly keptFileBytes: number;
  /** Told after each time that what was held has been archived. */
  readonly onArchived: (tally: Tally) => void;
  /** Told of a workspace whose states go on from others that its ledger never saw. */
  readonly onUnknownStates?: (workspaceId: string, stream: string) => void;
}

/** Of states that wait, however little the messages are that they wait for: more would fill the memory. */
const maxStateBytes = 8 * 1024 * 1024;

export class Write {
  readonly tally = new Tally();
  private readonly gate: StateGate;
  private readonly receipts: Receipts;
  readonly workspaces: Workspaces;
  private readonly lineages: StateLineages;
  private readonly roles = new StreamRoles();
  private readonly tools: ArchiveTools;
  private readonly flows = new Map<Workspace, GroupFlow>();
  private archivedAtMs: number;
  /** When it was asked last whether a state has waited for long. */
  private askedAtMs = Number.NEGATIVE_INFINITY;
  /** Bytes of messages that went on their way since everything else was archived. */
  private sentBytes = 0;
  /** Bytes of states that go on waiting, though everything was archived that could be. */
  private stateBytesLeft = 0;
  private toldCount = 0;

  constructor(private readonly options: WriteOptions) {
    const {
      config,
      policy,
      catalog,
      clock,
      keptFileBytes,
      openWorkspace,
      spellWorkspace = (id: string): string => id,
    } = options;
    this.gate = new StateGate(() => clock.nowMs());
    this.receipts = new Receipts(this.gate, this.tally);
    const fileSettings = {
      expectsRows: catalog.streams.some((stream) => isStreamNamed(stream.name, files)),
      expectsChunks: catalog.streams.some((stream) => isStreamNamed(stream.name, fileChunks)),
      rowWaitMs: toOverdueMs(config),
      clock,
      keptBytes: keptFileBytes,
    };
    this.workspaces = new Workspaces(openWorkspace, spellWorkspace, config, fileSettings, policy.version);
    this.lineages = new StateLineages(this.workspaces, options.onUnknownStates ?? ((): void => undefined));
    this.tools = {
      composer: options.composer ?? new ComposerInPlace(),
      settings: toRenderSettings(config),
      receipts: this.receipts,
      tally: this.tally,
      policy,
      maxItemBytes: toMaxItemBytes(config),
    };
    this.archivedAtMs = clock.nowMs();
  }

  get statesReleased(): number {
    return this.toldCount;
  }

  get statesHeld(): number {
    return this.gate.heldCount;
  }

  /** Whether the source is to say what it sent. */
  get expectsCaptureRuns(): boolean {
    return this.options.catalog.streams.some(
      (stream) => isStreamNamed(stream.name, captureRuns) && this.roles.known(stream) !== 'other'
    );
  }

  async *run(input: AsyncIterable<readonly DestinationInput[]>): AsyncGenerator<StateMessage> {
    try {
      for await (const block of input) {
        this.expect(block);
        for (const message of block) {
          if (message.kind === 'ignored') this.tally.ignore(message.reason);
          else if (message.kind === 'record') await this.take(message);
          else {
            this.keepContext();
            await this.hold(message);
          }
          if (this.isFull()) yield* this.makeRoom();
        }
        this.keepContext();
        for (const flow of this.flows.values()) flow.assertWell();
        yield* this.archiveFullBatches();
        if (this.isOverdue() || this.areStatesMany()) yield* this.archive(false);
        yield* this.release();
      }
      if (this.options.signal.aborted) return; // told to stop: what is held is sent again
      yield* this.archive(true);
      this.assertNoFailure();
    } finally {
      // Nothing may be on its way when the stores are closed; what has failed there has no state behind it.
      for (const flow of this.flows.values()) await flow.end().catch(() => undefined);
    }
  }

  /** Items of the other targets have gone on; now the run says what it could not do. */
  private assertNoFailure(): void {
    for (const {stores} of this.workspaces.all()) for (const failure of stores.failures.values()) throw failure;
  }

  /** Spares a ledger that is elsewhere a question for each record. */
  private expect(block: readonly DestinationInput[]): void {
    for (const {stores} of this.workspaces.all()) {
      if (stores.ledger.expect === undefined) continue;
      const ids = block.flatMap((message) => {
        const id = message.kind === 'record' ? message.data['event_id'] : undefined;
        return typeof id === 'string' ? id : [];
      });
      stores.ledger.expect(ids, []);
    }
  }

  private async take(record: InputRecord): Promise<void> {
    const id = record.data['workspace_id'];
    const workspaceId = typeof id === 'string' && id !== '' ? id : 'default';
    const workspace = this.workspaces.find(workspaceId) ?? (await this.workspaces.of(workspaceId));
    const role = this.roles.of(record.stream, record.data);
    if (
      role === 'file_chunks' &&
      record.data['index'] === 0 &&
      workspace.files.isOnItsWay(String(record.data['transfer_id']))
    ) {
      await this.endFlows(); // it came again
    }
    const timestamp = role === 'messages' ? String(record.data['timestamp']) : undefined;
    const receipt = this.receipts.arrive(
      record.stream,
      record.data,
      toRecordOwner(record.stream.name, record.data)?.id,
      timestamp
    );
    workspace.reconciliation.take(record.stream.name, role, record.data);
    match(record, role, workspace, receipt, this.receipts);
  }

  private async hold(state: InputState): Promise<void> {
    const brings = state.stream === undefined ? 'nothing' : this.gate.brings(state.stream);
    this.gate.hold(state, await this.lineages.follow(state, brings));
  }

  /** The ledger knows of a state before the platform does. */
  private async *release(): AsyncGenerator<StateMessage> {
    const free = this.gate.release();
    await this.lineages.release(free.map(({following}) => following));
    for (const {message} of free) {
      this.toldCount++;
      yield message;
    }
  }

  private async *archive(atEnd: boolean): AsyncGenerator<StateMessage> {
    this.keepContext();
    yield* this.telling(this.endFlows());
    for (const workspace of this.workspaces.all()) yield* this.telling(archiveHeld(workspace, this.tools, atEnd));
    this.archivedAtMs = this.options.clock.nowMs();
    this.sentBytes = 0;
    this.options.onArchived(this.tally);
    yield* this.release();
    this.stateBytesLeft = this.gate.heldBytes;
  }

  /** Conversations that began first go on their way while more is read; the others stay to become whole. */
  private async *makeRoom(): AsyncGenerator<StateMessage> {
    const {limitBytes, workspaces} = this;
    const isFull = workspaces.waitingBytes() >= fullShare * limitBytes;
    // It is not messages that fill it.
    if (isFull && workspaces.groupBytes() < limitBytes / 8) {
      yield* this.archive(false);
      return;
    }
    if (isFull) for (const workspace of workspaces.all()) this.sendOldest(workspace);
    if (this.sentBytes >= limitBytes) {
      this.keepContext();
      for (const workspace of workspaces.all()) {
        if (!workspace.holdsOthers) continue; // messages go on as they are
        yield* this.telling(this.endFlows());
        yield* this.telling(archiveOthers(workspace, this.tools, false));
      }
      this.sentBytes = 0;
      this.options.onArchived(this.tally);
    }
    for (const flow of this.flows.values()) await flow.room(limitBytes / this.flows.size);
  }

  private sendOldest(workspace: Workspace): void {
    const {groups} = workspace;
    const before = groups.waitingBytes;
    this.flowOf(workspace).add(groups.takeOldest(before * keptShare));
    this.sentBytes += before - groups.waitingBytes;
  }

  private async *archiveFullBatches(): AsyncGenerator<StateMessage> {
    for (const workspace of this.workspaces.all()) {
      if (![...workspace.batches.values()].some((batch) => batch.isFull)) continue;
      yield* this.telling(this.endFlows()); // one delivery at a time
      yield* this.telling(archiveFullBatches(workspace, this.tools));
    }
  }

  /** States that become free while something long goes on: nobody waits for its end to hear of them. */
  private async *telling(work: Promise<void>): AsyncGenerator<StateMessage> {
    const end = {isReached: false};
    const ended = work
      .catch(() => undefined)
      .then(() => {
        end.isReached = true;
      });
    try {
      for (;;) {
        await Promise.race([ended, this.gate.freed()]);
        if (end.isReached) break;
        yield* this.release();
      }
    } finally {
      await ended; // a reader that goes away does not leave it under way
    }
    await work;
  }

  private async endFlows(): Promise<void> {
    for (const flow of this.flows.values()) await flow.end();
  }

  private flowOf(workspace: Workspace): GroupFlow {
    let flow = this.flows.get(workspace);
    if (flow === undefined) {
      flow = new GroupFlow(workspace, this.tools, this.options.signal);
      this.flows.set(workspace, flow);
    }
    return flow;
  }

  private keepContext(): void {
    for (const workspace of this.workspaces.all()) keepContext(workspace, this.receipts);
  }

  /** What waits is bounded, and so is what waits together with what is on its way. Asked for each message. */
  private isFull(): boolean {
    const heldBytes = this.workspaces.heldBytes();
    if (heldBytes < fullShare * this.limitBytes) return false;
    return heldBytes >= this.limitBytes || this.workspaces.waitingBytes() >= fullShare * this.limitBytes;
  }

  private isOverdue(): boolean {
    const {config, clock} = this.options;
    const sinceMs = this.gate.oldestHeldMs();
    const nowMs = clock.nowMs();
    const isSetBack = nowMs < this.askedAtMs;
    this.askedAtMs = nowMs;
    if (sinceMs === undefined) return false;
    const isUnknown = nowMs < sinceMs; // the clock was set back: nobody knows how long it has been
    if (isUnknown && isSetBack) return true;
    const overdueMs = toOverdueMs(config);
    const isLong = isUnknown || nowMs - sinceMs >= overdueMs;
    // What goes on waiting, as for the rest of a file, must not have each message archived by itself.
    return isLong && Math.abs(nowMs - this.archivedAtMs) >= overdueMs / 4;
  }

  private areStatesMany(): boolean {
    const {heldBytes} = this.gate;
    this.stateBytesLeft = Math.min(this.stateBytesLeft, heldBytes);
    return heldBytes - this.stateBytesLeft >= maxStateBytes;
  }

  private get limitBytes(): number {
    return this.options.config.hold_megabytes * 1024 * 1024;
  }
}

function toRenderSettings(config: Config): RenderSettings {
  return {
    messageIdDomain: config.message_id_domain,
    assistantAddress: config.assistant_address,
    fallbackAddress: config.fallback_address,
    timeZone: config.time_zone,
    formats: config.formats,
    extraHeaders: config.extra_headers,
  };
}

/** Age of a held state at which what holds it is archived: short of the limit, as archiving takes its time. */
function toOverdueMs({hold_minutes: minutes}: Config): number {
  return minutes * 60_000 - 5_000;
}

function toMaxItemBytes({max_item_megabytes: megabytes}: Config): number | undefined {
  return megabytes === undefined ? undefined : megabytes * 1024 * 1024;
}
