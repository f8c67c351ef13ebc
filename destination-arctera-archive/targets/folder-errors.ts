// What a failure of the archive's file system means, and who can end it.
import {
  ConfigError,
  type ConnectorError,
  isDiskFull,
  isOutOfFiles,
  systemCode,
  toConnectorError,
  toOutOfFiles,
  TransientError,
} from '../../core/errors';

/** These last until somebody changes the path, its owner or its mount. */
const lasting = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOTDIR',
  'EISDIR',
  'EEXIST',
  'ENAMETOOLONG',
  'ELOOP',
  'EINVAL',
  'ENOENT',
]);

/** The error of ours for a system error at the path; anything else as it came. */
export function toFolderError(error: unknown, path: string): unknown {
  const code = systemCode(error);
  const isOfFileSystem = code !== undefined && /^E[A-Z0-9]+$/.test(code); // not ERR_… of Node.js or SQLITE_…
  return isOfFileSystem ? describe(code, path, error) : error;
}

/** What ends a run that used the folders at the path, whichever of them it was. */
export function toEndOfRun(error: unknown, path: string): ConnectorError {
  return toConnectorError(toFolderError(error, path));
}

function describe(code: string, path: string, cause: unknown): ConnectorError {
  if (isDiskFull(code)) return new TransientError('disk_full', `Writing to ${path} failed (${code}).`, {cause});
  if (isOutOfFiles(code)) return toOutOfFiles(code, cause);
  const detail = `The folder ${path} cannot be read or written (${code}).`;
  return lasting.has(code)
    ? new ConfigError('target_not_writable', detail, {cause})
    : new TransientError('target_not_writable', detail, {cause});
}
