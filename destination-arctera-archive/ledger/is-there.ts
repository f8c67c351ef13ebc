// Whether something lies at a path. What nobody may look at is not missing.
import {statSync} from 'node:fs';
import {systemCode} from '../../core/errors';

/** Throws a system error where that cannot be told. */
export function isThere(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return false;
    throw error;
  }
}
