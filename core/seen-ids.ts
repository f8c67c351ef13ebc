// Ids that were seen lately, in little memory: a fingerprint of 64 bits stands for each.
import {randomInt} from 'node:crypto';

const multipliers = [0x01000193, 0x5bd1e995] as const;

class Fingerprints {
  count = 0;
  private readonly first: Int32Array;
  private readonly second: Int32Array;

  /** @param slots a power of two, more than there will be ids */
  constructor(private readonly slots: number) {
    this.first = new Int32Array(slots);
    this.second = new Int32Array(slots);
  }

  has(first: number, second: number): boolean {
    return this.first[this.slotOf(first, second)] !== 0;
  }

  add(first: number, second: number): void {
    const slot = this.slotOf(first, second);
    this.first[slot] = first;
    this.second[slot] = second;
    this.count++;
  }

  /** Where it stands, or the free slot where it would. */
  private slotOf(first: number, second: number): number {
    let slot = second & (this.slots - 1);
    while (this.first[slot] !== 0 && (this.first[slot] !== first || this.second[slot] !== second)) {
      slot = (slot + 1) & (this.slots - 1);
    }
    return slot;
  }
}

/** Remembers at least the last `maxIds`, and at most twice as many. */
export class SeenIds {
  /** Random, so that nobody can make up ids that share a fingerprint. */
  private readonly seeds = [randomInt(2 ** 32), randomInt(2 ** 32)] as const;
  private recent: Fingerprints;
  private earlier: Fingerprints | undefined;

  constructor(private readonly maxIds: number) {
    this.recent = new Fingerprints(slotsFor(maxIds));
  }

  /** Whether the id was seen before; it has been from now on. */
  see(id: string): boolean {
    const [firstSeed, secondSeed] = this.seeds;
    let first = firstSeed | 0;
    let second = secondSeed | 0;
    for (let index = 0; index < id.length; index++) {
      const unit = id.charCodeAt(index);
      first = Math.imul(first ^ unit, multipliers[0]);
      second = Math.imul(second ^ unit, multipliers[1]);
      second ^= second >>> 15;
    }
    first = first === 0 ? 1 : first; // 0 is a free slot
    if (this.recent.has(first, second) || this.earlier?.has(first, second) === true) return true;
    this.recent.add(first, second);
    if (this.recent.count === this.maxIds) {
      this.earlier = this.recent;
      this.recent = new Fingerprints(slotsFor(this.maxIds));
    }
    return false;
  }
}

/** At most half of them are taken. */
function slotsFor(ids: number): number {
  return 2 ** Math.ceil(Math.log2(2 * ids));
}
