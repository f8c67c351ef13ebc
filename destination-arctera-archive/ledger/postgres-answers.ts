// What PostgreSQL said of records, subjects and people, asked many at a time: it holds until this ledger changes it, as nobody else may.
import type {KnownRecord, Person} from './ledger';
import type {PostgresChain} from './postgres-chain';
import {fromNullable, fromText, toPostgresKey} from './postgres-text';

/** Of each kind: some six megabytes. What has been forgotten is asked anew. */
const rememberedAnswers = 20_000;

export class PostgresAnswers {
  private readonly records = new Map<string, KnownRecord | undefined>();
  private readonly subjects = new Map<string, string | undefined>();
  private readonly people = new Map<string, Person | undefined>();

  constructor(private readonly chain: PostgresChain) {}

  expect(recordIds: readonly string[], conversationIds: readonly string[]): void {
    for (const cache of [this.records, this.subjects, this.people]) if (cache.size > rememberedAnswers) cache.clear();
    this.expectRecords(recordIds);
    const unknown = unique(conversationIds).filter((id) => !this.subjects.has(id));
    if (unknown.length === 0) return;
    const found = this.chain.ask<{id: string; subject: string}>(
      'SELECT id, subject FROM conversations WHERE workspace = $1 AND id = ANY($2)',
      unknown.map(toPostgresKey)
    );
    const byKey = new Map(found.map((row) => [row.id, fromText(row.subject)]));
    for (const id of unknown) this.subjects.set(id, byKey.get(toPostgresKey(id)));
  }

  findRecord(recordId: string): KnownRecord | undefined {
    if (!this.records.has(recordId)) this.expectRecords([recordId]);
    return this.records.get(recordId);
  }

  findSubject(conversationId: string): string | undefined {
    if (!this.subjects.has(conversationId)) this.expect([], [conversationId]);
    return this.subjects.get(conversationId);
  }

  findPerson(userId: string): Person | undefined {
    if (!this.people.has(userId)) this.expectPeople([userId]);
    return this.people.get(userId);
  }

  keepRecord(recordId: string, known: KnownRecord): void {
    this.records.set(recordId, known);
  }

  /** What is known of it has changed: it is asked anew. */
  forgetRecord(recordId: string): void {
    this.records.delete(recordId);
  }

  keepPerson(person: Person): void {
    this.people.set(person.id, person);
  }

  /** Of conversations that had none until now. */
  forgetNewSubjects(conversationIds: Iterable<string>): void {
    for (const id of conversationIds) if (this.subjects.get(id) === undefined) this.subjects.delete(id);
  }

  expectRecords(recordIds: readonly string[]): void {
    const unknown = unique(recordIds).filter((id) => !this.records.has(id));
    if (unknown.length === 0) return;
    const found = this.chain.ask<{
      record_id: string;
      sha256: string;
      outcome: KnownRecord['outcome'];
      item_id: string | null;
    }>(
      `SELECT r.record_id, r.sha256, r.outcome, i.item_id FROM records r
       LEFT JOIN items i ON i.workspace = r.workspace AND i.entry = r.entry
       WHERE r.workspace = $1 AND r.record_id = ANY($2)`,
      unknown.map(toPostgresKey)
    );
    const byKey = new Map(found.map((row) => [row.record_id, row]));
    for (const id of unknown) {
      const row = byKey.get(toPostgresKey(id));
      const itemId = row?.item_id === undefined || row.item_id === null ? undefined : fromText(row.item_id);
      this.records.set(id, row === undefined ? undefined : {sha256: row.sha256, outcome: row.outcome, itemId});
    }
  }

  expectPeople(ids: readonly string[]): void {
    const unknown = unique(ids).filter((id) => !this.people.has(id));
    if (unknown.length === 0) return;
    const found = this.chain.ask<{id: string; email: string | null; name: string | null}>(
      'SELECT id, email, name FROM people WHERE workspace = $1 AND id = ANY($2)',
      unknown.map(toPostgresKey)
    );
    const byKey = new Map(found.map((row) => [row.id, row]));
    for (const id of unknown) {
      const row = byKey.get(toPostgresKey(id));
      const person = row && {id, email: fromNullable(row.email), name: fromNullable(row.name)};
      this.people.set(id, person);
    }
  }
}

export function unique(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}
