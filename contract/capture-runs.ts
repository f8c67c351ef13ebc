// Stream `capture_runs`: one row for each read, the source's side of the reconciliation.
import * as z from 'zod';
import {apiTimestamp, defineStream, openObject, type RowOf} from './row';

export const captureRuns = defineStream({
  name: 'capture_runs',
  description: 'One read of the source: what it covered and what it counted.',
  row: z.object({
    run_id: z.string().meta({description: 'Id of the read.'}),
    workspace_id: z.string().meta({description: 'The workspace that was captured.'}),
    connector_version: z.string().meta({description: 'Version of the source that read.'}),
    started_at: apiTimestamp.meta({description: 'When the read began.'}),
    ended_at: apiTimestamp.meta({description: 'When the read ended.'}),
    window_start: apiTimestamp.nullable().meta({description: 'End time the oldest log cursor stood at.'}),
    window_end: apiTimestamp.nullable().meta({description: 'End time of the newest log file that was read.'}),
    log_files: z.number().int().meta({description: 'Log files read.'}),
    log_bytes: z.number().int().meta({description: 'Bytes of log files read.'}),
    events: z.number().int().meta({description: 'Lines that are events.'}),
    repeated_events: z.number().int().meta({description: 'Events whose id was seen again within the read.'}),
    unreadable_lines: z.number().int().meta({description: 'Lines that could not be read as events.'}),
    events_before_start_date: z.number().int().meta({description: 'Events left out because they precede start_date.'}),
    records: openObject.meta({description: 'Records emitted, by stream.'}),
    files_by_outcome: openObject.meta({description: 'File references by outcome.'}),
    files_waiting: z.number().int().meta({
      description:
        'File references left for the next read; of log files whose references are not known yet, as many as their size lets expect.',
    }),
    files_at_risk: z.number().int().meta({
      description:
        'Of those, uploads that pass 48 hours before their turn, with a read every hour at the configured pace.',
    }),
    unverified_log_files: z
      .array(openObject)
      .meta({description: 'Log files captured although their SHA-256 differs: id and both hashes.'}),
    retention_gap: openObject.nullable().meta({
      description:
        'Bounds of what had left retention before it was read, of this read and of earlier ones whose row never came; in `by_stream` of each stream as ISO 8601 intervals. Of `files` and `file_chunks` it is what messages of that period refer to.',
    }),
    lag_by_stream: openObject.meta({
      description:
        'Of each selected log stream: `newest_end_time` of its log files, `max_event_time` that the API tells (null if it does not), `lag_seconds` (age of the former when the read ended) and `behind_seconds` (by how much the latter is later).',
    }),
    lag_seconds: z.number().nullable().meta({description: 'Age of the newest log file when the read ended.'}),
  }),
  primaryKey: ['run_id'],
  cursorField: 'ended_at',
  isResumable: false,
});

export type CaptureRunRow = RowOf<typeof captureRuns>;
