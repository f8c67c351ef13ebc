// Files fetched before their turn, several at a time, so that the pace of the API and not its latency is the limit.
import {ReadAhead} from '../../core/read-ahead';
import type {FileAttempt, FilePiece} from '../api/file-bytes';
import type {FileReference} from '../normalize/file-references';

/** At 50 requests a minute so many are begun while one waits most of a minute for its next attempt. */
const maxAtOnce = 40;
/** A larger file is read on when its turn comes: at most forty times this is held. */
const maxBytesEach = 1024 * 1024;

export type FileTransfer = ReadAhead<FilePiece, FileAttempt>;

export class FilesAhead {
  private readonly started = new Map<FileReference, FileTransfer>();
  /** The file whose turn it is. */
  private readingId: string | undefined;

  constructor(
    private readonly start: (reference: FileReference) => AsyncGenerator<FilePiece, FileAttempt, undefined>
  ) {}

  isStarted(reference: FileReference): boolean {
    return this.started.has(reference);
  }

  /** Starts transfers for what comes next; a file that is under way is not fetched twice. */
  prefetch(upcoming: Iterable<FileReference>, isKnown: (reference: FileReference) => boolean): void {
    const underWay = new Set([...this.started.keys()].map(({fileId}) => fileId));
    if (this.readingId !== undefined) underWay.add(this.readingId);
    let looked = 0;
    for (const reference of upcoming) {
      if (this.started.size >= maxAtOnce || ++looked > 4 * maxAtOnce) return;
      if (underWay.has(reference.fileId) || isKnown(reference)) continue;
      underWay.add(reference.fileId);
      this.started.set(reference, this.open(reference));
    }
  }

  /** The transfer whose turn it is, started now if it was not before. */
  take(reference: FileReference): FileTransfer {
    const transfer = this.started.get(reference) ?? this.open(reference);
    this.started.delete(reference);
    this.readingId = reference.fileId;
    return transfer;
  }

  /** The one that was taken has ended. */
  release(): void {
    this.readingId = undefined;
  }

  close(): void {
    for (const transfer of this.started.values()) transfer.close({outcome: 'retry_later', route: null});
    this.started.clear();
  }

  private open(reference: FileReference): FileTransfer {
    return new ReadAhead(this.start(reference), ({bytes}) => bytes.length, maxBytesEach);
  }
}
