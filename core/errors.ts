// The five classes of failure: the class says who must act, the code says what happened.
import {constants} from 'node:os';
import {type ErrorCode, errorCodes} from './error-codes';

export type Recovery = 'config' | 'transient' | 'record' | 'integrity' | 'bug';

/** Airbyte's `failure_type` of an error trace. */
export type FailureType = 'config_error' | 'transient_error' | 'system_error';

/**
 * Base of all errors the connectors raise on purpose.
 *
 * `message` is safe to show and to log: never record content, a URL with its query, a header or a key.
 * `cause` is for a debugger and is never printed.
 */
export abstract class ConnectorError extends Error {
  abstract readonly recovery: Recovery;
  abstract readonly failureType: FailureType;

  constructor(
    readonly code: ErrorCode,
    detail: string,
    options?: {cause?: unknown}
  ) {
    super(`${detail} ${errorCodes[code].remedy}`.trim(), options);
    this.name = new.target.name;
  }
}

/** The user must change something; a retry cannot help. */
export class ConfigError extends ConnectorError {
  readonly recovery = 'config';
  readonly failureType = 'config_error';
}

/** Retried with back-off; then the sync stops with its state untouched and Airbyte tries again. */
export class TransientError extends ConnectorError {
  readonly recovery = 'transient';
  readonly failureType = 'transient_error';
}

/**
 * One record is set aside durably and the run goes on.
 * @public
 */
export class RecordError extends ConnectorError {
  readonly recovery = 'record';
  readonly failureType = 'system_error';
}

/** Stop, and never move a cursor past this point. */
export class IntegrityError extends ConnectorError {
  readonly recovery = 'integrity';
  readonly failureType = 'system_error';
}

/** An invariant of ours failed. */
export class BugError extends ConnectorError {
  readonly recovery = 'bug';
  readonly failureType = 'system_error';

  constructor(detail: string, options?: {cause?: unknown}) {
    super('bug', detail, options);
  }
}

/** Makes an exhaustive switch fail to compile, and loudly at run time, when a case is missing. */
export function unreachable(value: never): never {
  throw new BugError(`Unexpected value of type ${typeof value}.`);
}

/** The error itself when it is one of ours, else a BugError whose message carries nothing of the original but its class. */
export function toConnectorError(error: unknown): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const name = error instanceof Error ? error.name : typeof error;
  const code = systemCode(error);
  if (isDiskFull(code)) {
    return new TransientError('disk_full', 'The disk is full.', {cause: error});
  }
  if (isOutOfFiles(code)) return toOutOfFiles(code, error);
  return new BugError(`Unexpected ${name}${code === undefined ? '' : ` (${code})`}.`, {cause: error});
}

/** Whether a system error says that the disk, or what somebody may use of it, is full. */
export function isDiskFull(code: string | undefined): boolean {
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** Whether a system error says that no more files may be open, in this process or in the whole system: nothing is wrong with this one. */
export function isOutOfFiles(code: string | undefined): code is 'EMFILE' | 'ENFILE' {
  return code === 'EMFILE' || code === 'ENFILE';
}

export function toOutOfFiles(code: 'EMFILE' | 'ENFILE', cause: unknown): TransientError {
  return new TransientError('open_files_exhausted', `Too many files are open (${code}).`, {cause});
}

/** The `code` of a Node.js system error such as `ENOSPC`, if it is one. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  const {code, errno} = error as {readonly code: unknown; readonly errno?: unknown};
  if (typeof code !== 'string') return undefined;
  if (typeof errno === 'number' && (code === 'UNKNOWN' || code.startsWith('Unknown system error'))) {
    return nameOf(-errno) ?? 'UNKNOWN';
  }
  return /^[A-Z][A-Z0-9_]*$/.test(code) ? code : undefined;
}

/** Node.js has no name for some, such as a quota that is used up and a file handle that a file server has forgotten. */
function nameOf(errno: number): string | undefined {
  return Object.entries(constants.errno).find(([, each]) => each === errno)?.[0];
}
