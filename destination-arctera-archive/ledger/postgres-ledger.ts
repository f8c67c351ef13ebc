// The ledger in PostgreSQL: one connection holds it by an advisory lock, and every change is one transaction.
import {randomUUID} from 'node:crypto';
import {BugError, ConfigError} from '../../core/errors';
import type {ChainedEntry, ChainHead} from './chain';
import {
  type EntryKind,
  ledgerFormat,
  parseBody,
  parseStatement,
  toDeliveredBody,
  toExcludedBody,
  toIntent,
  toIntentBody,
  toPeopleBody,
  toReason,
  toSetAsideBody,
  toTakenBody,
  toVoidedBody,
} from './entry';
import type {EvidenceLedger, LedgerEntry, Note, ReadEntries} from './evidence';
import type {HoldRow} from './holds';
import type {Hold} from './ledger';
import type {
  Exclusion,
  Intent,
  ItemAt,
  KnownFile,
  KnownRecord,
  Person,
  PolicyReason,
  SetAside,
  TargetReceipt,
  TargetsSaid,
} from './ledger';
import {type LockWait, waitForLedger} from './ledger-lock';
import type {Retrying} from './mirror';
import {PostgresAnswers, unique} from './postgres-answers';
import {lockWorkspace, PostgresChain, readEntry} from './postgres-chain';
import type {PostgresConnection} from './postgres-connection';
import {readPostgresHolds} from './postgres-holds';
import type {Row} from './postgres-rows';
import {newestDocument} from './postgres-schema';
import {fromText, toNullable, toPostgresKey, toText} from './postgres-text';
import type {Statement} from './postgres-worker';
import type {AskArchiveId} from './sqlite-ledger';

export interface PostgresLedgerOptions extends LockWait {
  readonly connection: PostgresConnection;
  readonly workspaceId: string;
  /** The id that the target carries. */
  readonly archiveId: string | AskArchiveId;
}

/** Opens the ledger, or begins it. The server frees the lock when the connection ends, however that happens. */
export async function openPostgresLedger({
  archiveId: given,
  ...options
}: PostgresLedgerOptions): Promise<EvidenceLedger & {readonly retrying: Retrying}> {
  const {connection, workspaceId} = options;
  await waitForLedger(() => lockWorkspace(connection, workspaceId), options);
  const genesis = readEntry(connection, workspaceId, 1);
  const asked = typeof given === 'string' ? given : await given(genesis !== undefined);
  const own = genesis === undefined ? undefined : parseBody(1, 'genesis', genesis.body);
  if (own !== undefined && own.format > ledgerFormat) {
    throw new ConfigError('ledger_newer', `The ledger has format ${own.format}, this connector ${ledgerFormat}.`);
  }
  const archiveId = asked ?? own?.archive_id ?? randomUUID();
  if (own !== undefined && (own.archive_id !== archiveId || own.workspace_id !== workspaceId)) {
    throw new ConfigError('ledger_without_archive', 'The ledger belongs to another archive or workspace.');
  }
  return new PostgresLedger(new PostgresChain(connection, workspaceId, options.clock), workspaceId, archiveId);
}

class PostgresLedger implements EvidenceLedger {
  readonly #chain: PostgresChain;
  readonly #answers: PostgresAnswers;
  #holds: readonly Hold[] | undefined;
  /** Open intents with their entry, by item. */
  readonly #open = new Map<string, {readonly entry: number; readonly intent: Intent}>();
  readonly #intended = new Set<string>();
  readonly #taken = new Set<string>();
  #hasPossiblySent: boolean;

  constructor(
    chain: PostgresChain,
    workspaceId: string,
    readonly archiveId: string
  ) {
    this.#chain = chain;
    this.#answers = new PostgresAnswers(chain);
    if (!chain.isBegun) {
      const body = {archive_id: archiveId, workspace_id: workspaceId, format: ledgerFormat};
      this.#chain.append([{kind: 'genesis', body}], () => []);
    }
    const open = this.#chain.ask<{seq: number; body: string}>(
      `SELECT e.seq, e.body FROM open_intents o JOIN entries e ON e.workspace = o.workspace AND e.seq = o.entry
       WHERE o.workspace = $1 ORDER BY e.seq`
    );
    for (const {seq, body} of open) this.#note(seq, toIntent(parseBody(seq, 'intent', body)));
    for (const {item_id: itemId, target} of this.#chain.ask<{item_id: string; target: string}>(
      'SELECT item_id, target FROM taken WHERE workspace = $1'
    )) {
      this.#taken.add(toAt({itemId: fromText(itemId), target: fromText(target)}));
    }
    const [possible] = this.#chain.ask('SELECT 1 FROM possibly_sent WHERE workspace = $1 LIMIT 1');
    this.#hasPossiblySent = possible !== undefined;
  }

  expect(recordIds: readonly string[], conversationIds: readonly string[]): void {
    this.#answers.expect(recordIds, conversationIds);
  }

  findRecord(recordId: string): KnownRecord | undefined {
    return this.#answers.findRecord(recordId);
  }

  findSubject(conversationId: string): string | undefined {
    return this.#answers.findSubject(conversationId);
  }

  findPerson(userId: string): Person | undefined {
    return this.#answers.findPerson(userId);
  }

  findItemOf(recordId: string): Intent | undefined {
    const row = this.#entryOf(recordId, 'delivered');
    return row === undefined ? undefined : toIntent(parseBody(row.seq, 'intent', row.body));
  }

  findDocument(objectId: string): Intent | undefined {
    const [row] = this.#chain.ask<{seq: number; body: string}>(
      `SELECT e.seq, e.body ${newestDocument}`,
      toPostgresKey(objectId)
    );
    return row === undefined ? undefined : toIntent(parseBody(row.seq, 'intent', row.body));
  }

  findExclusion(recordId: string): PolicyReason | undefined {
    const row = this.#entryOf(recordId, 'excluded');
    return row === undefined ? undefined : toReason(parseBody(row.seq, 'excluded', row.body).why);
  }

  findFile(fileId: string, eventId: string): KnownFile | undefined {
    return this.#findFileWhere('f.event_id = $3', fileId, toPostgresKey(eventId));
  }

  findBytes(fileId: string, sha256: string): KnownFile | undefined {
    return this.#findFileWhere(`f.sha256 = $3 AND f.outcome = 'captured'`, fileId, sha256);
  }

  findReached(lineage: string): number | undefined {
    const [row] = this.#chain.ask<{reached: number}>(
      'SELECT reached FROM states WHERE workspace = $1 AND lineage = $2',
      toPostgresKey(lineage)
    );
    return row?.reached;
  }

  openIntents(): readonly Intent[] {
    return [...this.#open.values()].map(({intent}) => intent);
  }

  isTaken(itemId: string, target: string): boolean {
    return this.#taken.has(toAt({itemId, target}));
  }

  isIntended(recordId: string): boolean {
    return this.#intended.has(recordId);
  }

  isPossiblySent(recordId: string, target: string): boolean {
    if (!this.#hasPossiblySent) return false;
    const rows = this.#chain.ask(
      'SELECT 1 FROM possibly_sent WHERE workspace = $1 AND record_id = $2 AND target = $3',
      toPostgresKey(recordId),
      toText(target)
    );
    return rows.length > 0;
  }

  intend(intents: readonly Intent[]): void {
    this.#checkIntents(intents);
    const subjects = new Map<string, string>();
    for (const {conversation} of intents) {
      if (conversation !== undefined && !subjects.has(conversation.id)) {
        subjects.set(conversation.id, conversation.subject);
      }
    }
    const entries = this.#chain.append(
      intents.map((intent) => ({kind: 'intent', body: toIntentBody(intent)})),
      (seqs) => {
        const first = new Map<string, number>();
        for (const [index, {conversation}] of intents.entries()) {
          if (conversation !== undefined && !first.has(conversation.id)) first.set(conversation.id, seqs[index] ?? 0);
        }
        return [
          this.#chain.insert(
            'open_intents',
            intents.map(({itemId}, index) => ({item_id: toText(itemId), entry: seqs[index]}))
          ),
          this.#chain.insert(
            'conversations',
            [...subjects].map(([id, subject]) => {
              return {id: toPostgresKey(id), subject: toText(subject), entry: first.get(id)};
            }),
            'ON CONFLICT DO NOTHING'
          ),
        ];
      }
    );
    for (const [index, intent] of intents.entries()) this.#note(entries[index] ?? 0, intent);
    this.#answers.forgetNewSubjects(subjects.keys());
  }

  /** Each transaction is durable when it is answered. */
  durably(work: () => void): Promise<void> {
    work();
    return Promise.resolve();
  }

  delivered(itemIds: readonly string[], {receipts = [], refusals = []}: TargetsSaid = {}): void {
    if (itemIds.length === 0) return;
    const closing = this.#openOf(itemIds);
    const records = closing.flatMap(({entry, intent}) =>
      intent.records.map(({recordId, sha256}) => ({recordId, sha256, entry, itemId: intent.itemId}))
    );
    const files = new Map<string, Row>();
    for (const {entry, intent} of closing) {
      for (const {fileId, eventId, outcome, sha256} of intent.files) {
        const key = JSON.stringify([fileId, eventId]);
        if (files.get(key)?.['outcome'] === 'captured' && outcome !== 'captured') continue;
        files.set(key, {
          file_id: toPostgresKey(fileId),
          event_id: toPostgresKey(eventId),
          outcome,
          sha256: sha256 ?? null,
          entry,
        });
      }
    }
    this.#chain.append([{kind: 'delivered', body: toDeliveredBody(itemIds, receipts, refusals)}], ([seq]) => [
      ...this.#closeStatements(itemIds),
      this.#chain.insert('items', closing.map(toItemRow)),
      this.#chain.insert(
        'records',
        records.map(({recordId, sha256, entry}) => {
          return {record_id: toPostgresKey(recordId), sha256, outcome: 'delivered', entry};
        }),
        `ON CONFLICT (workspace, record_id) DO UPDATE
         SET sha256 = excluded.sha256, outcome = excluded.outcome, entry = excluded.entry
         WHERE records.outcome <> 'delivered'`
      ),
      this.#chain.insert(
        'files',
        [...files.values()],
        `ON CONFLICT (workspace, file_id, event_id) DO UPDATE
         SET outcome = excluded.outcome, sha256 = excluded.sha256, entry = excluded.entry
         WHERE files.outcome <> 'captured' OR excluded.outcome = 'captured'`
      ),
      this.#chain.insert(
        'refusals',
        refusals.map(({itemId, target, code, path, sha256}) => {
          return {item_id: toText(itemId), target: toText(target), code, path, sha256, entry: seq};
        })
      ),
    ]);
    this.#closed(itemIds);
    for (const {recordId, sha256, itemId} of records) {
      this.#answers.keepRecord(recordId, {sha256, outcome: 'delivered', itemId});
    }
  }

  taken(items: readonly ItemAt[], receipts: readonly TargetReceipt[] = []): void {
    if (items.length === 0) return;
    this.#chain.append([{kind: 'taken', body: toTakenBody(items, receipts)}], ([seq]) => [
      {
        text: `WITH given AS (SELECT DISTINCT * FROM unnest($2::text[], $3::text[]) AS g (item_id, target)),
          ended AS (
            DELETE FROM refusals r USING given g
            WHERE r.workspace = $1 AND r.item_id = g.item_id AND r.target = g.target RETURNING r.item_id, r.target
          )
          INSERT INTO taken (workspace, item_id, target, entry)
          SELECT $1, item_id, target, $4::bigint FROM given g
          WHERE NOT EXISTS (SELECT 1 FROM ended e WHERE e.item_id = g.item_id AND e.target = g.target)
          ON CONFLICT DO NOTHING`,
        values: [
          this.#chain.workspace,
          items.map(({itemId}) => toText(itemId)),
          items.map(({target}) => toText(target)),
          seq ?? 0,
        ],
      },
    ]);
    for (const item of items) this.#taken.add(toAt(item));
  }

  voided(itemIds: readonly string[], possiblySent: readonly ItemAt[] = []): void {
    if (itemIds.length === 0) return;
    const closing = this.#openOf(itemIds);
    const recordsOf = new Map(closing.map(({intent}) => [intent.itemId, intent.records]));
    this.#chain.append([{kind: 'voided', body: toVoidedBody(itemIds, possiblySent)}], ([seq]) => [
      ...this.#closeStatements(itemIds),
      this.#chain.insert(
        'possibly_sent',
        possiblySent.flatMap(({itemId, target}) =>
          (recordsOf.get(itemId) ?? []).map(({recordId}) => {
            return {record_id: toPostgresKey(recordId), target: toText(target), entry: seq};
          })
        ),
        'ON CONFLICT DO NOTHING'
      ),
    ]);
    this.#closed(itemIds);
    this.#hasPossiblySent ||= possiblySent.length > 0;
  }

  setAside(records: readonly SetAside[]): void {
    const keyOf = ({record}: SetAside): string => JSON.stringify([toPostgresKey(record.recordId), record.sha256]);
    const known = new Set(
      this.#chain
        .ask<{record_id: string; sha256: string}>(
          'SELECT record_id, sha256 FROM set_aside WHERE workspace = $1 AND record_id = ANY($2)',
          records.map(({record}) => toPostgresKey(record.recordId))
        )
        .map((row) => JSON.stringify([row.record_id, row.sha256]))
    );
    const fresh = [...new Map(records.map((each) => [keyOf(each), each])).values()].filter(
      (each) => !known.has(keyOf(each))
    );
    if (fresh.length === 0) return;
    this.#chain.append(
      fresh.map((each) => ({kind: 'set_aside', body: toSetAsideBody(each)})),
      (seqs) => {
        const rows = fresh.map(({record, stream, code, path}, index) => {
          const {recordId, sha256} = record;
          return {key: toPostgresKey(recordId), sha256, stream: toText(stream), code, path, entry: seqs[index]};
        });
        const firstOf = new Map([...rows].reverse().map((row) => [row.key, row])); // a record is set aside once
        return [
          this.#chain.insert(
            'set_aside',
            rows.map(({key, ...row}) => ({record_id: key, ...row}))
          ),
          this.#chain.insert(
            'records',
            [...firstOf.values()].map(({key, sha256, entry}) => {
              return {record_id: key, sha256, outcome: 'set_aside', entry};
            }),
            `ON CONFLICT (workspace, record_id) DO UPDATE
             SET sha256 = excluded.sha256, outcome = excluded.outcome, entry = excluded.entry
             WHERE records.outcome = 'excluded'`
          ),
        ];
      }
    );
    for (const {record} of fresh) this.#answers.forgetRecord(record.recordId);
  }

  excluded(exclusions: readonly Exclusion[]): void {
    if (exclusions.length === 0) return;
    this.#chain.append(
      exclusions.map((each) => ({kind: 'excluded', body: toExcludedBody(each)})),
      (seqs) => {
        const rows = exclusions.flatMap(({records}, index) =>
          records.map(({recordId, sha256}) => {
            return {record_id: toPostgresKey(recordId), sha256, outcome: 'excluded', entry: seqs[index]};
          })
        );
        return [
          this.#chain.insert(
            'records',
            [...new Map(rows.map((row) => [row.record_id, row])).values()],
            `ON CONFLICT (workspace, record_id) DO UPDATE SET sha256 = excluded.sha256, entry = excluded.entry
             WHERE records.outcome = 'excluded'`
          ),
        ];
      }
    );
    for (const {records} of exclusions) for (const {recordId} of records) this.#answers.forgetRecord(recordId);
  }

  remember(people: readonly Person[]): void {
    this.#answers.expectPeople(people.map(({id}) => id));
    const changed = people.filter((person) => {
      const known = this.#answers.findPerson(person.id);
      return known === undefined || known.email !== person.email || known.name !== person.name;
    });
    if (changed.length === 0) return;
    this.#chain.append([{kind: 'people', body: toPeopleBody(changed)}], ([seq]) => {
      const rows = changed.map(({id, email, name}) => {
        return {id: toPostgresKey(id), email: toNullable(email), name: toNullable(name), entry: seq};
      });
      return [
        this.#chain.insert(
          'people',
          [...new Map(rows.map((row) => [row.id, row])).values()],
          `ON CONFLICT (workspace, id) DO UPDATE
           SET email = excluded.email, name = excluded.name, entry = excluded.entry`
        ),
      ];
    });
    for (const person of changed) this.#answers.keepPerson(person);
    this.#holds = undefined; // one of them may be known by an address that a hold names
  }

  note(statement: Note): Promise<void> {
    this.#chain.append([statement], ([seq]) => this.#followNote(statement, seq));
    if (statement.kind === 'hold_added' || statement.kind === 'hold_released') this.#holds = undefined;
    return Promise.resolve();
  }

  holds(): readonly Hold[] {
    this.#holds ??= readPostgresHolds((text, ...values) => this.#chain.ask<HoldRow>(text, ...values));
    return this.#holds;
  }

  readonly entries: ReadEntries = (kinds, begin = 0) => this.#readEntries(kinds, begin);

  async *#readEntries(kinds: readonly EntryKind[], begin: number): AsyncGenerator<LedgerEntry> {
    for (let after = begin; ;) {
      const rows = this.#chain.ask<ChainedEntry>(
        `SELECT seq, at, kind, body, hash FROM entries
         WHERE workspace = $1 AND kind = ANY($2) AND seq > $3 ORDER BY seq LIMIT 64`,
        kinds,
        after
      );
      for (const {seq, at, kind, body, hash} of rows) yield {seq, at, hash, ...parseStatement(seq, kind, body)};
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.seq;
      await Promise.resolve();
    }
  }

  get head(): ChainHead {
    return this.#chain.lastEntry;
  }

  assertHeld(): void {
    this.#chain.assertHeld();
  }

  /** Does again what may be done twice. */
  retrying<Result>(work: () => Result): Result {
    return this.#chain.retrying(work);
  }

  close(): void {
    this.#chain.close();
  }

  #findFileWhere(where: string, fileId: string, value: string): KnownFile | undefined {
    const [row] = this.#chain.ask<{outcome: KnownFile['outcome']; sha256: string | null; item_id: string}>(
      `SELECT f.outcome, f.sha256, i.item_id FROM files f JOIN items i ON i.workspace = f.workspace AND i.entry = f.entry
       WHERE f.workspace = $1 AND f.file_id = $2 AND ${where} ORDER BY f.entry LIMIT 1`,
      toPostgresKey(fileId),
      value
    );
    if (row === undefined) return undefined;
    return {outcome: row.outcome, sha256: row.sha256 ?? undefined, itemId: fromText(row.item_id)};
  }

  #entryOf(recordId: string, outcome: string): {readonly seq: number; readonly body: string} | undefined {
    return this.#chain.ask<{seq: number; body: string}>(
      `SELECT e.seq, e.body FROM records r JOIN entries e ON e.workspace = r.workspace AND e.seq = r.entry
       WHERE r.workspace = $1 AND r.record_id = $2 AND r.outcome = $3`,
      toPostgresKey(recordId),
      outcome
    )[0];
  }

  #checkIntents(intents: readonly Intent[]): void {
    const itemIds = intents.map(({itemId}) => itemId);
    const known = this.#chain.ask(
      'SELECT 1 FROM items WHERE workspace = $1 AND item_id = ANY($2) LIMIT 1',
      itemIds.map(toText)
    );
    if (known.length > 0 || unique(itemIds).length < itemIds.length || itemIds.some((id) => this.#open.has(id))) {
      throw new BugError('An item is intended twice.');
    }
    const recordIds = intents.flatMap(({records}) => records.map(({recordId}) => recordId));
    this.#answers.expectRecords(recordIds);
    const isUsed = (id: string): boolean =>
      this.#intended.has(id) || this.#answers.findRecord(id)?.outcome === 'delivered';
    if (unique(recordIds).length < recordIds.length || recordIds.some(isUsed)) {
      throw new BugError('A record is intended for a second item.');
    }
  }

  #openOf(itemIds: readonly string[]): {readonly entry: number; readonly intent: Intent}[] {
    return itemIds.map((itemId) => {
      const open = this.#open.get(itemId);
      if (open === undefined) throw new BugError('An outcome names an item that has no open intent.');
      return open;
    });
  }

  #note(entry: number, intent: Intent): void {
    this.#open.set(intent.itemId, {entry, intent});
    for (const {recordId} of intent.records) this.#intended.add(recordId);
  }

  #closed(itemIds: readonly string[]): void {
    for (const itemId of itemIds) {
      const {records = [], targets = []} = this.#open.get(itemId)?.intent ?? {};
      for (const {recordId} of records) this.#intended.delete(recordId);
      for (const target of targets) this.#taken.delete(toAt({itemId, target}));
      this.#open.delete(itemId);
    }
  }

  #closeStatements(itemIds: readonly string[]): Statement[] {
    return ['open_intents', 'taken'].map((table) => ({
      text: `DELETE FROM ${table} WHERE workspace = $1 AND item_id = ANY($2)`,
      values: [this.#chain.workspace, itemIds.map(toText)],
    }));
  }

  #followNote({kind, body}: Note, seq: number | undefined): readonly Statement[] {
    if (kind === 'hold_added') return [this.#chain.insert('holds', [{name: toText(body.name), entry: seq}])];
    if (kind === 'states_released') {
      const rows = body.reached.map(({lineage, states}) => {
        return {lineage: toPostgresKey(lineage), reached: states, entry: seq};
      });
      const onConflict = `ON CONFLICT (workspace, lineage) DO UPDATE SET reached = excluded.reached, entry = excluded.entry
        WHERE states.reached < excluded.reached`;
      return [this.#chain.insert('states', rows, onConflict)];
    }
    if (kind !== 'hold_released') return [];
    const values = [this.#chain.workspace, toText(body.name)];
    return [{text: 'DELETE FROM holds WHERE workspace = $1 AND name = $2', values}];
  }
}

function toItemRow({entry, intent}: {readonly entry: number; readonly intent: Intent}): Row {
  const {itemId, kind, stream, address, sha256, size, conversation, policyVersion} = intent;
  return {
    entry,
    item_id: toText(itemId),
    kind,
    stream: toText(stream),
    address: toText(address),
    sha256,
    size,
    conversation_id: conversation === undefined ? null : toPostgresKey(conversation.id),
    policy_version: policyVersion,
  };
}

function toAt({itemId, target}: ItemAt): string {
  return JSON.stringify([itemId, target]);
}
