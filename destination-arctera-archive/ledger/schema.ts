// Tables of the ledger: the append-only entries, and the projections that are folded from them.

/** A table that holds nothing the entries do not say. */
export interface ProjectionTable {
  readonly name: string;
  readonly key: readonly string[];
  readonly columns: readonly string[];
  /** Column definitions and table options. */
  readonly definition: string;
  /** Version of the schema that brought it; 0 where it was always there. */
  readonly since?: number;
}

export const entriesSchema = `
  CREATE TABLE entries (
    seq INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL, hash TEXT NOT NULL
  ) STRICT;
  CREATE TRIGGER entries_are_not_updated BEFORE UPDATE ON entries
    BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
  CREATE TRIGGER entries_are_not_deleted BEFORE DELETE ON entries
    BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
  -- INSERT OR REPLACE deletes without firing the trigger above.
  CREATE TRIGGER entries_are_not_replaced BEFORE INSERT ON entries
    WHEN EXISTS (SELECT 1 FROM entries WHERE seq = NEW.seq)
    BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
`;

/** `entry` is the seq of the intent, or of the entry of another kind, that the row comes from. */
export const projectionTables: readonly ProjectionTable[] = [
  {
    name: 'open_intents',
    key: ['item_id'],
    columns: ['entry'],
    definition: '(item_id TEXT PRIMARY KEY, entry INTEGER NOT NULL) STRICT, WITHOUT ROWID',
  },
  {
    name: 'items',
    key: ['entry'],
    columns: ['item_id', 'kind', 'stream', 'address', 'sha256', 'size', 'conversation_id', 'policy_version'],
    definition: `(
      entry INTEGER PRIMARY KEY, item_id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, stream TEXT NOT NULL,
      address TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL, conversation_id TEXT,
      policy_version TEXT NOT NULL
    ) STRICT`,
  },
  {
    name: 'records',
    key: ['record_id'],
    columns: ['sha256', 'outcome', 'entry'],
    definition: `(
      record_id TEXT PRIMARY KEY, sha256 TEXT NOT NULL, outcome TEXT NOT NULL, entry INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
  },
  {
    name: 'set_aside',
    key: ['record_id', 'sha256'],
    columns: ['stream', 'code', 'path', 'entry'],
    definition: `(
      record_id TEXT NOT NULL, sha256 TEXT NOT NULL, stream TEXT NOT NULL, code TEXT NOT NULL, path TEXT NOT NULL,
      entry INTEGER NOT NULL, PRIMARY KEY (record_id, sha256)
    ) STRICT, WITHOUT ROWID`,
  },
  {
    name: 'files',
    key: ['file_id', 'event_id'],
    columns: ['outcome', 'sha256', 'entry'],
    definition: `(
      file_id TEXT NOT NULL, event_id TEXT NOT NULL, outcome TEXT NOT NULL, sha256 TEXT, entry INTEGER NOT NULL,
      PRIMARY KEY (file_id, event_id)
    ) STRICT, WITHOUT ROWID`,
  },
  {
    name: 'conversations',
    key: ['id'],
    columns: ['subject', 'entry'],
    definition: '(id TEXT PRIMARY KEY, subject TEXT NOT NULL, entry INTEGER NOT NULL) STRICT, WITHOUT ROWID',
  },
  {
    name: 'people',
    key: ['id'],
    columns: ['email', 'name', 'entry'],
    definition: '(id TEXT PRIMARY KEY, email TEXT, name TEXT, entry INTEGER NOT NULL) STRICT, WITHOUT ROWID',
  },
  {
    name: 'taken',
    key: ['item_id', 'target'],
    columns: ['entry'],
    definition: `(
      item_id TEXT NOT NULL, target TEXT NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY (item_id, target)
    ) STRICT, WITHOUT ROWID`,
    since: 1,
  },
  {
    name: 'refusals',
    key: ['item_id', 'target'],
    columns: ['code', 'path', 'sha256', 'entry'],
    definition: `(
      item_id TEXT NOT NULL, target TEXT NOT NULL, code TEXT NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL,
      entry INTEGER NOT NULL, PRIMARY KEY (item_id, target)
    ) STRICT, WITHOUT ROWID`,
    since: 1,
  },
  {
    name: 'possibly_sent',
    key: ['record_id', 'target'],
    columns: ['entry'],
    definition: `(
      record_id TEXT NOT NULL, target TEXT NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY (record_id, target)
    ) STRICT, WITHOUT ROWID`,
    since: 1,
  },
  {
    name: 'holds',
    key: ['name'],
    columns: ['entry'],
    definition: '(name TEXT PRIMARY KEY, entry INTEGER NOT NULL) STRICT, WITHOUT ROWID',
    since: 2,
  },
  {
    name: 'states',
    key: ['lineage'],
    columns: ['reached', 'entry'],
    definition: '(lineage TEXT PRIMARY KEY, reached INTEGER NOT NULL, entry INTEGER NOT NULL) STRICT, WITHOUT ROWID',
    since: 3,
  },
];

/** Documents are few among many items; an earlier release made ledgers without this index. */
export const documentsByThread = `
  CREATE INDEX IF NOT EXISTS documents_by_thread ON items (conversation_id) WHERE kind = 'document'
`;

/** Where the entry is of the newest document of an object. */
export const newestDocument = `
  FROM items i JOIN entries e ON e.seq = i.entry
  WHERE i.kind = 'document' AND i.conversation_id = ? ORDER BY i.entry DESC LIMIT 1
`;

/** Kept in the file as `user_version`. */
export const schemaVersion = 3;

/** Creates the projection tables, in the ledger itself or as temporary ones that hide them. */
export function projectionSchema(create: 'CREATE TABLE' | 'CREATE TEMP TABLE'): string {
  return create === 'CREATE TABLE' ? migrationFrom(-1) : createTables(create, projectionTables);
}

/** What a ledger of an earlier version lacks. Its entries say nothing that would belong into the new tables. */
export function migrationFrom(version: number): string {
  const missing = projectionTables.filter(({since = 0}) => since > version);
  return `${createTables('CREATE TABLE', missing)} PRAGMA user_version = ${schemaVersion};`;
}

function createTables(create: string, tables: readonly ProjectionTable[]): string {
  return tables.map(({name, definition}) => `${create} ${name} ${definition};`).join('\n');
}
