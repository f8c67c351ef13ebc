// The verb `report`: what the source counted, what the ledger holds and what the targets have, side by side.
import {systemClock} from '../../core/clock';
import {openTargets, toLedgerPlace} from '../check';
import type {Config} from '../config';
import {openLedgerToRead} from '../ledger/read-entries';
import type {RunSummary} from '../ledger/run-summaries';
import {readRuns} from '../ledger/runs';
import type {WorkspaceFolder} from '../ledger/workspace-folder';
import {AddressSet} from '../report/address-set';
import {countLedger, type CountsBy, type LedgerCount} from '../report/ledger-counts';
import {toReadableText} from '../render/readable-text';
import {describeTable} from '../report/describe-table';
import {toDate} from './date-option';
import {findLostLedgers} from './lost-ledgers';

interface RunLine extends LedgerCount {
  readonly run_id: string;
  readonly ended_at: string | null;
  readonly end: string;
  /** Records that the source says it sent, with the row that says so; null where it does not say. */
  readonly source: number | null;
  /** Records that came. */
  readonly collected: number | null;
  readonly reconciled: boolean | null;
}

interface WorkspaceReport {
  readonly workspace: string;
  readonly runs: readonly RunLine[];
  readonly by_day: Readonly<Record<string, LedgerCount>>;
  readonly by_user: Readonly<Record<string, LedgerCount>>;
  readonly by_stream: Readonly<Record<string, LedgerCount>>;
  /** Every run is reconciled as far as it can be told, and every item of the ledger is in its targets. */
  readonly reconciled: boolean;
}

interface ReportOptions {
  readonly asJson: boolean;
  /** Day or time: what runs that ended before it did is looked at no more. */
  readonly since: string | undefined;
}

/** @returns the exit code: 1 when something does not fit together */
export async function reportRuns(
  config: Config,
  {asJson, since: given}: ReportOptions,
  print: (text: string) => Promise<void>
): Promise<number> {
  const since = toDate('since', given) ?? '';
  const reports: WorkspaceReport[] = [];
  let lost: readonly string[] = [];
  const place = toLedgerPlace(config);
  try {
    lost = await findLostLedgers(config, place);
    for (const name of place.names()) {
      if (place.glance(name) === undefined) continue;
      reports.push(await place.inFolder(name, (folder) => reportWorkspace(config, folder, since)));
    }
  } finally {
    place.close();
  }
  if (asJson) await print(JSON.stringify({workspaces: reports, ledgers_missing: lost}, undefined, 2));
  else {
    for (const report of reports) for (const line of describe(report)) await print(line);
    for (const name of lost) await print(`The ledger of workspace ${name} is missing.`);
    if (reports.length + lost.length === 0) await print('Nothing has been archived yet.');
  }
  // Nothing fits together where nothing is: the path may be wrong, or the volume not mounted.
  return reports.length > 0 && lost.length === 0 && reports.every(({reconciled}) => reconciled) ? 0 : 1;
}

async function reportWorkspace(config: Config, folder: WorkspaceFolder, since: string): Promise<WorkspaceReport> {
  const targets = await openTargets(config, folder.name, {clock: systemClock, signal: new AbortController().signal});
  const ledger = openLedgerToRead(folder.ledger);
  try {
    const there = new Map<string, AddressSet>();
    for (const [name, target] of targets) {
      if (target.list === undefined) continue;
      const addresses = new AddressSet();
      for await (const address of target.list()) addresses.add(address);
      there.set(name, addresses);
    }
    const all = await readRuns(ledger.entries);
    const before = all.filter(({ended}) => ended !== undefined && ended.at < since);
    const after = Math.max(0, ...before.map(({ended}) => ended?.seq ?? 0));
    const isThere = (target: string, address: string): boolean | undefined => there.get(target)?.has(address);
    const counts = await countLedger(ledger.entries, isThere, after);
    // Of each summary only what is told: with the users of every run they would not fit into memory after some months.
    const told = new Map<string, ToldOfRun>();
    for await (const {kind, body} of ledger.entries(['run_report'])) {
      if (kind === 'run_report') told.set(body.run_id, toToldOfRun(body.summary));
    }
    const none = {items: 0, found: 0, delivered: 0, excluded: 0, set_aside: 0};
    const lookedAt = all.filter(({ended}) => ended === undefined || ended.seq > after);
    const runs = lookedAt.map(({runId, ended}): RunLine => {
      const {source = null, collected = null, reconciled = null} = told.get(runId) ?? {};
      return {
        run_id: runId,
        ended_at: ended?.at ?? null,
        end: ended?.end ?? 'cut_off',
        source,
        collected,
        ...(counts.runs.get(runId) ?? none),
        reconciled,
      };
    });
    const isFound = [...counts.streams.values()].every(({items, found}) => items === found);
    return {
      workspace: ledger.workspaceId,
      runs,
      by_day: sorted(counts.days),
      by_user: sorted(counts.users),
      by_stream: sorted(counts.streams),
      reconciled: isFound && runs.every(({reconciled}) => reconciled !== false),
    };
  } finally {
    ledger.close();
    for (const target of targets.values()) await target.close();
  }
}

function describe({workspace, runs, reconciled, ...by}: WorkspaceReport): string[] {
  const told = ['items', 'found', 'delivered', 'excluded', 'set_aside'] as const;
  const heads = ['items', 'in target', 'delivered', 'excluded', 'set aside'];
  const cells = (count: LedgerCount): string[] => told.map((key) => String(count[key]));
  const table = (what: string, counts: Readonly<Record<string, LedgerCount>>): string[] => [
    '',
    ...describeTable(
      [what, ...heads],
      Object.entries(counts).map(([name, count]) => [toReadableText(name).replaceAll('\n', ' '), ...cells(count)])
    ),
  ];
  return [
    `Workspace ${workspace}`,
    '',
    ...describeTable(
      ['run', 'ended', 'end', 'source', 'collected', ...heads, 'reconciled'],
      runs.map((run) => [
        run.run_id,
        run.ended_at ?? '',
        run.end,
        String(run.source ?? '?'),
        String(run.collected ?? '?'),
        ...cells(run),
        run.reconciled === null ? '?' : run.reconciled ? 'yes' : 'no',
      ])
    ),
    ...table('day', by.by_day),
    ...table('user', by.by_user),
    ...table('stream', by.by_stream),
    '',
    reconciled ? 'Source, ledger and target fit together.' : 'Source, ledger and target do not fit together.',
  ];
}

type ToldOfRun = Pick<RunLine, 'source' | 'collected' | 'reconciled'>;

function toToldOfRun(summary: RunSummary): ToldOfRun {
  const {reconciled} = summary;
  return {
    source: sourceCount(summary),
    collected: sumOf(summary['streams'], 'collected'),
    reconciled: typeof reconciled === 'boolean' ? reconciled : null,
  };
}

function sourceCount(summary: RunSummary): number | null {
  const runs = summary['capture_runs'];
  if (!Array.isArray(runs) || runs.length === 0) return null;
  // The row with the counts is none of those that it counts, and came too.
  type Facts = {records?: Readonly<Record<string, number>>; run_ids?: readonly string[]};
  return runs.reduce<number>((sum, {records = {}, run_ids: rows = []}: Facts) => {
    return sum + rows.length + Object.values(records).reduce((all, each) => all + each, 0);
  }, 0);
}

function sumOf(counted: unknown, name: string): number {
  const all = (counted ?? {}) as Readonly<Record<string, Readonly<Record<string, number>>>>;
  return Object.values(all).reduce((sum, counts) => sum + (counts[name] ?? 0), 0);
}

function sorted(counts: CountsBy): Readonly<Record<string, LedgerCount>> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
