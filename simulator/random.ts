// Repeatable randomness: the same seed text gives the same sequence on every machine.
import {createCipheriv, createHash} from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(private readonly seed: string) {
    const digest = createHash('sha256').update(seed).digest();
    this.a = digest.readInt32LE(0);
    this.b = digest.readInt32LE(4);
    this.c = digest.readInt32LE(8);
  }

  /** A generator of its own, so that one part may draw more without changing the others. */
  fork(label: string): Random {
    return new Random(`${this.seed}/${label}`);
  }

  /** From 0, below 1 (the small fast counting generator, 32 bits). */
  next(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  }

  /** A whole number from `low` to `high`, both possible. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(from: readonly T[]): T {
    const index = Math.floor(this.next() * from.length);
    if (index >= from.length) throw new RangeError('nothing to pick from');
    return from[index] as T;
  }

  hex(digits: number): string {
    return Array.from({length: digits}, () => this.int(0, 15).toString(16)).join('');
  }

  alphanumeric(length: number): string {
    return Array.from({length}, () => alphabet.charAt(this.int(0, alphabet.length - 1))).join('');
  }

  uuid(): string {
    const variant = this.pick(['8', '9', 'a', 'b']);
    return `${this.hex(8)}-${this.hex(4)}-4${this.hex(3)}-${variant}${this.hex(3)}-${this.hex(12)}`;
  }

  /** Incompressible bytes, fast enough for files of many megabytes. */
  bytes(length: number): Buffer {
    const key = createHash('sha256')
      .update(`${this.seed}/${this.int(0, 0xffff)}`)
      .digest();
    return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
  }
}
