// Holds the bytes of attachments on disk from their first chunk until their item is durable.
import {createHash, type Hash} from 'node:crypto';
import {closeSync, createReadStream, mkdirSync, openSync, rmSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import type {Readable} from 'node:stream';
import {sha256Hex} from '../../core/digest';
import {IntegrityError} from '../../core/errors';

export interface SpooledFile {
  readonly size: number;
  readonly sha256: string;
  readonly path: string;
  /** A new stream of the bytes; valid until the transfer is discarded. */
  open(): Readable;
}

interface Transfer {
  readonly path: string;
  readonly hash: Hash;
  nextIndex: number;
  size: number;
}

/** File descriptors held at once; a transfer whose turn has passed is opened again to append. */
const maxDescriptors = 64;

export class Spool {
  readonly #folder: string;
  readonly #transfers = new Map<string, Transfer>();
  /** Files of finished transfers: several when a transfer came again. */
  readonly #finished = new Map<string, string[]>();
  /** Least recently written first. */
  readonly #descriptors = new Map<string, number>();
  #files = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Removes what a run that was cut off left behind. */
  clear(): void {
    for (const transferId of [...this.#transfers.keys(), ...this.#finished.keys()]) this.discard(transferId);
    rmSync(this.#folder, {recursive: true, force: true});
    mkdirSync(this.#folder, {recursive: true, mode: 0o700});
  }

  /** Adds the next chunk. Index 0 begins the transfer, or begins it again. */
  append(transferId: string, index: number, bytes: Buffer): void {
    const transfer = index === 0 ? this.#begin(transferId) : this.#transfers.get(transferId);
    if (transfer?.nextIndex !== index) {
      this.#drop(transferId);
      throw new IntegrityError('transfer_broken', `Chunk ${index} of a transfer came out of order.`);
    }
    const descriptor = this.#descriptorOf(transfer);
    // Not fsynced: the state that covers the chunk is released only when the item that holds it is durable.
    for (let done = 0; done < bytes.length;) done += writeSync(descriptor, bytes, done);
    transfer.hash.update(bytes);
    transfer.size += bytes.length;
    transfer.nextIndex += 1;
  }

  /** Ends the transfer after its last chunk, when the bytes are what the source read. */
  finish(transferId: string, expected: {readonly size: number; readonly sha256: string}): SpooledFile {
    const transfer = this.#transfers.get(transferId);
    if (transfer === undefined) throw new IntegrityError('transfer_broken', 'A transfer ended that never began.');
    const {path, size} = transfer;
    const sha256 = transfer.hash.digest('hex');
    if (size !== expected.size || sha256 !== expected.sha256) {
      this.#drop(transferId);
      throw new IntegrityError('transfer_broken', 'The chunks of a transfer differ from the file in size or hash.');
    }
    this.#close(path);
    this.#transfers.delete(transferId);
    this.#finished.set(transferId, [...(this.#finished.get(transferId) ?? []), path]);
    return {size, sha256, path, open: () => createReadStream(path)};
  }

  /** Removes the transfer's bytes, finished or not. */
  discard(transferId: string): void {
    this.#drop(transferId);
    for (const path of this.#finished.get(transferId) ?? []) rmSync(path, {force: true});
    this.#finished.delete(transferId);
  }

  /** Transfers that began and have not ended. */
  openTransfers(): number {
    return this.#transfers.size;
  }

  #begin(transferId: string): Transfer {
    this.#drop(transferId);
    this.#files += 1;
    const path = join(this.#folder, `${sha256Hex(transferId)}.${this.#files}`);
    rmSync(path, {force: true});
    const transfer = {path, hash: createHash('sha256'), nextIndex: 0, size: 0};
    this.#transfers.set(transferId, transfer);
    return transfer;
  }

  #drop(transferId: string): void {
    const transfer = this.#transfers.get(transferId);
    if (transfer === undefined) return;
    this.#close(transfer.path);
    rmSync(transfer.path, {force: true});
    this.#transfers.delete(transferId);
  }

  #descriptorOf({path}: Transfer): number {
    const descriptor = this.#descriptors.get(path) ?? openSync(path, 'a', 0o600);
    this.#descriptors.delete(path);
    this.#descriptors.set(path, descriptor);
    const [oldest] = this.#descriptors.keys();
    if (this.#descriptors.size > maxDescriptors && oldest !== undefined) this.#close(oldest);
    return descriptor;
  }

  #close(path: string): void {
    const descriptor = this.#descriptors.get(path);
    if (descriptor === undefined) return;
    closeSync(descriptor);
    this.#descriptors.delete(path);
  }
}
