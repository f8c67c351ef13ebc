// A value of any form as JSON that people read: of what cannot be written, a note that says where all of it is.

const tooDeep = '[Nested too deeply to be shown; the whole of it is in events.jsonl]';

/** Where every line is indented by its depth, a little JSON is a great deal of spaces. */
const maxIndentedDepth = 20;
const maxIndentedLength = 1024 * 1024;

/** @param write as `JSON.stringify`, which runs out of stack some thousand levels down, as every writer of JSON does */
export function toShownJson(value: unknown, write: (value: unknown) => string | undefined = JSON.stringify): string {
  try {
    return write(value) ?? '';
  } catch {
    return tooDeep;
  }
}

/** With a line for each member, as long as that is readable. */
export function toIndentedJson(value: unknown): string {
  const plain = toShownJson(value);
  const isReadable = plain.length <= maxIndentedLength && plain !== tooDeep && depthOf(plain) <= maxIndentedDepth;
  return isReadable ? toShownJson(value, (each) => JSON.stringify(each, null, 2)) : plain;
}

/** How many brackets are open at once; those within strings count too, which does no harm. */
function depthOf(json: string): number {
  let depth = 0;
  let deepest = 0;
  for (const {0: bracket} of json.matchAll(/[[\]{}]/g)) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1;
    if (depth > deepest) deepest = depth;
  }
  return deepest;
}
