// An id as one segment of a path: encoded, and refused when it could lead to another route.
import {IntegrityError} from '../../core/errors';

export function isSafeId(id: string): boolean {
  return id !== '' && id !== '.' && id !== '..' && !/[/\\]/.test(id) && id.isWellFormed();
}

export function toPathSegment(id: string): string {
  if (!isSafeId(id)) {
    throw new IntegrityError('response_unexpected', 'The API gave an id that cannot be part of a path.');
  }
  return encodeURIComponent(id);
}
