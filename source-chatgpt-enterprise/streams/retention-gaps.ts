// Periods that had left retention before a stream read them. The states keep each until the report of a read has told it.
import * as z from 'zod';
import {captureRuns} from '../../contract/capture-runs';
import {microsOf, parseMicros} from '../../core/micros';
import type {RetentionGap} from '../cursor/log-cursor';
import {asObject, asText} from '../normalize/json-object';

/** Of one stream; beyond it the two that lie nearest to each other become one. */
const maxGaps = 4;

const time = z.string().refine((text) => parseMicros(text) !== undefined);
const untoldGaps = z.object({run_id: z.string(), gaps: z.array(z.object({from: time, to: time}))});

/** Beside the cursor of a stream: what the report of the read that found it may never have told. */
export interface UntoldGaps {
  readonly untold_gaps?: z.output<typeof untoldGaps>;
}

/** As `capture_runs` tells them: the bounds of all, and of each stream as intervals of ISO 8601. */
export interface ToldGaps extends RetentionGap {
  readonly by_stream: Readonly<Record<string, readonly string[]>>;
}

export class RetentionGaps {
  private readonly found = new Map<string, readonly RetentionGap[]>();
  /** Reads whose reports have told what a state still names. */
  private readonly toldRuns: readonly string[];

  /**
   * @param selected the saved state of each selected stream
   * @param runId of this read
   * @param isReported whether the state of `capture_runs` will say that its report is there
   */
  constructor(
    selected: ReadonlyMap<string, unknown>,
    private readonly runId: string,
    private readonly isReported: boolean
  ) {
    const told = toldBy(asObject(selected.get(captureRuns.name)));
    const named = new Set<string>();
    for (const [stream, state] of selected) {
      const saved = untoldGaps.safeParse(asObject(state)?.['untold_gaps']).data;
      if (saved === undefined) continue;
      if (told.has(saved.run_id)) named.add(saved.run_id);
      else for (const gap of saved.gaps) this.add(stream, gap);
    }
    this.toldRuns = [...named];
  }

  add(stream: string, gap: RetentionGap): void {
    this.found.set(stream, joined([...(this.found.get(stream) ?? []), gap]));
  }

  all(): readonly (readonly [stream: string, gap: RetentionGap])[] {
    return [...this.found].flatMap(([stream, gaps]) => gaps.map((gap) => [stream, gap] as const));
  }

  /** What the states of the stream are to say beside its own cursor. */
  untold(stream: string): UntoldGaps {
    const gaps = this.found.get(stream);
    return gaps === undefined || !this.isReported ? {} : {untold_gaps: {run_id: this.runId, gaps: [...gaps]}};
  }

  /** What the state of `capture_runs` is to say: a state that still names such a read has nothing untold. */
  told(): {readonly gaps_told_by?: readonly string[]} {
    return this.toldRuns.length === 0 ? {} : {gaps_told_by: this.toldRuns};
  }

  /** Null where there are none. */
  toRow(): ToldGaps | null {
    const [first, ...others] = [...this.found.values()].flat();
    if (first === undefined) return null;
    const {from, to} = others.reduce(hull, first);
    const intervals = [...this.found].map(([stream, gaps]) => [stream, gaps.map((gap) => `${gap.from}/${gap.to}`)]);
    return {from, to, by_stream: Object.fromEntries(intervals) as ToldGaps['by_stream']};
  }
}

function toldBy(state: Record<string, unknown> | null): ReadonlySet<string> {
  const earlier = state?.['gaps_told_by'];
  const ids = [state?.['run_id'], ...(Array.isArray(earlier) ? (earlier as unknown[]) : [])];
  return new Set(ids.map(asText).filter((id) => id !== null));
}

/** In order; those that overlap become one. */
function joined(gaps: readonly RetentionGap[]): readonly RetentionGap[] {
  const apart: RetentionGap[] = [];
  for (const gap of [...gaps].sort((a, b) => (microsOf(a.from) < microsOf(b.from) ? -1 : 1))) {
    const last = apart.at(-1);
    if (last === undefined || microsOf(gap.from) > microsOf(last.to)) apart.push(gap);
    else apart[apart.length - 1] = hull(last, gap);
  }
  while (apart.length > maxGaps) {
    const distances = apart.slice(1).map(({from}, index) => microsOf(from) - microsOf(apart[index]?.to ?? ''));
    const nearest = distances.reduce((least, each, index) => (each < (distances[least] ?? each) ? index : least), 0);
    const [one, other] = apart.slice(nearest, nearest + 2);
    if (one === undefined || other === undefined) break;
    apart.splice(nearest, 2, hull(one, other));
  }
  return apart;
}

function hull(one: RetentionGap, other: RetentionGap): RetentionGap {
  return {
    from: microsOf(other.from) < microsOf(one.from) ? other.from : one.from,
    to: microsOf(other.to) > microsOf(one.to) ? other.to : one.to,
  };
}
