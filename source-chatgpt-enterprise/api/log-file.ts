// A log file as the listing describes it.

/** Many times what the service puts into one log file; what goes on beyond it is none, and would fill the memory. */
export const maxLogBytes = 512 * 1024 * 1024;

export interface LogFile {
  readonly id: string;
  /** The server's own text, with its microseconds. */
  readonly endTime: string;
  /** In bytes; 0 where the listing does not tell it. */
  readonly size: number;
  readonly sha256: string;
}

/** About as much as the service puts into one. */
const usualBytes = 10 * 1024 * 1024;

/** What the log file will take in memory, as far as that is known before it is downloaded. */
export function expectedBytes({size}: LogFile): number {
  return size === 0 ? usualBytes : size;
}
