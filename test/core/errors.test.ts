// Errors of the system as ours: also those that Node.js has no name for.
import {expect, test} from '@jest/globals';
import {systemCode, toConnectorError} from '../../core/errors';

test.each([
  ['UNKNOWN', -122, 'EDQUOT', 'disk_full'],
  ['Unknown system error -122', -122, 'EDQUOT', 'disk_full'],
  ['Unknown system error -116', -116, 'ESTALE', 'bug'],
  ['Unknown system error -9999', -9999, 'UNKNOWN', 'bug'],
  ['ENOSPC', -28, 'ENOSPC', 'disk_full'],
])('%s (%i) is %s', (code, errno, name, meaning) => {
  const error = Object.assign(new Error('of the system'), {code, errno});
  expect([systemCode(error), toConnectorError(error).code]).toEqual([name, meaning]);
});
