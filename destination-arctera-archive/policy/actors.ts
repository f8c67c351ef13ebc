// Resolves who acted into the person the archive files them as.
import {parse} from 'csv-parse/sync';
import * as z from 'zod';
import {corporateAddress, type PolicyConfig} from './policy-config';

/** Someone the policy looks at: as the archive files them, and as ChatGPT knows them. */
export interface Actor {
  readonly id: string;
  readonly name: string | undefined;
  /** Corporate address; undefined when unknown. */
  readonly email: string | undefined;
  /** Address in ChatGPT. */
  readonly collectorEmail: string | undefined;
  /** False when the identity map says that this person is not to be archived. */
  readonly isMonitored: boolean;
  /** Whether nothing says who this is: not in the identity map where there is one, or without any address. */
  readonly isUnmapped: boolean;
}

/** What ChatGPT says of someone. */
export interface CollectedActor {
  readonly id: string;
  readonly email: string | undefined;
  readonly name: string | undefined;
}

type MappedPerson = NonNullable<PolicyConfig['identity_map']>[number];

export type ResolveActor = (actor: CollectedActor) => Actor;

/** Of the list and the CSV text. Throws an error with a readable message when that cannot be read. */
export function mappedPeople(config: PolicyConfig): readonly MappedPerson[] {
  return [...(config.identity_map ?? []), ...parseCsv(config.identity_map_csv ?? '')];
}

/** Throws an error with a readable message when the CSV text cannot be read or two lines name the same id. */
export function compileIdentityMap(config: PolicyConfig): ResolveActor {
  const byCollectorId = new Map<string, MappedPerson>();
  for (const person of mappedPeople(config)) {
    const key = fold(person.collector_id);
    if (byCollectorId.has(key)) throw new Error(`identity_map names ${JSON.stringify(person.collector_id)} twice`);
    byCollectorId.set(key, person);
  }
  return ({id, email, name}) => {
    const mapped = byCollectorId.get(fold(id)) ?? (email === undefined ? undefined : byCollectorId.get(fold(email)));
    return {
      id,
      name: mapped?.display_name ?? name,
      email: mapped?.corp_email ?? email,
      collectorEmail: email,
      isMonitored: mapped?.monitor !== false,
      isUnmapped: mapped === undefined && (byCollectorId.size > 0 || email === undefined),
    };
  };
}

const csvRow = z.object({
  collector_id: z.string().min(1, 'must not be empty'),
  corp_email: corporateAddress,
  display_name: z.string().optional(),
  monitor: z
    .string()
    .optional()
    .transform((value) => (value ?? '').toLowerCase())
    .pipe(z.enum(['', 'yes', 'no', 'true', 'false'])),
});

function parseCsv(text: string): MappedPerson[] {
  if (text.trim() === '') return [];
  const rows = parseRows(text);
  return rows.map((row, index) => {
    const result = csvRow.safeParse(row);
    if (!result.success) {
      const [issue] = result.error.issues;
      const column = issue?.path.map(String).join('.') ?? '';
      throw new Error(`identity_map_csv, row ${index + 1}, ${column}: ${issue?.message ?? 'cannot be read'}`);
    }
    const {collector_id, corp_email, display_name, monitor} = result.data;
    const name = display_name === undefined || display_name === '' ? {} : {display_name};
    return {collector_id, corp_email, ...name, monitor: monitor !== 'no' && monitor !== 'false'};
  });
}

function parseRows(text: string): unknown[] {
  try {
    return parse(text, {columns: assertColumns, bom: true, trim: true, skip_empty_lines: true});
  } catch (error) {
    if (error instanceof UnknownColumn) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new Error(`identity_map_csv is not CSV with a header line (${code})`, {cause: error});
  }
}

class UnknownColumn extends Error {}

/** A column that is spelled otherwise would be passed over, and somebody archived who is not to be. */
function assertColumns(header: string[]): string[] {
  const known = Object.keys(csvRow.shape);
  for (const column of header) {
    if (known.includes(column)) continue;
    const shown = JSON.stringify(column.slice(0, 60));
    throw new UnknownColumn(`identity_map_csv has no column ${shown}: its header is ${known.join(',')}`);
  }
  return header;
}

function fold(id: string): string {
  return id.trim().toLowerCase();
}
