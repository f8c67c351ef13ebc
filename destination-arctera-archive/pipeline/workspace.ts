// Everything the destination holds for one workspace while a sync runs.
import type {ConnectorError} from '../../core/errors';
import type {Config} from '../config';
import type {EvidenceLedger} from '../ledger/evidence';
import type {KeptFiles} from '../ledger/kept-files';
import type {KnownRecord, Outcome, PolicyReason} from '../ledger/ledger';
import type {Mirror} from '../ledger/mirror';
import type {Outbox} from '../ledger/outbox';
import type {SetAsideFolder} from '../ledger/set-aside';
import type {Spool} from '../ledger/spool';
import {TextFiles} from '../ledger/text-files';
import {Reconciliation} from '../report/reconciliation';
import type {Target} from '../targets/target';
import {type FileSettings, HeldFiles} from './held-files';
import {HeldGroups, type HeldMessage} from './held-groups';
import type {HeldBatch, HeldRecord} from './held-batches';
import type {Receipt} from './receipt';
import type {SetAsideCopy} from '../ledger/set-aside';

/** What opening a workspace gives: the places its items and its memory lie in. */
export interface WorkspaceStores {
  readonly workspaceId: string;
  readonly ledger: EvidenceLedger;
  readonly target: Target;
  /** All targets by name, the one above as `default`. */
  readonly targets: ReadonlyMap<string, Target>;
  /** Bytes of open intents for targets that cannot be asked. */
  readonly outbox: Outbox;
  /** Targets that failed in this run, with the error: what is routed to them waits, the rest goes on. */
  readonly failures: Map<string, ConnectorError>;
  readonly spool: Spool;
  readonly setAside: SetAsideFolder;
  /** Existing folder for items that are too large for memory. */
  readonly temporaryFolder: string;
  readonly reportsFolder: string;
  /** Evidence that no target keeps. */
  readonly keptFiles: KeptFiles;
  /** Set where the folders above do not last. */
  readonly mirror: Mirror | undefined;
}

export type OpenWorkspace = (workspaceId: string) => Promise<WorkspaceStores>;

/** Gives the id under which the ledger of a workspace is kept, or will be. */
export type SpellWorkspace = (workspaceId: string) => string;

/** A record on its way to the set-aside folder. */
export interface PendingSetAside {
  readonly copy: SetAsideCopy;
  readonly receipt: Receipt;
  /** Of repeats that came while the record was held. */
  readonly repeats?: readonly Receipt[];
  /** Set where the policy decided it. */
  readonly why?: PolicyReason;
}

/** What became of an object that the policy left out. */
export interface LeftOutObject {
  readonly outcome: Outcome;
  /** The rule that excluded it; undefined where it was set aside. */
  readonly rule: string | undefined;
}

export class Workspace {
  readonly groups: HeldGroups;
  readonly files: HeldFiles;
  readonly batches = new Map<string, HeldBatch>();
  readonly setAsides: PendingSetAside[] = [];
  /** People and receipts of `users` rows that the ledger has not kept yet. */
  readonly people: {readonly id: string; readonly email: string | undefined; readonly name: string | undefined}[] = [];
  readonly contextReceipts: Receipt[] = [];
  /** What became of objects that the policy left out in this run: their files, which come later, follow them. */
  readonly objectsLeftOut = new Map<string, LeftOutObject>();
  /** References to files that their item had no room for, until the other items have been archived. */
  readonly filesApart = new Set<string>();
  readonly reconciliation: Reconciliation;

  constructor(
    readonly stores: WorkspaceStores,
    config: Config,
    files: FileSettings,
    /** Records that an earlier policy excluded are decided afresh. */
    readonly policyVersion: string
  ) {
    this.reconciliation = new Reconciliation(stores.workspaceId);
    this.groups = new HeldGroups(config.grouping, config.time_zone, new TextFiles(stores.temporaryFolder));
    this.files = new HeldFiles(stores.spool, stores.ledger, files);
  }

  /** The record that waits under this id, whatever stream it came in: a record lies in one item. */
  findHeld(recordId: string): HeldRecord | HeldMessage | undefined {
    const held = this.groups.find(recordId);
    if (held !== undefined) return held;
    for (const {records} of this.batches.values()) {
      const record = records.get(recordId);
      if (record !== undefined) return record;
    }
    return undefined;
  }

  /**
   * What is known of a record that is not to be decided afresh, as one is that another policy excluded.
   * @param sha256 of what came under the id, where it may be something else
   */
  findSettled(recordId: string, sha256?: string): KnownRecord | undefined {
    const {ledger} = this.stores;
    const known = ledger.findRecord(recordId);
    if (known?.outcome !== 'excluded') return known;
    if (sha256 !== undefined && sha256 !== known.sha256) return known;
    return ledger.findExclusion(recordId)?.policyVersion === this.policyVersion ? known : undefined;
  }

  /** Whether other bytes that came under the id are on their way to the set-aside folder. */
  setsAsideOther(recordId: string, sha256: string): boolean {
    return this.setAsides.some(({copy}) => copy.recordId === recordId && copy.sha256 !== sha256);
  }

  /** What waits, and what is on its way to an item. */
  get heldBytes(): number {
    return this.groups.heldBytes + this.otherBytes;
  }

  get waitingBytes(): number {
    return this.groups.waitingBytes + this.otherBytes;
  }

  /** Whether anything waits, or what is known of files, that is no message. */
  get holdsOthers(): boolean {
    return this.batches.size > 0 || !this.files.isEmpty || this.filesApart.size > 0;
  }

  private get otherBytes(): number {
    let bytes = this.files.heldBytes;
    for (const batch of this.batches.values()) bytes += batch.bytes;
    return bytes;
  }
}

/** The workspaces of one sync, opened when their first record comes. */
export class Workspaces {
  private readonly open: Workspace[] = [];
  /** By each id that a record named one by. */
  private readonly named = new Map<string, Workspace>();

  constructor(
    private readonly openStores: OpenWorkspace,
    private readonly spell: SpellWorkspace,
    private readonly config: Config,
    private readonly files: FileSettings,
    private readonly policyVersion: string
  ) {}

  async of(workspaceId: string): Promise<Workspace> {
    const spelled = this.spell(workspaceId);
    const workspace = this.named.get(spelled) ?? (await this.begin(spelled));
    this.named.set(workspaceId, workspace);
    return workspace;
  }

  find(workspaceId: string): Workspace | undefined {
    return this.named.get(workspaceId);
  }

  all(): readonly Workspace[] {
    return this.open;
  }

  heldBytes(): number {
    return this.all().reduce((sum, workspace) => sum + workspace.heldBytes, 0);
  }

  waitingBytes(): number {
    return this.all().reduce((sum, workspace) => sum + workspace.waitingBytes, 0);
  }

  /** Of messages that wait for the rest of their conversation. */
  groupBytes(): number {
    return this.all().reduce((sum, {groups}) => sum + groups.waitingBytes, 0);
  }

  async close(): Promise<void> {
    await inAnyCase(this.all().flatMap(({groups, stores}) => [() => groups.close(), () => closeStores(stores)]));
  }

  private async begin(workspaceId: string): Promise<Workspace> {
    const workspace = new Workspace(await this.openStores(workspaceId), this.config, this.files, this.policyVersion);
    this.open.push(workspace);
    this.named.set(workspaceId, workspace);
    return workspace;
  }
}

export async function closeStores({ledger, spool, targets}: WorkspaceStores): Promise<void> {
  await inAnyCase([
    () => spool.clear(),
    () => ledger.close(),
    ...[...targets.values()].map((target) => () => target.close()),
  ]);
}

/** Takes every step, whatever became of those before it; throws what went wrong first. */
async function inAnyCase(steps: readonly (() => void | Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
