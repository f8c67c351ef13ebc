// What every archive target can do.
import type {ErrorCode} from '../../core/error-codes';
import {BugError, type ConnectorError, toConnectorError} from '../../core/errors';

/** Where an item lies in a target: a relative path, a key or a Message-ID. Derives from the item alone. */
export type ItemAddress = string;

/** What an address is made of. */
export interface ItemPlace {
  readonly itemId: string;
  /** Of the item's format, without the dot. */
  readonly ending: string;
  /** Date of the item in Unix milliseconds. */
  readonly dateMs: number;
  /** Id of the user whose item it is; undefined for one that is nobody's. */
  readonly userId: string | undefined;
  readonly conversationId: string | undefined;
}

/** An item as bytes. Small ones are held in memory, large ones and those of a folder in a file that the target may move away. */
export interface RenderedItem {
  readonly itemId: string;
  readonly address: ItemAddress;
  /** SHA-256 of the bytes. */
  readonly sha256: string;
  readonly size: number;
  readonly body:
    | {readonly kind: 'memory'; readonly bytes: Buffer}
    /** Flushed: the disk has the bytes, if not yet the name of the file. */
    | {readonly kind: 'file'; readonly path: string; readonly isFlushed?: boolean};
  /** Of its format, without the dot; absent where bytes are sent again. */
  readonly ending?: string;
  /** Set for evidence of a run, which is no item: nothing stands beside it. */
  readonly isEvidence?: true;
  /** How long the archive is asked to keep it, from its delivery; without days, as the category says. */
  readonly retention?: {readonly category: string; readonly days: number | undefined} | undefined;
  /** Names of the matters that it is held for, parted by `, `. */
  readonly legalHold?: string | undefined;
  /** Names of the holds of people that it is under. */
  readonly heldFor?: readonly string[];
  /** Whether an earlier run may have delivered the same bytes. */
  readonly mayBeThere?: boolean;
}

export type DeliveryResult =
  | {
      readonly kind: 'delivered';
      readonly itemId: string;
      /** The server's own words, bounded and without controls. */
      readonly reply?: string;
      /** The target cannot be asked, and the same bytes may be in it from before. */
      readonly isPossiblyTwice?: boolean;
    }
  /** This target will never take this item; others are not affected. */
  | {
      readonly kind: 'refused';
      readonly itemId: string;
      readonly code: ErrorCode;
      readonly words: string;
      /** One of its recipients has it, or the server may have taken it before it refused it. */
      readonly isPossiblyThere?: boolean;
    }
  /** The target failed; it may have the item all the same. */
  | {readonly kind: 'failed'; readonly itemId: string; readonly error: ConnectorError};

/** The id that ties the items of a workspace to their ledger, where a target can keep one. */
export interface ArchiveMark {
  read(): Promise<string | undefined>;
  /** Durable when it resolves. The caller holds the lock of the workspace. */
  create(archiveId: string): Promise<void>;
  /** Whether any item lies there: an archive that was begun is never empty. */
  hasItems(): Promise<boolean>;
}

/** Keeps what lies in a target from being deleted, as far as the target can. */
export interface ItemHolds {
  /** Whether it also places the hold that a policy gives an item. */
  readonly placesPolicyHold: boolean;
  /**
   * Durable when it resolves; repeating it changes nothing.
   * @param names of the holds that the item is under; none: it is held no more
   * @param known of all holds that the ledger ever had: what others an item is held for, as of a lost ledger, stay
   * @returns false where nothing lies at the address
   */
  set(address: ItemAddress, names: readonly string[], known: ReadonlySet<string>): Promise<boolean>;
  /** Whether the item is held for all of these, as far as the target can tell them apart. */
  isHeld(address: ItemAddress, names: readonly string[]): Promise<boolean>;
}

/** What the files beside an item are to say of it. */
export interface SidecarFacts extends Pick<RenderedItem, 'itemId' | 'sha256' | 'retention' | 'legalHold'> {
  /** Date of the item in Unix milliseconds: it was not delivered before. Undefined where nobody knows it. */
  readonly dateMs: number | undefined;
  readonly heldFor: readonly string[];
}

/** A file beside an item that does not say what the ledger does. */
export interface FalseSidecar {
  readonly address: ItemAddress;
  /** Holds that it names and the ledger does not put on the item. */
  readonly strayHolds: readonly string[];
}

export interface Target {
  readonly name: string;
  /** Whether `find`, `read`, `digest` and `list` can answer. */
  readonly isReadable: boolean;
  /** The directory out of which it moves the file of an item away, in place of copying its bytes. */
  readonly movesFilesFrom?: string;
  readonly mark?: ArchiveMark;
  /** Absent where an item cannot be held. */
  readonly holds?: ItemHolds | undefined;
  /** Proves the target can be written to, leaving nothing behind. Throws ConfigError or TransientError. */
  probe(): Promise<void>;
  address(place: ItemPlace): ItemAddress;
  /** Whether the item at this address is already there (after a crash); undefined where a target cannot be asked. */
  find(address: ItemAddress): Promise<boolean | undefined>;
  /**
   * One result for each item, when nothing is under way any more. May also throw TransientError, ConfigError or
   * IntegrityError: then any subset may be there, which `find` tells.
   */
  deliver(items: readonly RenderedItem[]): Promise<readonly DeliveryResult[]>;
  /** SHA-256 of the bytes at the address, for `verify`; undefined when nothing is there. */
  digest(address: ItemAddress): Promise<string | undefined>;
  read?(address: ItemAddress): AsyncIterable<Buffer>;
  /** Addresses of all items in the target, those that nobody delivered included; for `verify`. */
  list?(): AsyncIterable<ItemAddress>;
  /** Names of the directories of all workspaces that may have items here, whichever this one is of. */
  directories?(): AsyncIterable<string>;
  /**
   * Addresses of all that lies in a directory beside the items, whatever it is.
   * @param after leaves out what certainly sorts before this address
   */
  listBeside?(directory: string, after?: ItemAddress): AsyncIterable<ItemAddress>;
  /** Files beside an item that are missing or say something else; for `verify`. */
  findFalseSidecars?(address: ItemAddress, facts: SidecarFacts): Promise<readonly FalseSidecar[]>;
  close(): Promise<void>;
}

/** Begins nothing more after the first failure, and gives it to every item that was not delivered. */
export async function deliverInParallel(
  items: readonly RenderedItem[],
  atOnce: number,
  deliver: (item: RenderedItem) => Promise<DeliveryResult>
): Promise<readonly DeliveryResult[]> {
  const results = new Map<RenderedItem, DeliveryResult>();
  const waiting = items.values();
  let failure: ConnectorError | undefined;
  const work = async (): Promise<void> => {
    for (const item of waiting) {
      try {
        results.set(item, await deliver(item));
      } catch (error) {
        failure ??= toConnectorError(error);
      }
      if (failure !== undefined) return;
    }
  };
  await Promise.all(Array.from({length: Math.min(atOnce, items.length)}, work));
  const error = failure ?? new BugError('An item was passed over.');
  return items.map((item) => results.get(item) ?? {kind: 'failed', itemId: item.itemId, error});
}
