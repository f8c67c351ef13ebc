// A gap in the capture as a notice in the archive: what the records of a period cannot show.
import {toFlatFacts} from './flat-facts';
import {filled, type Json, object} from '../../core/json-values';
import type {RecordWords} from './record-words';

/** Whether a `capture_runs` row reports that a period had left retention before it was read. */
export function reportsGap(row: Json): boolean {
  return Object.keys(object(row['retention_gap'])).length > 0;
}

const ofEvents =
  'What ChatGPT logged in this period had left its retention before it was read. The archive does not hold it, unless it was captured by other means. OpenAI support can replay conversations of a period.';
const ofFiles =
  'The log of this period had left its retention before the files were asked for that its messages refer to. The archive holds the messages as far as they were captured, and neither these files nor what became of them.';

/** Where the row says which streams it is about, and the messages are not among them. */
function isOfFilesAlone(row: Json): boolean {
  const streams = Object.keys(object(object(row['retention_gap'])['by_stream']));
  return streams.length > 0 && streams.every((stream) => stream === 'files' || stream === 'file_chunks');
}

export function describeGap(row: Json): RecordWords | undefined {
  if (filled(row['run_id']) === undefined || !reportsGap(row)) return undefined;
  return {
    kind: 'notice',
    title: 'Gap in the capture',
    facts: [
      ...toFlatFacts(row['retention_gap']).map(({label, value}) => ({label: `Gap ${label}`, value})),
      {label: 'Run', value: filled(row['run_id']) ?? ''},
      ...(filled(row['started_at']) === undefined
        ? []
        : [{label: 'Run began', value: filled(row['started_at']) ?? ''}]),
    ],
    sections: [
      {
        heading: 'Notice',
        text: isOfFilesAlone(row) ? ofFiles : ofEvents,
      },
    ],
    owner: undefined,
    conversationId: undefined,
    timestamp: filled(row['ended_at']) ?? filled(row['started_at']),
  };
}
