// What an HTTP status means for the user, as a table for each purpose of a request.
import type {ErrorCode} from '../../core/error-codes';
import {ConfigError, type ConnectorError, TransientError} from '../../core/errors';
import {HttpFailure} from './http-failure';

/** Why a request is made: the same status asks for another remedy. */
export type Purpose = 'log_listing' | 'log_download' | 'users' | 'objects' | 'file_bytes';

interface StatusEntry {
  readonly error: typeof ConfigError | typeof TransientError;
  readonly code: ErrorCode;
}

const keyRejected: StatusEntry = {error: ConfigError, code: 'key_rejected'};
const requestRejected: StatusEntry = {error: ConfigError, code: 'request_rejected'};
const workspaceNotFound: StatusEntry = {error: ConfigError, code: 'workspace_not_found'};
const logFileGone: StatusEntry = {error: TransientError, code: 'log_file_gone'};

const table: Readonly<Record<Purpose, Readonly<Record<number, StatusEntry>>>> = {
  log_listing: {
    401: keyRejected,
    403: {error: ConfigError, code: 'log_scope_missing'},
    404: workspaceNotFound,
  },
  log_download: {
    401: keyRejected,
    403: {error: ConfigError, code: 'log_scope_missing'},
    404: logFileGone,
    410: logFileGone,
  },
  users: {
    401: keyRejected,
    403: {error: ConfigError, code: 'stateful_scope_missing'},
    404: workspaceNotFound,
  },
  objects: {
    401: keyRejected,
    403: {error: ConfigError, code: 'stateful_scope_missing'},
    404: {error: ConfigError, code: 'objects_not_offered'},
  },
  file_bytes: {
    401: keyRejected,
    403: {error: ConfigError, code: 'file_scope_missing'},
  },
};

/** The error to raise for a failed request; anything but an HttpFailure is returned as it is. */
export function toStatusError(purpose: Purpose, doing: string, failure: unknown): unknown {
  if (!(failure instanceof HttpFailure)) return failure;
  const entry = failure.status === undefined ? undefined : (table[purpose][failure.status] ?? requestRejected);
  const answer = failure.status === undefined ? 'no complete answer came' : `the answer was HTTP ${failure.status}`;
  const error: ConnectorError =
    entry === undefined
      ? new TransientError('api_unavailable', `While ${doing} ${answer}.`, {cause: failure})
      : new entry.error(entry.code, `While ${doing} ${answer}.`, {cause: failure});
  return error;
}
