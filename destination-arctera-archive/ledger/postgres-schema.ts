// Tables of a ledger in PostgreSQL: those of the SQLite file for many workspaces, and the files that must last beside it.
import {ConfigError} from '../../core/errors';
import type {PostgresConnection} from './postgres-connection';
import {bigints} from './postgres-rows';
import {projectionTables, schemaVersion} from './schema';

/** Where the entry is of the newest document of an object; $1 is the workspace, $2 the object. */
export const newestDocument = `
  FROM items i JOIN entries e ON e.workspace = i.workspace AND e.seq = i.entry
  WHERE i.workspace = $1 AND i.kind = 'document' AND i.conversation_id = $2 ORDER BY i.entry DESC LIMIT 1
`;

const nullable = new Set(['conversation_id', 'email', 'name']);

/** Each is applied once, in order, and never changed afterwards. */
const migrations: readonly (readonly string[])[] = [
  [
    `CREATE TABLE entries (
       workspace text NOT NULL, seq bigint NOT NULL, at text NOT NULL, kind text NOT NULL, body text NOT NULL,
       hash text NOT NULL, PRIMARY KEY (workspace, seq)
     )`,
    `CREATE FUNCTION entries_are_append_only() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'entries are append-only'; END $$`,
    `CREATE TRIGGER entries_are_append_only BEFORE UPDATE OR DELETE ON entries
       FOR EACH ROW EXECUTE FUNCTION entries_are_append_only()`,
    `CREATE TRIGGER entries_are_not_truncated BEFORE TRUNCATE ON entries
       FOR EACH STATEMENT EXECUTE FUNCTION entries_are_append_only()`,
    ...tablesSince((since) => since <= 1),
    'CREATE INDEX entries_by_kind ON entries (workspace, kind, seq)',
    'CREATE UNIQUE INDEX items_by_id ON items (workspace, item_id)',
    'CREATE INDEX files_by_bytes ON files (workspace, file_id, sha256)',
    `CREATE TABLE kept_pieces (
       workspace text NOT NULL, name text NOT NULL, piece integer NOT NULL, bytes bytea NOT NULL,
       PRIMARY KEY (workspace, name, piece)
     )`,
    // A file is there when its row is: pieces without one are of a run that was cut off.
    `CREATE TABLE kept_files (
       workspace text NOT NULL, name text NOT NULL, pieces integer NOT NULL, PRIMARY KEY (workspace, name)
     )`,
  ],
  ...Array.from({length: schemaVersion - 1}, (_, index) => tablesSince((since) => since === index + 2)),
];

function tablesSince(isMeant: (since: number) => boolean): string[] {
  return projectionTables
    .filter(({since = 0}) => isMeant(since))
    .map(({name, key, columns}) => {
      const defined = [...key, ...columns].map((column) => `${column} ${typeOf(column)}`);
      const primaryKey = `PRIMARY KEY (workspace, ${key.join(', ')})`;
      return `CREATE TABLE ${name} (workspace text NOT NULL, ${defined.join(', ')}, ${primaryKey})`;
    });
}

function typeOf(column: string): string {
  if (bigints.has(column)) return 'bigint NOT NULL';
  return nullable.has(column) || column === 'sha256' ? 'text' : 'text NOT NULL';
}

/** Whether a ledger was ever begun there. */
export function hasTables(connection: PostgresConnection, schema: string): boolean {
  return isThere(connection, 'regclass', `"${schema}".schema_version`);
}

function isThere(connection: PostgresConnection, what: 'regnamespace' | 'regclass', name: string): boolean {
  return connection.query<{found: boolean}>(`SELECT to_${what}($1) IS NOT NULL AS found`, name)[0]?.found === true;
}

/** Of two connectors that begin at once, one waits for the other. */
export function migrate(connection: PostgresConnection, schema: string): void {
  connection.query('SELECT pg_advisory_lock(hashtextextended($1, 1))', schema);
  try {
    // Asked first: IF NOT EXISTS wants the permission to create also where there is nothing to create.
    if (!isThere(connection, 'regnamespace', `"${schema}"`)) connection.query(`CREATE SCHEMA "${schema}"`);
    if (!hasTables(connection, schema)) {
      connection.query('CREATE TABLE schema_version (version integer PRIMARY KEY)');
    }
    const [{version: found} = {version: null}] = connection.query<{version: number | null}>(
      'SELECT max(version) AS version FROM schema_version'
    );
    if ((found ?? 0) > migrations.length) {
      throw new ConfigError('ledger_newer', `The tables of the ledger are version ${found ?? 0}.`);
    }
    for (const [index, statements] of migrations.entries()) {
      if (index < (found ?? 0)) continue;
      connection.run([
        ...statements.map((text) => ({text, values: []})),
        {text: 'INSERT INTO schema_version (version) VALUES ($1)', values: [index + 1]},
      ]);
    }
    // No version of its own: a connector that does not know of it reads the tables as before.
    if (!isThere(connection, 'regclass', `"${schema}".documents_by_thread`)) {
      connection.query(
        `CREATE INDEX documents_by_thread ON items (workspace, conversation_id, entry) WHERE kind = 'document'`
      );
    }
  } finally {
    connection.query('SELECT pg_advisory_unlock(hashtextextended($1, 1))', schema);
  }
}
