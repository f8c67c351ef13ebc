// Whatever ids a workspace holds, an item lies inside its folder, where a reader of the folder looks for it.
import {expect, test} from '@jest/globals';
import fc from '../../support/generated';
import {posix, win32} from 'node:path';
import {sha256Hex} from '../../../core/digest';
import {
  folderLayouts,
  isItemDirectory,
  toFolderAddress,
  toPossibleAddresses,
  toSessionName,
} from '../../../destination-arctera-archive/targets/folder-layout';

const ids = fc.oneof(
  fc.string({unit: 'binary', maxLength: 120}),
  fc
    .array(
      fc.constantFrom('..', '/', '\\', '.', ':', '\0', '\r\n', '~', 'C:', 'con', 'nul.', '%2e', '\ud800', 'é', ' '),
      {
        maxLength: 12,
      }
    )
    .map((parts) => parts.join(''))
);
const places = fc.record({
  itemId: ids.map(sha256Hex),
  ending: fc.constantFrom('eml', 'rsmf', 'zip'),
  dateMs: fc.integer({min: -62_167_219_200_000, max: 8_640_000_000_000_000}),
  userId: fc.option(ids, {nil: undefined}),
  conversationId: fc.option(ids, {nil: undefined}),
});

test('no id leads out of the folder, whatever the layout is', () => {
  fc.assert(
    fc.property(places, fc.constantFrom(...folderLayouts), fc.boolean(), (place, layout, hasSession) => {
      const session = hasSession ? toSessionName(0, place.itemId) : undefined;
      const address = toFolderAddress(place, layout, session);
      for (const path of [posix, win32]) {
        expect(path.normalize(address).split(path.sep).join('/')).toBe(address);
        expect(path.join('archive', address).startsWith(`archive${path.sep}`)).toBe(true);
      }
      expect(address).toMatch(/^(?:[a-zA-Z0-9._=+-]{1,80}\/){1,4}[0-9a-f]{64}\.(?:eml|rsmf|zip)$/);
      expect(address.split('/').some((part) => /^\.|\.$/.test(part))).toBe(false);
      expect(isItemDirectory(address.split('/')[0] ?? '')).toBe(true);
      expect(toPossibleAddresses(place, address)).toContain(address);
    }),
    {numRuns: 10_000}
  );
});
