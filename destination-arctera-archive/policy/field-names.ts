// Which keys of a JSON object are names of fields: any other may hold what people or tools wrote.

/** As the API names its fields; no built-in detector finds anything in such a name. */
export function isFieldName(key: string): boolean {
  return /^[a-z_]*(?:sha256)?$/.test(key);
}
