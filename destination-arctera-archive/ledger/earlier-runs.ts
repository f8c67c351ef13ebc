// What earlier runs made of records and files, for a verb that only looks: without ledgers nothing was made of anything.
import type {FileOutcome} from '../../contract/files';
import type {Explanation} from './explain';
import type {LedgerPlace} from './ledger-place';
import {openLedgerToRead} from './read-entries';

interface FileOfEvent {
  readonly fileId: string;
  readonly eventId: string;
}

export class EarlierRuns {
  private readonly names: readonly string[];

  /** @param place undefined where the ledgers are not to be looked at */
  constructor(private readonly place: LedgerPlace | undefined) {
    this.names = place?.names() ?? [];
  }

  get areKnown(): boolean {
    return this.place !== undefined;
  }

  /** Throws TransientError `ledger_locked` while a run holds the ledger. */
  find(recordId: string): Explanation | undefined {
    return this.names.map((name) => this.place?.explain(name, recordId)).find((found) => found !== undefined);
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
    this.place?.close();
  }
}

export function toFileKey({fileId, eventId}: FileOfEvent): string {
  return JSON.stringify([fileId, eventId]);
}
