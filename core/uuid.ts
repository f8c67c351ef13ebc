// The form of a UUID, which the ids of ChatGPT workspaces have.
const form = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** In either case. */
export function isUuid(text: string): boolean {
  return form.test(text);
}
