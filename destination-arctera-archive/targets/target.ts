// What every archive target can do.

/** Where an item lies in a target: a relative path, a key or a Message-ID. Derives from the item id alone. */
export type ItemAddress = string;

/** An item as bytes. Small ones are held in memory, large ones in a file that the target may move away. */
export interface RenderedItem {
  readonly itemId: string;
  readonly address: ItemAddress;
  /** SHA-256 of the bytes. */
  readonly sha256: string;
  readonly size: number;
  readonly body: {readonly kind: 'memory'; readonly bytes: Buffer} | {readonly kind: 'file'; readonly path: string};
}

export interface Target {
  readonly name: string;
  /** Proves the target can be written to, leaving nothing behind. Throws ConfigError or TransientError. */
  probe(): Promise<void>;
  /** Address of an item with this id and format ending (without the dot). */
  address(itemId: string, ending: string): ItemAddress;
  /** Whether the item at this address is already there (after a crash); undefined where a target cannot be asked. */
  find(address: ItemAddress): Promise<boolean | undefined>;
  /**
   * Resolves when every item is durably in the target, all of them or none of the later ones:
   * after an error any subset may be there, which `find` tells. Throws TransientError or ConfigError.
   */
  deliver(items: readonly RenderedItem[]): Promise<void>;
  /** The bytes at the address, to bring another target of the same item up to date after a crash. */
  read(address: ItemAddress): AsyncIterable<Buffer>;
  /** SHA-256 of the bytes at the address, for `verify`; undefined when nothing is there. */
  digest(address: ItemAddress): Promise<string | undefined>;
  /** Addresses of all items in the target, those that nobody delivered included; for `verify`. */
  list(): AsyncIterable<ItemAddress>;
  close(): Promise<void>;
}
