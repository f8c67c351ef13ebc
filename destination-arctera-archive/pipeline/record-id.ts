// The id of a record that has none of its own: a hash of its stream and its data, whatever order its keys came in.
import {findStream} from '../../contract';
import {sha256OfParts} from '../../core/digest';

/**
 * Numbers count by their digits, so that two large numbers that JavaScript cannot tell apart stay two records. What a
 * connection puts before the names of its streams does not count for objects that were captured.
 * @param dataText exact JSON text of the record's data
 * @param workspaceId as its ledger knows the workspace, which the data may spell in another case
 */
export function toRecordId(stream: string, dataText: string, workspaceId?: string): string {
  const {text, isCaptured} = toCanonical(dataText, workspaceId);
  const bare = isCaptured ? findStream(stream)?.name : undefined;
  return sha256OfParts([bare ?? stream, text]);
}

/** The id that the first release gave a captured object whose stream has a prefix; undefined for any other record. */
export function toPrefixedRecordId(stream: string, dataText: string, workspaceId?: string): string | undefined {
  const bare = findStream(stream)?.name;
  if (bare === undefined || bare === stream) return undefined;
  const {text, isCaptured} = toCanonical(dataText, workspaceId);
  return isCaptured ? sha256OfParts([stream, text]) : undefined;
}

function toCanonical(
  text: string,
  workspaceId: string | undefined
): {readonly text: string; readonly isCaptured: boolean} {
  const canonical = new Canonical(text, workspaceId);
  try {
    return {text: canonical.value(), isCaptured: canonical.isCaptured};
  } catch {
    return {text, isCaptured: false}; // a repeated key, or nested too deeply: the exact text is the best identity there is
  }
}

/** Works on slices of the text, not on parsed values: those would change numbers, and cost many times the memory. */
class Canonical {
  /** Whether the outermost object is one that was captured, once its value was asked for. */
  isCaptured = false;
  private at = 0;

  /** @param text valid JSON */
  constructor(
    private readonly text: string,
    private readonly workspaceId: string | undefined
  ) {}

  value(): string {
    this.skipSpace();
    const start = this.text[this.at];
    const value =
      start === '{' ? this.object() : start === '[' ? this.array() : start === '"' ? this.string() : this.bare();
    this.skipSpace();
    return value;
  }

  private object(): string {
    const isOutermost = this.text.slice(0, this.at).trim() === '';
    const members = new Map<string, string>();
    this.eachUntil('}', () => {
      const key = this.string();
      this.skipSpace();
      this.at += 1; // the colon
      if (members.has(key)) throw new Error('a key occurs twice');
      members.set(key, this.value());
    });
    if (isOutermost) {
      this.isCaptured = dropPass(members);
      if (this.workspaceId !== undefined) spellWorkspace(members, this.workspaceId);
    }
    const sorted = [...members].sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${sorted.map(([key, member]) => `${key}:${member}`).join(',')}}`;
  }

  private array(): string {
    const members: string[] = [];
    this.eachUntil(']', () => members.push(this.value()));
    return `[${members.join(',')}]`;
  }

  /** Takes the opening bracket, then each member, then the closing one. */
  private eachUntil(end: string, take: () => void): void {
    this.at += 1;
    this.skipSpace();
    while (this.text[this.at] !== end) {
      take();
      if (this.text[this.at] === ',') this.at += 1;
      this.skipSpace();
    }
    this.at += 1;
  }

  /** One spelling for strings that are escaped in different ways. */
  private string(): string {
    const start = this.at;
    let close = this.text.indexOf('"', start + 1);
    while (this.isEscaped(close)) close = this.text.indexOf('"', close + 1);
    if (close === -1) throw new Error('not JSON');
    this.at = close + 1;
    return JSON.stringify(JSON.parse(this.text.slice(start, this.at)));
  }

  private isEscaped(at: number): boolean {
    let before = at - 1;
    while (this.text[before] === '\\') before -= 1;
    return (at - before) % 2 === 0;
  }

  /** A number, true, false or null. */
  private bare(): string {
    const start = this.at;
    while (/[^\s,\]}]/.test(this.text.charAt(this.at))) this.at += 1;
    if (this.at === start) throw new Error('not JSON');
    return this.text.slice(start, this.at);
  }

  private skipSpace(): void {
    while (' \t\r\n'.includes(this.text[this.at] ?? '-')) this.at += 1;
  }
}

/**
 * A captured object is read again in every pass: when nothing but the time of the pass differs, it is the same record.
 * @param members of a record, keys and values as JSON
 * @returns whether it is a captured object
 */
function dropPass(members: Map<string, string>): boolean {
  if (members.get('"object_json"')?.startsWith('"') !== true) return false;
  members.delete('"captured_at"');
  return true;
}

/** A workspace whose id is written in another case is the same, and so are its objects. */
function spellWorkspace(members: Map<string, string>, workspaceId: string): void {
  const known = JSON.stringify(workspaceId);
  if (members.get('"workspace_id"')?.toLowerCase() === known.toLowerCase()) members.set('"workspace_id"', known);
}
