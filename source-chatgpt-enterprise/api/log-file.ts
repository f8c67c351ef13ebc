// A log file as the listing describes it.

/** Many times what the service puts into one log file; what goes on beyond it is none, and would fill the memory. */
export const maxLogBytes = 512 * 1024 * 1024;

export interface LogFile {
  readonly id: string;
  /** The server's own text, with its microseconds. */
  readonly endTime: string;
  readonly size: number;
  readonly sha256: string;
}
