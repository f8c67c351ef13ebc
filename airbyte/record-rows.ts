// RECORD messages of one stream whose data is JSON already, several at once.
import {type JsonBytes, type JsonText, toJsonBytes} from './json-text';

export class RecordRows {
  /** What stands before and after each row in its line. */
  readonly before: JsonBytes;
  readonly after: JsonBytes;

  constructor(
    stream: string,
    readonly rows: readonly JsonText[],
    emittedAtMs: number
  ) {
    this.before = toJsonBytes(`{"type":"RECORD","record":{"stream":${JSON.stringify(stream)},"data":`);
    this.after = toJsonBytes(`,"emitted_at":${emittedAtMs}}}\n`);
  }
}
