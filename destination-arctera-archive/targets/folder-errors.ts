// What a failure of the archive's file system means, and who can end it.
import {ConfigError, type ConnectorError, systemCode, TransientError} from '../../core/errors';

const full = new Set(['ENOSPC', 'EDQUOT']);
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
  const isOfFileSystem = error instanceof Object && 'syscall' in error; // else it is a code of Node.js or of SQLite
  return code === undefined || !isOfFileSystem ? error : describe(code, path, error);
}

function describe(code: string, path: string, cause: unknown): ConnectorError {
  if (full.has(code)) return new TransientError('disk_full', `Writing to ${path} failed (${code}).`, {cause});
  const detail = `The folder ${path} cannot be written (${code}).`;
  return lasting.has(code)
    ? new ConfigError('target_not_writable', detail, {cause})
    : new TransientError('target_not_writable', detail, {cause});
}
