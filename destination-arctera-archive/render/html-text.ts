// Untrusted text as HTML text: no character of it is markup.

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** Line breaks and indentation hold also where the style that keeps them is not known. */
export function escapeLines(text: string): string {
  return escapeHtml(text).replaceAll('  ', '&nbsp; ').replaceAll('\n', '<br>\n');
}
