// Which texts Unicode may compose: to tell those that it does not is far quicker than to compose them.

const marks = /\p{M}/u;

/**
 * Whether a text with this UTF-16 unit may be another in normal form C: one that decomposes, or that joins or changes
 * places with what stands before it. Of the characters in two units those of the planes of symbols and of ideographs do not.
 */
export function mayCompose(code: number): boolean {
  if (code < 0x300 || (code >= 0xdc00 && code <= 0xdfff)) return false;
  if (code >= 0xd800 && code <= 0xdbff)
    return !(code >= 0xd83c && code <= 0xd83e) && !(code >= 0xd840 && code <= 0xd87d);
  const isConjoining = code >= 0x1160 && code <= 0x11ff; // the parts of Korean syllables are letters
  const unit = String.fromCharCode(code);
  return isConjoining || marks.test(unit) || unit.normalize('NFC') !== unit;
}
