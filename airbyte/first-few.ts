// A list for people: the first entries, and how many more there are.

const mostEntries = 50;

export function firstFew(entries: readonly string[], separator: string): string {
  const more = entries.length - mostEntries;
  return [...entries.slice(0, mostEntries), ...(more > 0 ? [`and ${more} more`] : [])].join(separator);
}
