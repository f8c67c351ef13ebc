// What a perfect capture would hold now: each event, each file reference with its outcome, each current object.
import type {Service} from './service';
import {tellObjects, tellOwnedFiles, type TrueObject, type TrueOwnedFile} from './true-objects';
import type {UploadOutcome, UploadPlace} from './workspace/upload';

export interface TrueEvent {
  readonly eventId: string;
  readonly eventType: string;
  /** Of the exact line without its newline. */
  readonly sha256: string;
  /** How many lines of the listed log files carry it. */
  readonly lines: number;
}

export interface TrueFile {
  readonly fileId: string;
  readonly eventId: string;
  readonly place: UploadPlace;
  readonly outcome: UploadOutcome;
  readonly size: number;
  readonly sha256: string;
}

export interface TrueUnreadableLine {
  readonly logFileId: string;
  /** From 1, as an editor counts. */
  readonly line: number;
  readonly sha256: string;
}

export interface Truth {
  readonly events: readonly TrueEvent[];
  readonly files: readonly TrueFile[];
  readonly ownedFiles: readonly TrueOwnedFile[];
  readonly unreadableLines: readonly TrueUnreadableLine[];
  readonly objects: readonly TrueObject[];
  readonly users: number;
  readonly logFiles: number;
}

export function tellTruth(service: Service): Truth {
  const nowMicros = service.nowMicros();
  const events = new Map<string, TrueEvent>();
  const files: TrueFile[] = [];
  const unreadableLines: TrueUnreadableLine[] = [];
  const logFiles = service.logs.kept(nowMicros);
  for (const logFile of logFiles) {
    for (const [index, {eventId, sha256, uploads}] of logFile.lines.entries()) {
      if (eventId === undefined) {
        unreadableLines.push({logFileId: logFile.id, line: index + 1, sha256});
        continue;
      }
      const known = events.get(eventId);
      events.set(eventId, {eventId, eventType: logFile.eventType, sha256, lines: (known?.lines ?? 0) + 1});
      if (known !== undefined) continue;
      for (const upload of uploads) {
        const isGone = upload.place === 'library' && upload.ownerId === service.leaver();
        const outcome = isGone ? 'not_found' : upload.outcome(nowMicros, service.options.uploadLifeMs);
        files.push({fileId: upload.fileId, eventId, place: upload.place, outcome, ...upload.measure()});
      }
    }
  }
  return {
    events: [...events.values()],
    files,
    ownedFiles: tellOwnedFiles(service),
    unreadableLines,
    objects: tellObjects(service.workspace, service.leaver()),
    users: service.workspace.people.length,
    logFiles: logFiles.length,
  };
}

/** One JSON object a line, each with its `kind`. */
export function toTruthLines(truth: Truth): string {
  const lines: object[] = [
    {
      kind: 'counts',
      users: truth.users,
      logFiles: truth.logFiles,
      events: truth.events.length,
      files: truth.files.length,
      objects: truth.objects.length,
    },
    ...truth.events.map((event) => ({kind: 'event', ...event})),
    ...truth.files.map((file) => ({kind: 'file', ...file})),
    ...truth.ownedFiles.map((file) => ({kind: 'owned_file', ...file})),
    ...truth.objects.map((object) => ({kind: 'object', ...object})),
    ...truth.unreadableLines.map((line) => ({kind: 'unreadable', ...line})),
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}
