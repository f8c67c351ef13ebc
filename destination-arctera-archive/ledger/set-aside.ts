// Durable copies of records that cannot be archived, one JSON file each.
import {existsSync} from 'node:fs';
import {open, rename} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {sha256OfParts} from '../../core/digest';
import {type ErrorCode, errorCodes} from '../../core/error-codes';
import type {Mirror} from './mirror';
import {fsyncFolder, writeWholeFile} from './durable-folder';

export interface SetAsideCopy {
  readonly stream: string;
  readonly recordId: string;
  readonly sha256: string;
  readonly code: ErrorCode;
  /** When the source emitted the record, in Unix milliseconds. */
  readonly emittedAt: number | undefined;
  /** What the target said, where it refused. */
  readonly words?: string;
  /** Path of the item that was refused, uploads and all, relative to the ledger's folder. */
  readonly item?: string;
  /** The record's exact text. */
  readonly record: string;
}

/** An item that one of its targets refused, while others took it. */
export interface RefusedItem {
  readonly itemId: string;
  readonly target: string;
  readonly address: string;
  readonly sha256: string;
  readonly code: ErrorCode;
  readonly words: string;
  readonly recordIds: readonly string[];
  /** Path of its bytes, relative to the ledger's folder. */
  readonly path: string;
}

/** Ends the name of a file that says why an item was refused. */
export const refusalEnding = '.item.json';

export class SetAsideFolder {
  readonly #folder: string;

  /**
   * @param folder an existing folder beside the ledger
   * @param mirror where that folder does not last
   */
  constructor(
    folder: string,
    private readonly mirror?: Mirror
  ) {
    this.#folder = folder;
  }

  /**
   * All copies are durable when it returns. Writing one again changes nothing.
   * @returns the path of each copy, relative to the ledger's folder
   */
  write(copies: readonly SetAsideCopy[]): readonly string[] {
    const names = copies.map((copy) => `${sha256OfParts([copy.stream, copy.recordId, copy.sha256])}.json`);
    for (const [index, copy] of copies.entries()) this.#write(names[index] ?? '', copy);
    if (copies.length > 0) fsyncFolder(this.#folder);
    const paths = names.map((name) => this.#pathOf(name));
    this.mirror?.put(paths);
    return paths;
  }

  /**
   * Keeps the bytes of an upload; they are durable when it resolves.
   * @returns the path, relative to the ledger's folder
   */
  async keepBytes(sha256: string, content: AsyncIterable<Buffer>): Promise<string> {
    const name = `${sha256}.bytes`;
    const file = join(this.#folder, name);
    if (!existsSync(file)) {
      const temporary = join(this.#folder, `.${name}.part`);
      const handle = await open(temporary, 'w', 0o600);
      try {
        for await (const bytes of content) await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, file);
      fsyncFolder(this.#folder);
      this.mirror?.put([this.#pathOf(name)]);
    }
    return this.#pathOf(name);
  }

  /** Says beside the bytes of an item why they are here; durable when it returns. */
  writeRefusals(refusals: readonly RefusedItem[]): void {
    for (const {itemId, target, recordIds, ...said} of refusals) {
      const name = nameOfRefusal(itemId, target);
      const content = {item_id: itemId, target, ...said, meaning: errorCodes[said.code].meaning, records: recordIds};
      const text = `${JSON.stringify(content, undefined, 2)}\n`;
      writeWholeFile(join(this.#folder, `.${name}.part`), join(this.#folder, name), text);
    }
    if (refusals.length > 0) fsyncFolder(this.#folder);
    this.mirror?.put(refusals.map(({itemId, target}) => this.#pathOf(nameOfRefusal(itemId, target))));
  }

  /** Where the refusal of an item by a target is told. */
  pathOfRefusal(itemId: string, target: string): string {
    return this.#pathOf(nameOfRefusal(itemId, target));
  }

  #pathOf(name: string): string {
    return `${basename(this.#folder)}/${name}`;
  }

  #write(name: string, {stream, recordId, sha256, code, words, emittedAt, item, record}: SetAsideCopy): void {
    const file = join(this.#folder, name);
    if (existsSync(file)) return; // a rename put it there whole
    const {meaning} = errorCodes[code];
    const content = {stream, record_id: recordId, sha256, code, meaning, words, emitted_at: emittedAt, item, record};
    writeWholeFile(join(this.#folder, `.${name}.part`), file, `${JSON.stringify(content, undefined, 2)}\n`);
  }
}

function nameOfRefusal(itemId: string, target: string): string {
  return `${sha256OfParts([itemId, target])}${refusalEnding}`;
}
