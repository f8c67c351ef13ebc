// Random patterns that RE2 takes, put together from pieces that are hard to tell apart.
import fc from '../../support/generated';
import {compilePattern} from '../../../destination-arctera-archive/policy/detectors';

export function patternsOf(pieces: readonly string[], maxPieces: number): fc.Arbitrary<string> {
  return fc
    .array(fc.constantFrom(...pieces), {minLength: 1, maxLength: maxPieces})
    .map((parts) => parts.join(''))
    .filter((pattern) => {
      try {
        compilePattern(pattern);
        return true;
      } catch {
        return false;
      }
    });
}
