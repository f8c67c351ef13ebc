// A stream keeps its role under a prefix, and a name that ends like another's is not taken for it.
import {expect, test} from '@jest/globals';
import {fileChunks, files} from '../../../contract/files';
import {users} from '../../../contract/users';
import {isStreamNamed} from '../../../destination-arctera-archive/pipeline/stream-role';

test.each([
  ['files', files, true],
  ['acme_files', files, true],
  ['library_files', files, false],
  ['acme_library_files', files, false],
  ['acme_file_chunks', fileChunks, true],
  ['users', users, true],
])('%s', (name, definition, expected) => {
  expect(isStreamNamed(name, definition)).toBe(expected);
});
