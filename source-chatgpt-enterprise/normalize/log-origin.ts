// Where a log row comes from.

export interface LogOrigin {
  readonly workspaceId: string;
  readonly logFileId: string;
  /** Whether the log file had the SHA-256 that the listing gives. */
  readonly verified: boolean;
}
