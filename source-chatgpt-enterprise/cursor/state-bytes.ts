// What a part of a state costs of the 64 KB that a state may have, whatever ids, names and positions the API gives.

/** Bytes of the value as JSON in UTF-8. */
export function stateBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
