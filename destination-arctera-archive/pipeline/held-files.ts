// Brings together what is known of files: their rows, the bytes that come in chunks, and what the archive has already.
import type {FileOutcome} from '../../contract/files';
import type {Clock} from '../../core/clock';
import type {KnownFile, Ledger, SettledFile} from '../ledger/ledger';
import type {Spool, SpooledFile} from '../ledger/spool';
import type {AttachedFile} from '../render/item';
import type {Receipt} from './receipt';

/** A `files` row that waits for its item. */
export interface HeldRow {
  readonly fileId: string;
  readonly eventId: string;
  readonly conversationId: string | undefined;
  readonly userId: string | undefined;
  readonly name: string | undefined;
  readonly outcome: FileOutcome;
  readonly transferId: string | undefined;
  readonly sha256: string | undefined;
  readonly size?: number | undefined;
  readonly eventTimestamp: string | undefined;
  /** Set where an object holds the file, whose id stands for the event. */
  readonly owner?: {readonly stream: string; readonly name: string | undefined} | undefined;
  /** Exact text of the row. */
  readonly text: string;
  readonly receipts: readonly Receipt[];
}

/** A transfer in `file_chunks`, whole or on its way. */
export interface HeldTransfer {
  readonly transferId: string;
  readonly fileId: string;
  readonly eventId: string;
  readonly conversationId: string | undefined;
  readonly name: string | undefined;
  /** Receipts of chunks that have no outcome yet. */
  readonly receipts: Receipt[];
  content: SpooledFile | undefined;
  /** When its last chunk came, in Unix milliseconds. */
  wholeSinceMs: number | undefined;
  isArchived: boolean;
  /** Items on their way that hold the bytes. */
  uses: number;
}

/** What an item takes along: to be settled when it is durable. */
export interface TakenFiles {
  readonly rows: HeldRow[];
  readonly transfers: Set<HeldTransfer>;
  readonly settled: SettledFile[];
}

export interface FileSettings {
  /** Whether the catalog selects `files`. */
  readonly expectsRows: boolean;
  /** Whether the catalog selects `file_chunks`. */
  readonly expectsChunks: boolean;
  /** How long a whole transfer waits for its row, in milliseconds: its states must not wait longer. */
  readonly rowWaitMs: number;
  readonly clock: Clock;
  /** Bytes of archived transfers that are kept for further references to the same file. */
  readonly keptBytes: number;
}

/** What is left without an outcome when nothing more comes: transfers cut off, and the rows that wait for them. */
export interface IncompleteFiles {
  readonly transfers: number;
  readonly records: number;
}

/** What a row takes besides its text, and what a transfer takes while its bytes lie in the spool, roughly. */
const rowBytes = 1000;
const transferBytes = 1000;

/** However small they are: each takes memory, and is looked at when another comes. */
const maxKept = 1000;

export class HeldFiles {
  private readonly rows = new Map<string, HeldRow>();
  private readonly transfers = new Map<string, HeldTransfer>();
  /** Those that have no outcome yet. */
  private readonly openTransfers = new Set<HeldTransfer>();
  private readonly newestByFile = new Map<string, HeldTransfer>();
  private textBytes = 0;

  constructor(
    private readonly spool: Spool,
    private readonly ledger: Pick<Ledger, 'findFile' | 'findBytes'>,
    private readonly settings: FileSettings
  ) {}

  /** Of memory that waits. */
  get heldBytes(): number {
    return this.textBytes + this.rows.size * rowBytes + this.openTransfers.size * transferBytes;
  }

  /** Whether no row and no transfer waits. */
  get isEmpty(): boolean {
    return this.rows.size === 0 && this.transfers.size === 0;
  }

  get incomplete(): IncompleteFiles {
    const cutOff = [...this.transfers.values()].filter((transfer) => transfer.content === undefined);
    const rows = [...this.rows.values()];
    return {
      transfers: new Set([
        ...cutOff.map(({transferId}) => transferId),
        ...rows.map(({transferId, fileId, eventId}) => transferId ?? toKey(fileId, eventId)),
      ]).size,
      records: [...cutOff, ...rows].reduce((sum, {receipts}) => sum + receipts.length, 0),
    };
  }

  addRow(row: HeldRow): void {
    const key = toKey(row.fileId, row.eventId);
    const earlier = this.rows.get(key);
    this.rows.set(key, earlier === undefined ? row : {...row, receipts: [...earlier.receipts, ...row.receipts]});
    this.textBytes += row.text.length - (earlier?.text.length ?? 0);
  }

  /** Throws IntegrityError when the chunks do not make up the file. */
  addChunk(chunk: HeldChunk, receipt: Receipt): void {
    let transfer = this.transfers.get(chunk.transferId);
    if (transfer === undefined || (chunk.index === 0 && transfer.content !== undefined)) {
      const {transferId, fileId, eventId, conversationId, name} = chunk;
      // Not copied: an item may still take the bytes that came first, and a record has one outcome.
      const receipts = transfer?.receipts.splice(0) ?? [];
      if (transfer !== undefined) this.openTransfers.delete(transfer);
      transfer = {
        transferId,
        fileId,
        eventId,
        conversationId,
        name,
        receipts,
        content: undefined,
        wholeSinceMs: undefined,
        isArchived: false,
        uses: 0,
      };
      this.transfers.set(chunk.transferId, transfer);
      this.openTransfers.add(transfer);
    }
    transfer.receipts.push(receipt);
    this.spool.append(chunk.transferId, chunk.index, chunk.bytes);
    if (chunk.end === undefined) return;
    transfer.content = this.spool.finish(chunk.transferId, chunk.end);
    transfer.wholeSinceMs = this.settings.clock.nowMs();
    this.newestByFile.set(chunk.fileId, transfer);
  }

  /** The source gave the transfer up: what came of it is thrown away. */
  abandon(transferId: string): readonly Receipt[] {
    const transfer = this.transfers.get(transferId);
    return transfer === undefined || transfer.content !== undefined ? [] : this.discard(transfer);
  }

  /** What an item says of a file that an event names; what it takes along is noted in `taken`. */
  attach(fileId: string, eventId: string, name: string | undefined, taken: TakenFiles, atEnd: boolean): AttachedFile {
    const key = toKey(fileId, eventId);
    const row = this.rows.get(key);
    const file = {fileId, eventId, name: name ?? row?.name};
    if (row !== undefined && row.outcome !== 'captured') {
      this.takeRow(key, row, taken);
      return {...file, state: {kind: 'missing', outcome: row.outcome}};
    }
    const transfer = this.transferFor(row, fileId, atEnd);
    if (transfer?.content !== undefined) {
      if (row !== undefined) this.takeRow(key, row, taken);
      else taken.settled.push({fileId, eventId, outcome: 'captured', sha256: transfer.content.sha256});
      return this.attachTransfer(file, transfer, transfer.content, taken);
    }
    const archived = this.ledger.findFile(fileId, eventId);
    const isSame = archived?.outcome === 'captured' && (row === undefined || row.sha256 === archived.sha256);
    const elsewhere = isSame ? archived : this.findBytesOf(row);
    if (elsewhere !== undefined) {
      if (row !== undefined && !isSame) this.takeRow(key, row, taken);
      const {sha256, itemId} = elsewhere;
      return {...file, state: {kind: 'elsewhere', sha256, itemId, size: row?.size}};
    }
    if (archived !== undefined && archived.outcome !== 'captured') {
      return {...file, state: {kind: 'missing', outcome: archived.outcome}};
    }
    return {...file, state: {kind: this.settings.expectsChunks ? 'awaited' : 'not_selected'}};
  }

  /** Rows whose message has its item already, or none: those that say something new, and those that do not. */
  takeLateRows(
    isKnown: (row: HeldRow) => boolean,
    awaitsMessage: (row: HeldRow) => boolean
  ): {
    readonly late: readonly HeldRow[];
    readonly known: readonly HeldRow[];
  } {
    const late: HeldRow[] = [];
    const known: HeldRow[] = [];
    for (const [key, row] of this.rows) {
      const bytesAreComing =
        row.outcome === 'captured' &&
        this.transferFor(row, row.fileId, false) === undefined &&
        this.findBytesOf(row) === undefined;
      if (this.saysNothingNew(row) || isKnown(row)) known.push(row);
      else if (awaitsMessage(row)) continue;
      else if (bytesAreComing && this.settings.expectsChunks) continue;
      else if (bytesAreComing) known.push(row);
      else {
        late.push(row);
        continue;
      }
      this.dropRow(key, row);
    }
    return {late, known};
  }

  /** Whether an item on its way holds the bytes of a transfer. */
  isOnItsWay(transferId: string): boolean {
    return (this.transfers.get(transferId)?.uses ?? 0) > 0;
  }

  /** Whether a whole transfer is to wait for its row: not when none can come, and not for ever. */
  awaitsRow({wholeSinceMs}: HeldTransfer, atEnd: boolean): boolean {
    const {expectsRows, clock, rowWaitMs} = this.settings;
    if (!expectsRows || atEnd) return false;
    const waitedMs = clock.nowMs() - (wholeSinceMs ?? 0);
    return waitedMs >= 0 && waitedMs < rowWaitMs; // a clock set back tells nothing of how long it has been
  }

  /** Files that wait for an item, by the event or object that names them. */
  waiting(): ReadonlyMap<string, ReadonlyMap<string, string | undefined>> {
    const byEvent = new Map<string, Map<string, string | undefined>>();
    for (const {eventId, fileId, name} of [...this.strays(), ...this.rows.values()]) {
      const files = byEvent.get(eventId) ?? new Map<string, string | undefined>();
      byEvent.set(eventId, files.set(fileId, name));
    }
    return byEvent;
  }

  /** Whole transfers that no item has taken. */
  strays(): readonly HeldTransfer[] {
    return [...this.transfers.values()].filter(({content, receipts}) => content !== undefined && receipts.length > 0);
  }

  /** What an addendum says of a late row. */
  attachRow(row: HeldRow, taken: TakenFiles): AttachedFile {
    return this.attach(row.fileId, row.eventId, row.name, taken, false);
  }

  attachStray(transfer: HeldTransfer, content: SpooledFile, taken: TakenFiles): AttachedFile {
    const {fileId, eventId, name} = transfer;
    taken.settled.push({fileId, eventId, outcome: 'captured', sha256: content.sha256});
    return this.attachTransfer({fileId, eventId, name}, transfer, content, taken);
  }

  /** To be called when an item is durable: its transfers may serve further references, within bounds. */
  archived(transfers: Iterable<HeldTransfer>): Receipt[] {
    const settled: Receipt[] = [];
    for (const transfer of transfers) {
      settled.push(...transfer.receipts.splice(0));
      transfer.isArchived = true;
      this.openTransfers.delete(transfer);
    }
    if (settled.length > 0) this.evict(); // only an item that brought new bytes can have filled the spool
    return settled;
  }

  /** To be called when an item that took files along has its outcome. */
  release({transfers}: TakenFiles): void {
    for (const transfer of transfers) transfer.uses -= 1;
  }

  /** To be called in place of `release` when the item that took files along is not made: its rows wait again. */
  giveBack(taken: TakenFiles): void {
    this.release(taken);
    for (const row of taken.rows) this.addRow(row);
  }

  /** Bytes of a file, where they are at hand. */
  sizeOf(fileId: string): number | undefined {
    return this.newestByFile.get(fileId)?.content?.size;
  }

  /** Whether it is known that the bytes of a reference cannot be had. */
  isMissing(fileId: string, eventId: string): boolean {
    const outcome = this.rows.get(toKey(fileId, eventId))?.outcome ?? this.ledger.findFile(fileId, eventId)?.outcome;
    return outcome !== undefined && outcome !== 'captured';
  }

  /** Rows and whole transfers of messages that the policy leaves out. The bytes stay: another message may name them. */
  takeLeftOut(isLeftOut: (eventId: string) => boolean): {
    readonly rows: readonly HeldRow[];
    readonly transfers: readonly HeldTransfer[];
  } {
    const rows: HeldRow[] = [];
    for (const [key, row] of this.rows) {
      if (!isLeftOut(row.eventId)) continue;
      this.dropRow(key, row);
      rows.push(row);
    }
    return {rows, transfers: this.strays().filter(({eventId}) => isLeftOut(eventId))};
  }

  /** Late rows that the policy leaves out, each with its own outcome. @returns the whole transfers that came for them */
  leaveOut(rows: readonly HeldRow[]): readonly HeldTransfer[] {
    const keys = new Set(rows.map(({fileId, eventId}) => toKey(fileId, eventId)));
    for (const row of rows) this.dropRow(toKey(row.fileId, row.eventId), row);
    return this.strays().filter(({fileId, eventId}) => keys.has(toKey(fileId, eventId)));
  }

  /** Throws a transfer away, and gives back what its chunks wait with. */
  discard(transfer: HeldTransfer): Receipt[] {
    this.forget(transfer);
    return transfer.receipts.splice(0);
  }

  private attachTransfer(
    file: {fileId: string; eventId: string; name: string | undefined},
    transfer: HeldTransfer,
    content: SpooledFile,
    taken: TakenFiles
  ): AttachedFile {
    if (!taken.transfers.has(transfer)) transfer.uses += 1;
    taken.transfers.add(transfer);
    const {path, sha256, size} = content;
    return {...file, state: {kind: 'attached', sha256, size, path, content: () => content.open()}};
  }

  /** The transfer that holds a row's bytes: its own, or any whole one of the same file. */
  private transferFor(row: HeldRow | undefined, fileId: string, atEnd: boolean): HeldTransfer | undefined {
    const own = row?.transferId === undefined ? undefined : this.transfers.get(row.transferId);
    if (own?.content !== undefined) return own;
    const same = this.newestByFile.get(fileId);
    if (same?.content === undefined) return undefined;
    if (row !== undefined) return same.content.sha256 === row.sha256 ? same : undefined;
    return this.awaitsRow(same, atEnd) ? undefined : same;
  }

  /** Where the bytes of a row lie that came before, with another event's reference to the same file. */
  private findBytesOf(row: HeldRow | undefined): KnownFile | undefined {
    return row?.sha256 === undefined ? undefined : this.ledger.findBytes(row.fileId, row.sha256);
  }

  private saysNothingNew({fileId, eventId, outcome, sha256}: HeldRow): boolean {
    const archived = this.ledger.findFile(fileId, eventId);
    if (outcome !== 'captured') return archived?.outcome === 'captured' || archived?.outcome === outcome;
    return archived?.outcome === 'captured' && archived.sha256 === sha256;
  }

  private takeRow(key: string, row: HeldRow, taken: TakenFiles): void {
    this.dropRow(key, row);
    taken.rows.push(row);
    taken.settled.push({fileId: row.fileId, eventId: row.eventId, outcome: row.outcome, sha256: row.sha256});
  }

  private dropRow(key: string, row: HeldRow): void {
    this.rows.delete(key);
    this.textBytes -= row.text.length;
  }

  private evict(): void {
    const archived = [...this.transfers.values()].filter(({isArchived, uses}) => isArchived && uses === 0);
    let count = archived.length;
    let bytes = archived.reduce((sum, {content}) => sum + (content?.size ?? 0), 0);
    for (const transfer of archived) {
      if (bytes <= this.settings.keptBytes && count <= maxKept) return;
      count -= 1;
      bytes -= transfer.content?.size ?? 0;
      this.forget(transfer);
    }
  }

  private forget(transfer: HeldTransfer): void {
    this.spool.discard(transfer.transferId);
    this.transfers.delete(transfer.transferId);
    this.openTransfers.delete(transfer);
    if (this.newestByFile.get(transfer.fileId) === transfer) this.newestByFile.delete(transfer.fileId);
  }
}

export interface HeldChunk {
  readonly transferId: string;
  readonly index: number;
  readonly bytes: Buffer;
  readonly fileId: string;
  readonly eventId: string;
  readonly conversationId: string | undefined;
  readonly name: string | undefined;
  /** Set on the last chunk. */
  readonly end: {readonly size: number; readonly sha256: string} | undefined;
}

export function noFilesTaken(): TakenFiles {
  return {rows: [], transfers: new Set(), settled: []};
}

function toKey(fileId: string, eventId: string): string {
  return JSON.stringify([fileId, eventId]);
}
