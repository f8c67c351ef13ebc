// File references of log files downloaded before their turn, so that the uploads they name keep coming.
import {setMaxListeners} from 'node:events';
import {downloadLog} from '../api/log-download';
import {expectedBytes, type LogFile} from '../api/log-file';
import {type FileReference, toFileReferences} from '../normalize/file-references';
import {requireUsable, toRows} from './log-file-rows';
import type {ReadScope} from './read-scope';
import type {ReferenceCache} from './reference-cache';

/** Of log files whose references wait for their turn; one larger log file is fetched when its turn comes. */
const maxBytes = 16 * 1024 * 1024;

/** What a log file refers to; where its bytes have not the listed hash, the hash they have. */
export interface LogReferences {
  readonly references: readonly FileReference[];
  readonly unverifiedSha256: string | undefined;
}

export class ReferencesAhead {
  private readonly started = new Map<string, {readonly size: number; readonly found: Promise<LogReferences>}>();
  private readonly stop = new AbortController();

  /** @param onArrival called when the cache knows more than before */
  constructor(
    private readonly scope: ReadScope,
    private readonly cache: ReferenceCache,
    private readonly onArrival: () => void
  ) {
    setMaxListeners(0, this.stop.signal); // each download listens; Node.js would warn of a leak
  }

  /** Starts the downloads of log files of which nothing is known yet, in their order. */
  prefetch(upcoming: Iterable<LogFile>): void {
    let heldBytes = [...this.started.values()].reduce((sum, {size}) => sum + size, 0);
    for (const file of upcoming) {
      if (this.started.has(file.id) || this.cache.get(file.id) !== undefined) continue;
      heldBytes += expectedBytes(file);
      if (heldBytes > maxBytes) return;
      this.start(file);
    }
  }

  /** What the log file refers to; it is downloaded now if nothing is known of it. */
  async take(file: LogFile): Promise<LogReferences> {
    const started = this.started.get(file.id);
    const cached = this.cache.get(file.id);
    if (started === undefined && cached !== undefined) return {references: cached, unverifiedSha256: undefined};
    try {
      return await (started ?? this.start(file)).found;
    } finally {
      this.started.delete(file.id);
    }
  }

  /** Gives up what never had its turn. */
  close(): void {
    this.stop.abort();
  }

  private start(file: LogFile): {readonly found: Promise<LogReferences>} {
    const found = this.download(file);
    const started = {size: expectedBytes(file), found};
    this.started.set(file.id, started);
    found.then(
      ({references}) => {
        if (this.stop.signal.aborted) return;
        this.cache.add(file.id, references);
        this.onArrival();
      },
      () => undefined // a failure is told when its turn comes
    );
    return started;
  }

  private async download(file: LogFile): Promise<LogReferences> {
    const log = await downloadLog(this.scope.client, file, {signal: this.stop.signal});
    requireUsable(this.scope, log);
    const references: FileReference[] = [];
    for (const row of toRows(this.scope, log)) {
      if (row.unreadable) continue;
      for (const reference of toFileReferences(row)) references.push(reference); // too many for the arguments of one call
    }
    return {references, unverifiedSha256: log.verified ? undefined : log.sha256};
  }
}
