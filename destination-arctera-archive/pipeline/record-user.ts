// Whose a record is, for the counts of the report.

/** Undefined where the record names no person: pieces of files, the source's own counts. */
export function toUserId(role: string, data: Readonly<Record<string, unknown>>): string | undefined {
  if (role === 'users') return filled(data['id']);
  const {actor} = data;
  if (typeof actor === 'object' && actor !== null) {
    const {user_id: userId, redacted_id: redactedId, provider_user_id: providerId} = actor as Record<string, unknown>;
    return filled(userId) ?? filled(redactedId) ?? filled(providerId);
  }
  return filled(data['user_id']) ?? filled(data['owner_user_id']);
}

function filled(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
