// What the rest of a read of log files will bring, from the sizes that the listing tells.
import type {SourceOutput} from '../../airbyte/source';
import type {LogFile} from '../api/log-file';

/** Of a log line, until some have been read. */
const usualLineBytes = 1_200;
/** A row holds its event twice, as exact text and as objects. */
const rowBytesPerLineByte = 2;

export class LogEstimate {
  private listedBytes = 0;
  private announcedBytes = 0;
  private readBytes = 0;
  private readLines = 0;

  list(files: readonly LogFile[]): void {
    for (const {size} of files) this.listedBytes += size;
  }

  /** @param lines lines read so far in all */
  read(bytes: number, lines: number): void {
    this.readBytes += bytes;
    this.readLines = lines;
  }

  /** Once for each page of the listing, so that the first comes before the first record. */
  *announce(stream: string): Generator<SourceOutput, void, undefined> {
    if (this.listedBytes === this.announcedBytes) return;
    this.announcedBytes = this.listedBytes;
    const lineBytes = this.readLines === 0 ? usualLineBytes : this.readBytes / this.readLines;
    yield {
      kind: 'estimate',
      stream,
      rows: Math.ceil(this.listedBytes / lineBytes),
      bytes: this.listedBytes * rowBytesPerLineByte,
    };
  }
}
