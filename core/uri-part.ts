// Parts of an address that are decoded before they are used: a percent sign that begins no byte of UTF-8 makes that fail.

export function isUriPart(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
