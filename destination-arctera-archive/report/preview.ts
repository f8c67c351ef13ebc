// What a dry run of the policy says of one item, or of all of them.

/** As JSON for people and machines: ids, names and counts, never text. */
export interface Preview {
  readonly stream: string;
  readonly conversation?: string;
  /** Event or object whose files come after it: they would be an item of their own. */
  readonly late_files_of?: string;
  /** Ids of the records that the item would hold; of files, their ids in ChatGPT. */
  readonly records: readonly string[];
  readonly owner: string | undefined;
  readonly disposition: 'archive' | 'exclude' | 'set_aside';
  readonly rules: readonly string[];
  readonly reason?: string;
  readonly targets?: readonly string[];
  readonly tags?: readonly string[];
  readonly retention?: {readonly category: string; readonly days: number | undefined};
  readonly legal_hold?: string;
  readonly redacted?: Readonly<Record<string, number>>;
  /** Uploads that a note would stand for, by file id. */
  readonly replaced_files?: Readonly<Record<string, string>>;
}
