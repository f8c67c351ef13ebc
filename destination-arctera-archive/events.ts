// What the destination says in its log: one function for each thing that happens.
import type {Log} from '../airbyte/log';
import type {ErrorCode} from '../core/error-codes';
import type {Explanation} from './ledger/explain';
import type {StillSetAside} from './ledger/still-set-aside';
import type {Settlement} from './ledger/settle';
import type {Verification} from './ledger/ledger';
import type {Problems} from './ledger/problems';
import type {Rebuilt} from './ledger/rebuild';
import type {Preview} from './report/preview';
import type {CountDifference} from './report/reconciliation';
import type {Tally} from './report/tally';

/** Differences named in one warning; the report has all. */
const toldDifferences = 10;

export class Events {
  constructor(private readonly log: Log) {}

  settledOpenIntents({delivered, voided}: Settlement): void {
    this.log.info(`Settled an interrupted run: ${delivered} items had been delivered, ${voided} had not.`);
  }

  /** @param code of the error that stopped it */
  workspaceNotSettled(workspace: string, code: ErrorCode): void {
    this.log.warn(`What an interrupted run left open in workspace ${workspace} could not be settled (${code}).`);
  }

  /** @param fields of the policy, each with why */
  settingsUnused(fields: readonly string[]): void {
    if (fields.length > 0) this.log.warn(`These settings have no effect: ${fields.join('; ')}.`);
  }

  archived(tally: Tally): void {
    const items = [...tally.items.values()].reduce((sum, count) => sum + count, 0);
    this.log.info(`Archived ${items} items so far.`);
  }

  statesUnknown(workspace: string, stream: string): void {
    this.log.warn(
      `The connection has captured stream ${stream} of workspace ${workspace} before, and the ledger does not know of that: it may be new, of another archive, or made anew from the items. If what was captured before is archived nowhere, clear the data of the connection in Airbyte, so that what the API still holds is read again.`
    );
  }

  linesIgnored(counts: Readonly<Record<string, number>>): void {
    const {malformed} = counts;
    if (malformed !== undefined) this.log.warn(`Ignored ${malformed} lines that are not Airbyte messages.`);
  }

  transfersIncomplete(count: number): void {
    this.log.warn(`Discarded ${count} incomplete file transfers. Their states were not released; they are sent again.`);
  }

  unreconciled(differences: readonly CountDifference[]): void {
    const told = differences.slice(0, toldDifferences).map(({workspace_id: workspace, count, source, destination}) => {
      const what = source === null ? `the source's count is missing, ${destination} records came` : undefined;
      return `workspace ${workspace}: ${what ?? `${count}: source ${source}, here ${destination}`}`;
    });
    const more = differences.length - told.length;
    this.log.warn(`Unreconciled with the source. ${told.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`);
  }

  /** @param code of the error that prevented it */
  holdsNotApplied(code: ErrorCode): void {
    this.log.warn(`Holds could not be carried out on all items (${code}). The next run does.`);
  }

  /** @param before the archive target of the run before, as its ledger tells it */
  otherTarget(workspace: string, before: string, now: string): void {
    this.log.warn(
      `The archive target of workspace ${workspace} was ${before} in the run before, and is ${now} now. What was delivered before counts as delivered and does not go there. A second archive needs a ledger of its own.`
    );
  }

  reportNotWritten(): void {
    this.log.warn('The report of this run could not be written.');
  }

  /** @param message of the error; it names no address */
  alertNotSent(message: string): void {
    this.log.warn(`An alert could not be sent. ${message}`);
  }

  /** @param code of the error that prevented it */
  manifestNotWritten(code: ErrorCode): void {
    this.log.warn(`The manifest of this run could not be written (${code}). The next run writes it.`);
  }

  /** @param table the run summary, a line each: the CDK joins the lines of one message */
  summed(table: readonly string[]): void {
    for (const line of table) this.log.info(line);
  }

  verified(
    workspace: string,
    verification: Verification & {readonly manifests: number; readonly signed: number}
  ): void {
    const {entries, items, records, setAside, openIntents, held, manifests, signed, problemCount, problems} =
      verification;
    const counts = `${entries} ledger entries, ${items} items, ${records} records, ${setAside} set aside, ${openIntents} open, ${held} under a hold, ${manifests} manifests (${signed} signed)`;
    if (problems.length === 0) return this.log.info(`Workspace ${workspace} is whole: ${counts}.`);
    for (const problem of problems) this.log.error(`Workspace ${workspace}: ${problem}`);
    if (problemCount > problems.length) this.log.error(`Workspace ${workspace}: and more like these.`);
    this.log.error(`Workspace ${workspace} is damaged: ${counts}, ${problemCount} problems.`);
  }

  nothingArchivedYet(workspace: string): void {
    this.log.info(`Workspace ${workspace} is whole: nothing has been archived yet.`);
  }

  ledgerMissing(workspace: string): void {
    this.log.error(
      `The ledger of workspace ${workspace} is missing. Restore it, or make it anew with the command rebuild-ledger.`
    );
  }

  /** @param problems items that belong to no workspace with a ledger */
  strangersFound({texts, count}: Problems): void {
    for (const text of texts) this.log.error(text);
    this.log.error(
      `The archive holds ${count} items that no ledger knows. Where their ledger was lost, make it anew with the command rebuild-ledger.`
    );
  }

  ledgerRebuilt(workspace: string, {items, records, setAside, open, problems}: Rebuilt): void {
    for (const text of problems.texts) this.log.warn(`Workspace ${workspace}: ${text}`);
    if (problems.count > 0) this.log.warn(`Workspace ${workspace}: ${problems.count} files were not taken in.`);
    this.log.info(
      `Made the ledger of workspace ${workspace} anew: ${items} items, ${records} records, ${setAside} set aside, ${open} open. It knows of no legal hold: add those of before again with hold add.`
    );
  }

  /** @param targets that nobody can ask what they have */
  notReadBack(workspace: string, targets: readonly string[]): void {
    this.log.warn(
      `Workspace ${workspace}: ${targets.join(', ')} cannot be read back, so the new ledger knows nothing of what lies there alone. What the source sends again of it is sent again under the same Message-ID. Records set aside are kept, and the messages in outbox are sent again by the next run.`
    );
  }

  /** @param explanation what became of one record; ids and names, never text */
  explained(explanation: Explanation): void {
    this.log.info(JSON.stringify(explanation));
  }

  notInLedger(): void {
    this.log.warn('No ledger of this archive knows this event.');
  }

  /** @param preview what the policy would do with one item */
  previewed(preview: Preview): void {
    this.log.info(JSON.stringify(preview));
  }

  /** @param counts records by what would become of them */
  tested(counts: Readonly<Record<string, number>>, wereLedgersRead: boolean): void {
    const told = Object.entries(counts).map(([what, count]) => `${count} ${what.replaceAll('_', ' ')}`);
    this.log.info(`The policy would do this with the records: ${told.join(', ')}. Nothing was delivered.`);
    const [seen, unseen] = ['What the archive holds already counted.', 'What the archive holds already did not count'];
    this.log.info(wereLedgersRead ? seen : `${unseen}: with --ledger read it does, as in a sync.`);
  }

  /** @param after what stays, with its reasons */
  retried(workspace: string, before: StillSetAside, after: StillSetAside): void {
    const count = ({records, refusals}: StillSetAside): number => records.length + refusals.length;
    const reasons: Record<string, number> = {};
    for (const {code} of [...after.records, ...after.refusals]) reasons[code] = (reasons[code] ?? 0) + 1;
    const told = Object.entries(reasons).map(([code, each]) => `${each} ${code}`);
    const why = told.length === 0 ? '' : ` (${told.join(', ')})`;
    this.log.info(
      `Workspace ${workspace}: ${count(before) - count(after)} went into the archive, ${count(after)} stay set aside${why}.`
    );
  }

  /** @param path of a copy of what is set aside, relative to the ledger's folder */
  copyUnreadable(workspace: string, path: string): void {
    this.log.warn(`Workspace ${workspace}: ${path} is missing or not what was set aside, so what it belongs to stays.`);
  }

  nothingToVerify(): void {
    this.log.warn('There is no archive at this path yet.');
  }
}
