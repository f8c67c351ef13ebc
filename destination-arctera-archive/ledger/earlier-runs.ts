// What earlier runs made of records and files, for a verb that only looks: without ledgers nothing was made of anything.
import {type FileOutcome, isOwnerReference} from '../../contract/files';
import type {Explainer, Explanation} from './explain';
import type {LedgerPlace} from './ledger-place';
import {openLedgerToRead} from './read-entries';

interface FileOfEvent {
  readonly fileId: string;
  readonly eventId: string;
}

export class EarlierRuns {
  /** Names of the workspaces that something lies of. */
  readonly names: readonly string[];
  /** Of the ledgers that were looked at; undefined for one that no run has begun. */
  private readonly explainers = new Map<string, Explainer | undefined>();

  /** @param place undefined where the ledgers are not to be looked at */
  constructor(private readonly place: LedgerPlace | undefined) {
    this.names = place?.names() ?? [];
  }

  get areKnown(): boolean {
    return this.place !== undefined;
  }

  /** Keeps the ledgers open. Throws TransientError `ledger_locked` while a run holds one. */
  find(recordId: string): Explanation | undefined {
    return this.ask((explainer) => explainer.explain(recordId));
  }

  /** What a file belongs to that names this event or object. */
  findHolder(eventId: string): Explanation | undefined {
    return (
      this.find(eventId) ??
      (isOwnerReference(eventId) ? this.ask((explainer) => explainer.explainDocument(eventId)) : undefined)
    );
  }

  /** By the keys that `toFileKey` makes, the outcomes that archived items told of these files. */
  async settledFiles(asked: readonly FileOfEvent[]): Promise<ReadonlyMap<string, readonly FileOutcome[]>> {
    const wanted = new Set(asked.map(toFileKey));
    const settled = new Map<string, FileOutcome[]>();
    if (wanted.size === 0) return settled;
    for (const name of this.names) {
      await this.place?.inFolder(name, async ({ledger}) => {
        const reader = openLedgerToRead(ledger);
        try {
          for await (const {kind, body} of reader.entries(['intent'])) {
            if (kind !== 'intent') continue;
            for (const {file_id: fileId, event_id: eventId, outcome} of body.files) {
              const key = toFileKey({fileId, eventId});
              if (wanted.has(key)) settled.set(key, [...(settled.get(key) ?? []), outcome]);
            }
          }
        } finally {
          reader.close();
        }
      });
    }
    return settled;
  }

  close(): void {
    for (const explainer of this.explainers.values()) explainer?.close();
    this.place?.close();
  }

  private ask(question: (explainer: Explainer) => Explanation | undefined): Explanation | undefined {
    for (const name of this.names) {
      if (!this.explainers.has(name)) this.explainers.set(name, this.place?.explainer(name));
    }
    for (const explainer of this.explainers.values()) {
      const found = explainer === undefined ? undefined : question(explainer);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

export function toFileKey({fileId, eventId}: FileOfEvent): string {
  return JSON.stringify([fileId, eventId]);
}
