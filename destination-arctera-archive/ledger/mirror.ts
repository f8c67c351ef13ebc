// Copies of files that must last, in the database where there is no folder that does.
import {closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, statSync, writeSync} from 'node:fs';
import {dirname, join} from 'node:path';
import type {PostgresConnection} from './postgres-connection';
import {insertRows, type Row} from './postgres-rows';
import {toPostgresKey} from './postgres-text';
import type {Statement} from './postgres-worker';

/** Keeps files of the ledger's folder beyond the folder itself. Names are paths relative to it. */
export interface Mirror {
  /** Durable when it returns; a name that is there gets the new content. */
  put(names: readonly string[]): void;
  /** Brings a file back into the folder. */
  fetch(name: string): void;
  remove(names: readonly string[]): void;
  /** Names that begin so. */
  list(prefix: string): readonly string[];
}

export type Retrying = <Result>(work: () => Result) => Result;

const pieceBytes = 2 * 1024 * 1024;

export class PostgresMirror implements Mirror {
  readonly #connection: PostgresConnection;
  readonly #workspace: string;
  readonly #folder: string;

  readonly #retrying: Retrying;

  /**
   * @param folder where the files are made and used; it may vanish
   * @param retrying does a thing again that may be done twice, once a lost connection is there anew
   */
  constructor(connection: PostgresConnection, workspaceId: string, folder: string, retrying: Retrying) {
    this.#connection = connection;
    this.#retrying = retrying;
    this.#workspace = toPostgresKey(workspaceId);
    this.#folder = folder;
  }

  put(names: readonly string[]): void {
    if (names.length > 0) this.#retrying(() => this.#connection.transaction(() => this.#put(names)));
  }

  fetch(name: string): void {
    this.#retrying(() => this.#fetch(name));
  }

  remove(names: readonly string[]): void {
    this.#retrying(() => this.#remove(names));
  }

  list(prefix: string): readonly string[] {
    return this.#retrying(() => this.#list(prefix));
  }

  #put(names: readonly string[]): void {
    let batch: {name: string; piece: number; bytes: Buffer}[] = [];
    let bytesHeld = 0;
    const counts = new Map<string, number>();
    for (const statement of this.#removal(names)) this.#connection.run([statement]);
    const flush = (): void => {
      if (batch.length > 0) this.#connection.run([this.#insert('kept_pieces', batch)]);
      batch = [];
      bytesHeld = 0;
    };
    for (const name of names) {
      let piece = 0;
      for (const bytes of piecesOf(join(this.#folder, name))) {
        batch.push({name, piece, bytes});
        piece += 1;
        bytesHeld += bytes.length;
        if (bytesHeld >= pieceBytes) flush();
      }
      counts.set(name, piece);
    }
    flush();
    const rows = [...counts].map(([name, pieces]) => ({name, pieces}));
    if (rows.length > 0) this.#connection.run([this.#insert('kept_files', rows)]);
  }

  #fetch(name: string): void {
    const path = join(this.#folder, name);
    if (existsSync(path)) return;
    const [kept] = this.#connection.query<{pieces: number}>(
      'SELECT pieces FROM kept_files WHERE workspace = $1 AND name = $2',
      this.#workspace,
      name
    );
    if (kept === undefined) return;
    mkdirSync(dirname(path), {recursive: true, mode: 0o700});
    const descriptor = openSync(`${path}.part`, 'w', 0o600);
    try {
      for (let piece = 0; piece < kept.pieces; piece += 1) {
        const [row] = this.#connection.query<{bytes: Uint8Array}>(
          'SELECT bytes FROM kept_pieces WHERE workspace = $1 AND name = $2 AND piece = $3',
          this.#workspace,
          name,
          piece
        );
        const bytes = row?.bytes ?? new Uint8Array();
        for (let done = 0; done < bytes.length;) done += writeSync(descriptor, bytes, done);
      }
    } finally {
      closeSync(descriptor);
    }
    renameSync(`${path}.part`, path);
  }

  #remove(names: readonly string[]): void {
    this.#connection.run(this.#removal(names));
  }

  #removal(names: readonly string[]): Statement[] {
    return ['kept_files', 'kept_pieces'].map((table) => ({
      text: `DELETE FROM ${table} WHERE workspace = $1 AND name = ANY($2)`,
      values: [this.#workspace, names],
    }));
  }

  #list(prefix: string): readonly string[] {
    const rows = this.#connection.query<{name: string}>(
      'SELECT name FROM kept_files WHERE workspace = $1 AND starts_with(name, $2) ORDER BY name',
      this.#workspace,
      prefix
    );
    return rows.map(({name}) => name);
  }

  #insert(table: string, rows: readonly Row[]): ReturnType<typeof insertRows> {
    return insertRows(table, this.#workspace, rows, 'ON CONFLICT DO NOTHING');
  }
}

function* piecesOf(path: string): Generator<Buffer> {
  const {size} = statSync(path);
  const descriptor = openSync(path, 'r');
  try {
    for (let from = 0; from < size; from += pieceBytes) {
      const bytes = Buffer.alloc(Math.min(pieceBytes, size - from));
      let filled = 0;
      while (filled < bytes.length) {
        const read = readSync(descriptor, bytes, filled, bytes.length - filled, from + filled);
        if (read === 0) break;
        filled += read;
      }
      yield bytes.subarray(0, filled);
    }
  } finally {
    closeSync(descriptor);
  }
}
