// A piece of plain text without which a regular expression cannot match: looking for it is far quicker than matching.

/** Shorter ones occur everywhere. */
const minLength = 3;

/** Stands between two letters as if it were not there. */
const flags = /\(\?[A-Za-z-]+\)/y;
/** Of what stands before the flags, however that ends: `abc(?i)?` needs no c, and neither does `abc+(?i)?`. */
const repetitionBehindFlags = /\(\?[A-Za-z-]+\)[*?+{]/;

/** As `foldText` writes texts; undefined where the pattern names none for certain. */
export function requiredLiteral(pattern: string): string | undefined {
  if (/\\[^\W_]/.test(pattern.replace(/\\[bBdDsSwWAzntrfv]/g, '\\.')) || /\[[^\]]*\[/.test(pattern)) return undefined;
  if (repetitionBehindFlags.test(pattern)) return undefined;
  let longest = '';
  let run = '';
  let depth = 0;
  const endRun = (): void => {
    if (run.length > longest.length) longest = run;
    run = '';
  };
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? '';
    flags.lastIndex = at;
    if (flags.test(pattern)) {
      at = flags.lastIndex - 1;
      continue;
    }
    if (character === '|' && depth === 0) return undefined;
    if (character === '*' || character === '?' || character === '{') run = run.slice(0, -1);
    if (depth === 0 && /[a-zA-Z0-9 _,;:@#%&='"<>/~!-]/.test(character)) {
      run += character;
      continue;
    }
    endRun();
    if (character === '\\') at += 1;
    else if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
    else if (character === '{') at += (/^\{\d+(?:,\d*)?\}/.exec(pattern.slice(at, at + 12))?.[0].length ?? 1) - 1;
    else if (character === '[') at = endOfClass(pattern, at);
  }
  endRun();
  return longest.length >= minLength ? foldText(longest) : undefined;
}

/** A text in which plain letters are those that RE2 takes for them whatever their case. */
export function foldText(text: string): string {
  return text.toLowerCase().replaceAll('ſ', 's');
}

/** A closing bracket that comes first in a class is one of its characters. */
function endOfClass(pattern: string, open: number): number {
  let at = open + 1;
  if (pattern[at] === '^') at += 1;
  if (pattern[at] === ']') at += 1;
  while (at < pattern.length && pattern[at] !== ']') at += pattern[at] === '\\' ? 2 : 1;
  return at;
}
