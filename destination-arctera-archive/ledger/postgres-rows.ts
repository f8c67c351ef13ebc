// Many rows in one statement, a parameter a column.
import type {Statement} from './postgres-worker';

export type Row = Readonly<Record<string, string | number | Uint8Array | null | undefined>>;

/** Columns of whole numbers. */
export const bigints: ReadonlySet<string> = new Set(['entry', 'reached', 'size', 'seq']);
const types = new Map([
  ['piece', 'integer'],
  ['pieces', 'integer'],
  ['bytes', 'bytea'],
]);

/** A statement without text where there are no rows. */
export function insertRows(table: string, workspace: string, rows: readonly Row[], onConflict = ''): Statement {
  const [first] = rows;
  if (first === undefined) return {text: '', values: []};
  const columns = Object.keys(first);
  const arrays = columns.map((column, index) => {
    const type = types.get(column) ?? (bigints.has(column) ? 'bigint' : 'text');
    return `$${index + 2}::${type}[]`;
  });
  return {
    text: `INSERT INTO ${table} (workspace, ${columns.join(', ')}) SELECT $1, * FROM unnest(${arrays.join(', ')}) ${onConflict}`,
    values: [workspace, ...columns.map((column) => rows.map((row) => row[column] ?? null))],
  };
}
