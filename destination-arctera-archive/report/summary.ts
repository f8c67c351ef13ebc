// The summary of a run: counts that must add up, as JSON for machines and as a table for people.
import type {Tally} from './tally';
import {outcomes, unsettled} from './tally';

export interface Summary {
  readonly run_id: string;
  readonly started_at: string;
  readonly ended_at: string;
  readonly complete: boolean;
  readonly streams: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly files: Readonly<Record<string, number>>;
  readonly items: Readonly<Record<string, number>>;
  readonly ignored_lines: Readonly<Record<string, number>>;
  readonly policy_version: string;
  readonly left_out_by_rule: Readonly<Record<string, number>>;
  readonly unmapped_people: readonly string[];
  readonly incomplete_transfers: number;
  readonly states_released: number;
  readonly states_held_back: number;
}

export interface SummaryFacts {
  readonly runId: string;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly complete: boolean;
  readonly tally: Tally;
  readonly policyVersion: string;
  readonly incompleteTransfers: number;
  readonly statesReleased: number;
  readonly statesHeld: number;
}

export function toSummary(facts: SummaryFacts): Summary {
  const {tally} = facts;
  const streams = [...tally.streams]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, counts]) => [name, {...counts, without_outcome: unsettled(counts)}] as const);
  return {
    run_id: facts.runId,
    started_at: new Date(facts.startedMs).toISOString(),
    ended_at: new Date(facts.endedMs).toISOString(),
    complete: facts.complete,
    streams: Object.fromEntries(streams),
    files: Object.fromEntries(tally.files),
    items: Object.fromEntries(tally.items),
    ignored_lines: Object.fromEntries(tally.ignored),
    policy_version: facts.policyVersion,
    left_out_by_rule: Object.fromEntries(tally.leftOutBy),
    unmapped_people: [...tally.unmappedPeople].sort(),
    incomplete_transfers: facts.incompleteTransfers,
    states_released: facts.statesReleased,
    states_held_back: facts.statesHeld,
  };
}

const columns = ['collected', ...outcomes, 'without_outcome'] as const;

/** A table in plain text, a line a stream; each line is a log line of its own, since the CDK joins lines. */
export function describeSummary(summary: Summary): string[] {
  const rows = Object.entries(summary.streams).map(([name, counts]) => [
    name,
    ...columns.map((column) => String(counts[column] ?? 0)),
  ]);
  const table = [['stream', ...columns.map((column) => column.replaceAll('_', ' '))], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
  );
  const counted = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, count]) => `${count} ${name.replaceAll('_', ' ')}`)
      .join(', ') || 'none';
  const unmapped = summary.unmapped_people.length;
  return [
    ...lines,
    `files: ${counted(summary.files)}`,
    `items: ${counted(summary.items)}`,
    ...Object.entries(summary.left_out_by_rule).map(([rule, count]) => `left out by ${rule}: ${count}`),
    ...(unmapped === 0 ? [] : [`people without a known identity: ${unmapped}, named in the report`]),
  ];
}
