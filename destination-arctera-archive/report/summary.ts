// The summary of a run: counts that must add up, as JSON for machines and as a table for people.
import {object} from '../../core/json-values';
import type {CaptureFacts, CountDifference, Reconciliation} from './reconciliation';
import {type Counts, outcomes, type Tally, type TargetCounts, unsettled} from './tally';

export interface Summary {
  readonly run_id: string;
  readonly started_at: string;
  readonly ended_at: string;
  /** The input came to its end, and every record has its outcome. */
  readonly complete: boolean;
  /** Collected = delivered + duplicate + excluded + set aside + context; in an incomplete run + without outcome. */
  readonly streams: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly users: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Messages by the day of their event, in UTC. */
  readonly days: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly last_captured_at: string | null;
  /** Code of the error that ended the run. */
  readonly failure?: string;
  readonly set_aside_by_code: Readonly<Record<string, number>>;
  readonly files: Readonly<Record<string, number>>;
  readonly items: Readonly<Record<string, number>>;
  /** Items by target, those included that one target refused and another took. */
  readonly targets: Readonly<Record<string, Readonly<TargetCounts>>>;
  readonly ignored_lines: Readonly<Record<string, number>>;
  readonly policy_version: string;
  /** Of the connectors, by name; that of the source where it tells it. */
  readonly versions: Readonly<Record<string, string>>;
  readonly left_out_by_rule: Readonly<Record<string, number>>;
  readonly unmapped_people: readonly string[];
  readonly incomplete_transfers: number;
  readonly states_released: number;
  readonly states_held_back: number;
  /** Whether the source counted the same; null where it cannot be told. */
  readonly reconciled: boolean | null;
  readonly unreconciled?: readonly CountDifference[];
  readonly capture_runs: readonly CaptureFacts[];
}

export interface SummaryFacts {
  readonly runId: string;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly complete: boolean;
  readonly tally: Tally;
  readonly policyVersion: string;
  readonly failure: string | undefined;
  readonly setAsideByCode: Readonly<Record<string, number>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly incompleteTransfers: number;
  readonly statesReleased: number;
  readonly statesHeld: number;
  /** Of each workspace; left out where the source does not say what it sent, or the run was cut off. */
  readonly reconciliations: readonly Reconciliation[];
  readonly isReconcilable: boolean;
}

export function toSummary(facts: SummaryFacts): Summary {
  const {tally, complete, reconciliations} = facts;
  const differences = facts.isReconcilable ? reconciliations.map((each) => each.differences()) : [undefined];
  const unreconciled = differences.flatMap((each) => each ?? []);
  const isUnknown = differences.length === 0 || differences.includes(undefined);
  return {
    run_id: facts.runId,
    started_at: new Date(facts.startedMs).toISOString(),
    ended_at: new Date(facts.endedMs).toISOString(),
    complete: facts.complete,
    streams: toCounts(tally.streams, complete),
    users: toCounts(tally.users, complete),
    days: toCounts(tally.days, complete),
    last_captured_at: tally.newest ?? null,
    ...(facts.failure === undefined ? {} : {failure: facts.failure}),
    set_aside_by_code: facts.setAsideByCode,
    files: Object.fromEntries(tally.files),
    items: Object.fromEntries(tally.items),
    targets: Object.fromEntries(tally.targets),
    ignored_lines: Object.fromEntries(tally.ignored),
    policy_version: facts.policyVersion,
    versions: {...facts.versions, ...toSourceVersions(reconciliations)},
    left_out_by_rule: Object.fromEntries(tally.leftOutBy),
    unmapped_people: [...tally.unmappedPeople].sort(),
    incomplete_transfers: facts.incompleteTransfers,
    states_released: facts.statesReleased,
    states_held_back: facts.statesHeld,
    reconciled: unreconciled.length > 0 ? false : isUnknown ? null : true,
    ...(unreconciled.length > 0 ? {unreconciled} : {}),
    capture_runs: reconciliations.flatMap((each) => each.facts() ?? []),
  };
}

function toSourceVersions(reconciliations: readonly Reconciliation[]): Readonly<Record<string, string>> {
  const [version] = reconciliations.flatMap(({sourceVersion}) => sourceVersion ?? []);
  return version === undefined ? {} : {source: version};
}

function toCounts(all: ReadonlyMap<string, Counts>, isComplete: boolean): Summary['streams'] {
  const named = [...all].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    named.map(([name, counts]) => [name, isComplete ? counts : {...counts, without_outcome: unsettled(counts)}])
  );
}

/**
 * Whether all messages that came have their outcome: what was only read is not called captured.
 * @param summary as it was made, or as it was read back
 */
export function isArchived({days}: {readonly days?: unknown}): boolean {
  return Object.values(object(days)).every((counts) => Number(object(counts)['without_outcome'] ?? 0) === 0);
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
    ...Object.entries(summary.targets).flatMap(([name, {delivered, set_aside: refused}]) =>
      refused === 0 ? [] : [`target ${name}: ${delivered} delivered, ${refused} set aside because it refuses them`]
    ),
    ...Object.entries(summary.left_out_by_rule).map(([rule, count]) => `left out by ${rule}: ${count}`),
    ...(unmapped === 0 ? [] : [`people without a known identity: ${unmapped}, named in the report`]),
    ...summary.capture_runs.flatMap(describeFacts),
    ...(summary.reconciled === true ? ['The source counted the same.'] : []),
  ];
}

function describeFacts(facts: CaptureFacts): string[] {
  const told = [
    ...(facts.files_at_risk > 0 ? [`${facts.files_at_risk} files at risk`] : []),
    ...(facts.retention_gaps.length > 0 ? ['a period had left retention before it was read'] : []),
    ...(facts.unverified_log_files.length > 0 ? [`${facts.unverified_log_files.length} log files unverified`] : []),
  ];
  return told.length === 0 ? [] : [`source: ${told.join(', ')}`];
}
