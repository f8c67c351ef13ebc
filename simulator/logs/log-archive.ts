// All log files of the workspace: what is listed, what is held back, and how long each is kept.
import type {LogFile} from './log-file';

const retentionMicros = 30 * 86_400_000_000;
/** Nothing is listed later than this. */
const latestMicros = 12 * 3_600_000_000;

export interface LogQuery {
  readonly eventTypes: readonly string[];
  readonly afterMicros: number;
  readonly beforeMicros: number;
  readonly limit: number;
}

export interface LogPage {
  readonly files: readonly LogFile[];
  readonly hasMore: boolean;
}

export class LogArchive {
  private listed: LogFile[] = [];
  private heldBack: LogFile[] = [];

  publish(files: readonly LogFile[]): void {
    this.listed = [...this.listed, ...files].sort((a, b) => a.endMicros - b.endMicros || (a.id < b.id ? -1 : 1));
  }

  /** Takes the files of a type just before its newest one, and not much older, off the list until `publishHeldBack`. */
  holdBack(eventType: string, count: number): void {
    const ofType = this.listed.filter((file) => file.eventType === eventType);
    const oldestMicros = (ofType.at(-1)?.endMicros ?? 0) - latestMicros;
    const candidates = ofType.slice(0, -1).filter(({endMicros}) => endMicros > oldestMicros);
    if (count > 0) this.heldBack.push(...candidates.slice(-count));
    this.listed = this.listed.filter((file) => !this.heldBack.includes(file));
  }

  publishHeldBack(): void {
    this.publish(this.heldBack);
    this.heldBack = [];
  }

  /** Strict at both ends, and ordered by end_time alone: the next page after a tie loses the rest of the tie. */
  list({eventTypes, afterMicros, beforeMicros, limit}: LogQuery, nowMicros: number): LogPage {
    const matching = this.kept(nowMicros).filter(
      ({eventType, endMicros}) => eventTypes.includes(eventType) && endMicros > afterMicros && endMicros < beforeMicros
    );
    return {files: matching.slice(0, limit), hasMore: matching.length > limit};
  }

  find(id: string, nowMicros: number): LogFile | undefined {
    return this.kept(nowMicros).find((file) => file.id === id);
  }

  newestEndMicros(): number {
    return this.listed.at(-1)?.endMicros ?? 0;
  }

  kept(nowMicros: number): readonly LogFile[] {
    return this.listed.filter(({endMicros}) => endMicros > nowMicros - retentionMicros);
  }
}
