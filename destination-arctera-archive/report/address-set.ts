// Which addresses a target has, in eight bytes each: as texts, those of an archive of some years would not fit into memory.
import {createHash} from 'node:crypto';

/** Filled first and asked afterwards. That an address is taken for another one is as good as impossible. */
export class AddressSet {
  private keys = new BigUint64Array(1024);
  private size = 0;
  private isSorted = true;

  add(address: string): void {
    if (this.size === this.keys.length) {
      const larger = new BigUint64Array(2 * this.size);
      larger.set(this.keys);
      this.keys = larger;
    }
    this.keys[this.size] = toKey(address);
    this.size += 1;
    this.isSorted = false;
  }

  has(address: string): boolean {
    if (!this.isSorted) this.keys.subarray(0, this.size).sort();
    this.isSorted = true;
    const key = toKey(address);
    let [from, to] = [0, this.size];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.keys[middle] ?? 0n) < key) from = middle + 1;
      else to = middle;
    }
    return from < this.size && this.keys[from] === key;
  }
}

function toKey(address: string): bigint {
  return createHash('sha256').update(address).digest().readBigUInt64LE();
}
