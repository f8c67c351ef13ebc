// Folds entries into the projection tables: the same fold while writing and while verifying.
import type {Database, Statement as Prepared} from 'better-sqlite3';
import {BugError} from '../../core/errors';
import {type Body, parseBody, type Statement} from './entry';

export class Projection {
  readonly #open: Prepared<[string, number]>;
  readonly #close: Prepared<[string]>;
  readonly #findOpen: Prepared<[string], {entry: number; body: string}>;
  readonly #freezeSubject: Prepared<[string, string, number]>;
  readonly #addItem: Prepared<[number, string, string, string, string, string, number, string | null, string]>;
  readonly #deliverRecord: Prepared<[string, string, number]>;
  readonly #settleFile: Prepared<[string, string, string, string | null, number]>;
  readonly #setAside: Prepared<[string, string, string, string, string, number]>;
  readonly #setRecordAside: Prepared<[string, string, number]>;
  readonly #excludeRecord: Prepared<[string, string, number]>;
  readonly #keepPerson: Prepared<[string, string | null, string | null, number]>;
  readonly #take: Prepared<[string, string, number]>;
  readonly #forgetTaken: Prepared<[string]>;
  readonly #refuse: Prepared<[string, string, string, string, string, number]>;
  readonly #endRefusal: Prepared<[string, string]>;
  readonly #possiblySend: Prepared<[string, string, number]>;
  readonly #addHold: Prepared<[string, number]>;
  readonly #releaseHold: Prepared<[string]>;
  readonly #reach: Prepared<[string, number, number]>;

  /** @param key what an untrusted id is known by */
  constructor(
    db: Database,
    private readonly key: (id: string) => string = toKey
  ) {
    this.#open = db.prepare('INSERT INTO open_intents (item_id, entry) VALUES (?, ?)');
    this.#close = db.prepare('DELETE FROM open_intents WHERE item_id = ?');
    this.#findOpen = db.prepare(
      'SELECT o.entry, e.body FROM open_intents o JOIN entries e ON e.seq = o.entry WHERE o.item_id = ?'
    );
    this.#freezeSubject = db.prepare('INSERT OR IGNORE INTO conversations (id, subject, entry) VALUES (?, ?, ?)');
    this.#addItem = db.prepare(
      `INSERT INTO items (entry, item_id, kind, stream, address, sha256, size, conversation_id, policy_version)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
    );
    this.#deliverRecord = db.prepare(
      `INSERT INTO records (record_id, sha256, outcome, entry) VALUES (?, ?, 'delivered', ?)
       ON CONFLICT DO UPDATE SET sha256 = excluded.sha256, outcome = excluded.outcome, entry = excluded.entry
       WHERE records.outcome <> 'delivered'`
    );
    this.#settleFile = db.prepare(
      `INSERT INTO files (file_id, event_id, outcome, sha256, entry) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET outcome = excluded.outcome, sha256 = excluded.sha256, entry = excluded.entry
       WHERE files.outcome <> 'captured' OR excluded.outcome = 'captured'`
    );
    this.#setAside = db.prepare(
      'INSERT INTO set_aside (record_id, sha256, stream, code, path, entry) VALUES (?, ?, ?, ?, ?, ?)'
    );
    this.#setRecordAside = db.prepare(
      `INSERT INTO records (record_id, sha256, outcome, entry) VALUES (?, ?, 'set_aside', ?)
       ON CONFLICT DO UPDATE SET sha256 = excluded.sha256, outcome = excluded.outcome, entry = excluded.entry
       WHERE records.outcome = 'excluded'`
    );
    this.#excludeRecord = db.prepare(
      `INSERT INTO records (record_id, sha256, outcome, entry) VALUES (?, ?, 'excluded', ?)
       ON CONFLICT DO UPDATE SET sha256 = excluded.sha256, entry = excluded.entry
       WHERE records.outcome = 'excluded'`
    );
    this.#keepPerson = db.prepare('INSERT OR REPLACE INTO people (id, email, name, entry) VALUES (?, ?, ?, ?)');
    this.#take = db.prepare('INSERT OR IGNORE INTO taken (item_id, target, entry) VALUES (?, ?, ?)');
    this.#forgetTaken = db.prepare('DELETE FROM taken WHERE item_id = ?');
    this.#refuse = db.prepare(
      'INSERT INTO refusals (item_id, target, code, path, sha256, entry) VALUES (?, ?, ?, ?, ?, ?)'
    );
    this.#endRefusal = db.prepare('DELETE FROM refusals WHERE item_id = ? AND target = ?');
    this.#possiblySend = db.prepare('INSERT OR IGNORE INTO possibly_sent (record_id, target, entry) VALUES (?, ?, ?)');
    this.#addHold = db.prepare('INSERT INTO holds (name, entry) VALUES (?, ?)');
    this.#releaseHold = db.prepare('DELETE FROM holds WHERE name = ?');
    this.#reach = db.prepare(
      `INSERT INTO states (lineage, reached, entry) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET reached = excluded.reached, entry = excluded.entry
       WHERE states.reached < excluded.reached`
    );
  }

  /** Applies the entry with this seq, in the transaction that appends it. */
  apply(seq: number, {kind, body}: Statement): void {
    switch (kind) {
      case 'genesis':
      case 'run_started':
      case 'run_ended':
      case 'run_report':
      case 'manifest':
      case 'holds_applied':
        return; // read as they are
      case 'hold_added':
        this.#addHold.run(body.name, seq);
        return;
      case 'hold_released':
        this.#releaseHold.run(body.name);
        return;
      case 'states_released':
        for (const {lineage, states} of body.reached) this.#reach.run(this.key(lineage), states, seq);
        return;
      case 'intent':
        this.#open.run(body.item_id, seq);
        if (body.conversation !== null) {
          this.#freezeSubject.run(this.key(body.conversation.id), body.conversation.subject, seq);
        }
        return;
      case 'delivered':
        for (const itemId of body.item_ids) this.#deliver(itemId);
        for (const {item_id: itemId, target, code, path, sha256} of body.refusals ?? []) {
          this.#refuse.run(itemId, target, code, path, sha256, seq);
        }
        return;
      case 'taken':
        for (const {item_id: itemId, target} of body.items) {
          if (this.#endRefusal.run(itemId, target).changes === 0) this.#take.run(itemId, target, seq);
        }
        return;
      case 'voided':
        for (const itemId of body.item_ids) this.#void(itemId, body.possibly_sent ?? [], seq);
        return;
      case 'set_aside':
        this.#setAside.run(this.key(body.record_id), body.sha256, body.stream, body.code, body.path, seq);
        this.#setRecordAside.run(this.key(body.record_id), body.sha256, seq);
        return;
      case 'excluded':
        for (const [recordId, sha256] of body.records) this.#excludeRecord.run(this.key(recordId), sha256, seq);
        return;
      case 'people':
        for (const {id, email, name} of body.people) this.#keepPerson.run(this.key(id), email, name, seq);
    }
  }

  #deliver(itemId: string): void {
    const {entry, intent} = this.#closeIntent(itemId);
    const {kind, stream, address, sha256, size, conversation, policy_version} = intent;
    const conversationId = conversation === null ? null : this.key(conversation.id);
    this.#addItem.run(entry, itemId, kind, stream, address, sha256, size, conversationId, policy_version);
    for (const record of intent.records) {
      const {changes} = this.#deliverRecord.run(this.key(record[0]), record[1], entry);
      if (changes === 0) throw new BugError(`Entry ${entry} delivers a record that another item holds.`);
    }
    for (const file of intent.files) {
      this.#settleFile.run(this.key(file.file_id), this.key(file.event_id), file.outcome, file.sha256, entry);
    }
  }

  #void(itemId: string, possiblySent: NonNullable<Body<'voided'>['possibly_sent']>, seq: number): void {
    const {intent} = this.#closeIntent(itemId);
    for (const {target} of possiblySent.filter((each) => each.item_id === itemId)) {
      for (const [recordId] of intent.records) this.#possiblySend.run(this.key(recordId), target, seq);
    }
  }

  #closeIntent(itemId: string): {readonly entry: number; readonly intent: Body<'intent'>} {
    const row = this.#findOpen.get(itemId);
    if (row === undefined) throw new BugError('An outcome names an item that has no open intent.');
    this.#close.run(itemId);
    this.#forgetTaken.run(itemId);
    return {entry: row.entry, intent: parseBody(row.entry, 'intent', row.body)};
  }
}

/**
 * An untrusted id as a key. SQLite stores UTF-8, in which all lone surrogates are one: such ids are kept as JSON text,
 * and so are those that look like it.
 */
export function toKey(id: string): string {
  return id.startsWith('"') || !id.isWellFormed() ? JSON.stringify(id) : id;
}
