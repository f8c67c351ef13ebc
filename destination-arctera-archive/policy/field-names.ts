// Which keys of a JSON object are names of fields: any other may hold what people or tools wrote.

/** As the API names its fields; no built-in detector finds anything in such a name. */
export function isFieldName(key: string): boolean {
  return /^[a-z_]*(?:sha256)?$/.test(key);
}

/** Names of strings that may be JSON, as a captured object is: words in it stand behind escapes, unless it is read. */
export function mayHoldJson(key: string): boolean {
  return /^event$|_json$/.test(key);
}
