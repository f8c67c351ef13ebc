// The service behind the routes: one workspace, its log files, and what happens next.
import {toBulkLogFiles} from './logs/bulk-logs';
import {addUnreadable, duplicateSome, tamperSome} from './logs/damage';
import {activityTypes, toActivityLines} from './logs/activity-events';
import {LogArchive} from './logs/log-archive';
import {createLogFile, type LogFile} from './logs/log-file';
import type {LogLine} from './logs/log-line';
import {toMessageLine} from './logs/message-event';
import {toLogFiles} from './logs/windows';
import type {SimulatorOptions} from './options';
import {Random} from './random';
import {Workspace} from './workspace/workspace';

const messageType = 'CONVERSATION_MESSAGE';
/** Nothing reaches a window that could not be closed before the present. */
const unclosedMicros = 660_000_000;
const bulkLeadMicros = 8 * 3_600_000_000;

export class Service {
  readonly workspace: Workspace;
  readonly logs = new LogArchive();
  private readonly random: Random;
  /** API requests so far. */
  requests = 0;
  private readonly startedAtMs: number;

  /** @param tickMs the clock that the present goes on with */
  constructor(
    readonly options: SimulatorOptions,
    readonly tickMs: () => number
  ) {
    this.startedAtMs = tickMs();
    this.random = new Random(`${options.seed}/logs`);
    this.workspace = new Workspace(options);
    this.publishHistory();
  }

  /** The present: the given one, moved on by the time since the start. */
  nowMicros(): number {
    return (this.options.presentMs + this.tickMs() - this.startedAtMs) * 1000;
  }

  /** The member who has left by now. */
  leaver(): string | undefined {
    const {memberLeavesAfter} = this.options.faults;
    const hasLeft = memberLeavesAfter > 0 && this.requests > memberLeavesAfter;
    return hasLeft ? this.workspace.people.at(-1)?.id : undefined;
  }

  /** Publishes one further log file with `count` new events, and the files held back until now. */
  produce(count: number, atMicros = this.nowMicros()): LogFile {
    const endMicros = Math.max(atMicros, this.logs.newestEndMicros() + 1);
    const lines = this.workspace
      .continue(count, endMicros)
      .map((happening) => toMessageLine(this.random, this.options.workspaceId, happening));
    const file = createLogFile(messageType, endMicros, lines, true);
    this.logs.publishHeldBack();
    this.logs.publish([file]);
    return file;
  }

  private publishHistory(): void {
    const {faults, faultyTypes, nowMs, workspaceId} = this.options;
    const random = this.random.fork('history');
    const endMicros = nowMs * 1000 - unclosedMicros;
    const written = this.workspace.history.map((happening) => {
      const line = toMessageLine(random, workspaceId, happening);
      return line.deliveredMicros < endMicros ? line : {...line, deliveredMicros: endMicros - 1};
    });
    this.publishType(random, messageType, written, endMicros);
    const activity = toActivityLines(random.fork('activity'), workspaceId, this.workspace.history, endMicros);
    for (const type of activityTypes) this.publishType(random, type, activity[type], endMicros);
    this.logs.publish(this.bulkLogs(random.fork('bulk'), endMicros));
    for (const type of faultyTypes) this.logs.holdBack(type, faults.lateFiles);
  }

  private publishType(random: Random, type: string, written: readonly LogLine[], endMicros: number): void {
    const {faults, faultyTypes} = this.options;
    if (!faultyTypes.includes(type)) return this.logs.publish(toLogFiles(random, type, written, 0));
    const lines = addUnreadable(
      random,
      duplicateSome(random, written, faults.duplicates, endMicros),
      faults.unreadableLines
    );
    const files = toLogFiles(random, type, lines, faults.ties);
    this.logs.publish(tamperSome(random, files, faults.tamperedSha256));
  }

  private bulkLogs(random: Random, endMicros: number): LogFile[] {
    const {bulkLogBytes, bulkLogMessages, workspaceId} = this.options;
    if (bulkLogBytes === 0) return [];
    const lines = this.workspace
      .bulk(bulkLogMessages, endMicros - bulkLeadMicros)
      .map((happening) => toMessageLine(random, workspaceId, happening));
    return toBulkLogFiles(messageType, lines, workspaceId, {totalBytes: bulkLogBytes, endMicros});
  }
}
