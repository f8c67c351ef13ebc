// Untrusted text as people read it: every word kept, only what no mail reader can show is taken out.

const lineEnds = /\r\n?/g;

const controls = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;
/** What either of the two may find: most texts have none of it, and are looked through once. */
const anything = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;

/** Lines end in LF; controls but tab are gone; lone surrogates are U+FFFD. */
export function toReadableText(text: string): string {
  const clean = anything.test(text) ? text.replace(lineEnds, '\n').replace(controls, '') : text;
  return clean.toWellFormed();
}
