// What a destination would hold after reads that broke off: the records before the states that came back, by key.
import {createHash} from 'node:crypto';
import {streamDefinitions} from '../../contract';
import {extraLogStream, logStreams} from '../../contract/log-streams';
import type {TrueOwnedFile} from '../../simulator/true-objects';
import type {Truth} from '../../simulator/truth';

export type Row = Readonly<Record<string, unknown>>;

export const extraLogStreams = [extraLogStream('CODEX_TURN')];
const definitions = [...streamDefinitions, ...extraLogStreams];
export const streams: readonly string[] = definitions.map(({name}) => name);

const streamOfType = new Map([
  ['CONVERSATION_MESSAGE', 'messages'],
  ...[...logStreams, ...extraLogStreams].map(({eventType, name}) => [eventType, name] as const),
]);

export class Committed {
  private readonly rows = new Map<string, Map<string, Row>>(streams.map((name) => [name, new Map<string, Row>()]));

  add(stream: string, row: Row): void {
    const key = definitions.find(({name}) => name === stream)?.primaryKey ?? [];
    this.rows.get(stream)?.set(key.map((field) => String(row[field])).join(' '), row);
  }

  of(stream: string): readonly Row[] {
    return [...(this.rows.get(stream)?.values() ?? [])];
  }

  /** @param atFirst what there was when the reads began: files and objects must have been there all the time */
  missing(truth: Truth, atFirst: Truth): string[] {
    return [
      ...this.missingEvents(truth),
      ...this.missingObjects(truth, atFirst),
      ...this.missingFiles(truth, obtainable(atFirst)),
      ...this.missingReferences(truth, atFirst),
    ];
  }

  private missingEvents({events, unreadableLines}: Truth): string[] {
    const faults: string[] = [];
    let rows = 0;
    for (const stream of streamOfType.values()) rows += this.rows.get(stream)?.size ?? 0;
    for (const {eventId, eventType, sha256} of events) {
      const stream = streamOfType.get(eventType) ?? '';
      const row = this.rows.get(stream)?.get(eventId);
      if (row === undefined) faults.push(`event ${eventId} of ${stream} is missing`);
      else if (row['event_sha256'] !== sha256) faults.push(`event ${eventId} of ${stream} is altered`);
    }
    const expected = events.length + unreadableLines.length;
    if (rows !== expected) faults.push(`${rows} events and unreadable lines instead of ${expected}`);
    return faults;
  }

  private missingObjects({objects}: Truth, atFirst: Truth): string[] {
    const old = new Set(atFirst.objects.map(({key, stream}) => `${stream} ${key}`));
    return objects
      .filter(({key, stream}) => old.has(`${stream} ${key}`) && this.rows.get(stream)?.has(key) !== true)
      .map(({key, stream}) => `${key} of ${stream} is missing`);
  }

  private missingFiles(truth: Truth, toHave: ReadonlySet<string>): string[] {
    const whole = this.wholeFiles();
    const missing = [...obtainable(truth)].filter((file) => toHave.has(file) && !whole.has(file));
    return missing.map((file) => `file ${file} is missing`);
  }

  private missingReferences({files, ownedFiles}: Truth, atFirst: Truth): string[] {
    const rows = new Set(this.of('files').map((row) => `${String(row['event_id'])} to ${String(row['file_id'])}`));
    const ofObject = ({fileId, ownerId, stream}: TrueOwnedFile): string => `${stream}:${ownerId} to ${fileId}`;
    const old = new Set(atFirst.ownedFiles.map(ofObject));
    const references = [
      ...files.map(({eventId, fileId}) => `${eventId} to ${fileId}`),
      ...ownedFiles.map(ofObject).filter((reference) => old.has(reference)),
    ];
    return references.filter((reference) => !rows.has(reference)).map((text) => `reference of ${text} is missing`);
  }

  /** Files of which some transfer is complete and fits its hash. */
  private wholeFiles(): Set<string> {
    const transfers = new Map<string, Row[]>();
    for (const row of this.of('file_chunks')) {
      const id = String(row['transfer_id']);
      transfers.set(id, [...(transfers.get(id) ?? []), row]);
    }
    const whole = new Set<string>();
    for (const rows of transfers.values()) {
      const ordered = rows.sort((a, b) => Number(a['index']) - Number(b['index']));
      const hash = createHash('sha256');
      for (const row of ordered) hash.update(Buffer.from(String(row['data']), 'base64'));
      const sha256 = hash.digest('hex');
      const last = ordered.at(-1);
      if (last?.['last'] === true && last['sha256'] === sha256) whole.add(`${String(last['file_id'])}:${sha256}`);
    }
    return whole;
  }
}

/** Files that can be had, each as its id and hash. */
function obtainable({files, ownedFiles}: Truth): Set<string> {
  const captured = [...files, ...ownedFiles].filter(({outcome}) => outcome === 'captured');
  return new Set(captured.map(({fileId, sha256}) => `${fileId}:${sha256}`));
}
