// An error as plain data, because what crosses to another thread loses its class and its code.
import {
  BugError,
  ConfigError,
  ConnectorError,
  IntegrityError,
  RecordError,
  systemCode,
  TransientError,
} from '../../core/errors';

export interface PlainError {
  /** Of an error of ours: its class and its row in the table of codes. */
  readonly ours: Pick<ConnectorError, 'recovery' | 'code'> | undefined;
  readonly name: string;
  readonly message: string;
  /** Of an error of the system, such as `ENOSPC`. */
  readonly systemCode: string | undefined;
  readonly cause: PlainError | undefined;
}

const classes = {
  config: ConfigError,
  transient: TransientError,
  record: RecordError,
  integrity: IntegrityError,
} as const;

export function toPlainError(error: unknown): PlainError {
  const {name, message, cause} = error instanceof Error ? error : new Error(typeof error);
  const ours = error instanceof ConnectorError ? {recovery: error.recovery, code: error.code} : undefined;
  return {
    ours,
    name,
    message,
    systemCode: ours === undefined ? systemCode(error) : undefined,
    cause: cause instanceof Error ? toPlainError(cause) : undefined,
  };
}

export function fromPlainError(plain: PlainError): Error {
  const cause = plain.cause === undefined ? undefined : fromPlainError(plain.cause);
  const error = build(plain, cause === undefined ? undefined : {cause});
  error.message = plain.message;
  return error;
}

function build({ours, name, message, systemCode: code}: PlainError, options: {cause: Error} | undefined): Error {
  if (ours === undefined) {
    const error = Object.assign(new Error(message, options), {name});
    return code === undefined ? error : Object.assign(error, {code});
  }
  return ours.recovery === 'bug' ? new BugError('', options) : new classes[ours.recovery](ours.code, '', options);
}
