// Durable copies of records that cannot be archived, one JSON file each.
import {existsSync} from 'node:fs';
import {open, rename} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {sha256OfParts} from '../../core/digest';
import {type ErrorCode, errorCodes} from '../../core/error-codes';
import {fsyncFolder, writeWholeFile} from './durable-folder';

export interface SetAsideCopy {
  readonly stream: string;
  readonly recordId: string;
  readonly sha256: string;
  readonly code: ErrorCode;
  /** When the source emitted the record, in Unix milliseconds. */
  readonly emittedAt: number | undefined;
  /** The record's exact text. */
  readonly record: string;
}

export class SetAsideFolder {
  readonly #folder: string;

  /** @param folder an existing folder beside the ledger */
  constructor(folder: string) {
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
    return names.map((name) => `${basename(this.#folder)}/${name}`);
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
    }
    return `${basename(this.#folder)}/${name}`;
  }

  #write(name: string, {stream, recordId, sha256, code, emittedAt, record}: SetAsideCopy): void {
    const file = join(this.#folder, name);
    if (existsSync(file)) return; // a rename put it there whole
    const {meaning} = errorCodes[code];
    const content = {stream, record_id: recordId, sha256, code, meaning, emitted_at: emittedAt, record};
    writeWholeFile(join(this.#folder, `.${name}.part`), file, `${JSON.stringify(content, undefined, 2)}\n`);
  }
}
