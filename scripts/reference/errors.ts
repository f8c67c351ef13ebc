// The page that lists every error code, for the person who has just read one in a log.
import {errorCodes} from '../../core/error-codes';
import {banner, table} from './markdown';

export function errorReference(): string {
  const rows = Object.entries(errorCodes).map(([code, {meaning, remedy}]) => [`\`${code}\``, meaning, remedy]);
  return [
    banner('core/error-codes.ts'),
    '# Error codes',
    'Messages end with what to do. This page gives the same texts by code.',
    table(['Code', 'Meaning', 'What to do'], rows),
  ]
    .join('\n\n')
    .concat('\n');
}
