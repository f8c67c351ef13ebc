// What SQLite cannot say of itself: why it could not open a file.
import fs from 'node:fs';
import {afterEach, expect, jest, test} from '@jest/globals';
import {toLedgerError} from '../../../destination-arctera-archive/ledger/sqlite-error';

afterEach(() => void jest.restoreAllMocks());

test.each([
  [2, 'EMFILE', 'TransientError', 'open_files_exhausted'],
  [0, 'ENFILE', 'TransientError', 'open_files_exhausted'],
  [0, 'EACCES', 'ConfigError', 'target_not_writable'],
  [3, 'EMFILE', 'ConfigError', 'target_not_writable'],
])('a ledger that cannot be opened while %s files more can be (%s) is a %s %s', (room, code, name, expected) => {
  const {openSync} = fs;
  const opened: number[] = [];
  jest.spyOn(fs, 'openSync').mockImplementation((...asked) => {
    if (opened.length >= room) throw Object.assign(new Error('no'), {code});
    opened.push(openSync(...asked));
    return opened.at(-1) ?? 0;
  });
  const closed = jest.spyOn(fs, 'closeSync');
  const error = toLedgerError(Object.assign(new Error('unable to open'), {code: 'SQLITE_CANTOPEN'}));
  expect(error).toMatchObject({name, code: expected});
  expect(closed.mock.calls.flat()).toEqual(opened);
});
