// A log file as the listing describes it.

export interface LogFile {
  readonly id: string;
  /** The server's own text, with its microseconds. */
  readonly endTime: string;
  readonly size: number;
  readonly sha256: string;
}
