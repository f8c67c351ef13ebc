// The source connector: builds what a check or a read needs, and hands over.
import {randomUUID} from 'node:crypto';
import {setMaxListeners} from 'node:events';
import type {ConfiguredCatalog} from '../airbyte/protocol';
import {
  type CheckResult,
  type ReadRequest,
  Source,
  type SourceContext,
  type SourceOutput,
  type StreamStates,
} from '../airbyte/source';
import {streamDefinitions} from '../contract';
import {captureRuns} from '../contract/capture-runs';
import type {LogStreamDefinition} from '../contract/log-streams';
import type {StreamDefinition} from '../contract/row';
import {RateLimit} from '../core/rate-limit';
import {ConfigError} from '../core/errors';
import {type RetryPolicy, syncRetryPolicy} from '../core/retry';
import {ComplianceClient} from './api/client';
import {RateLimitNotices} from './api/rate-limit-notices';
import {openTransport} from './api/transport';
import {checkRetryPolicy, checkWorkspace, isUnusualId, requireWorkspaceId} from './check';
import type {Config} from './config';
import {Lineages} from './cursor/lineages';
import {formatMicros, microsOfMs, microsPerDay, parseMicros, toFirstMoment} from '../core/micros';
import {SourceEvents} from './events';
import {asObject} from './normalize/json-object';
import {published} from './published';
import {readSelected} from './streams';
import {LeftOutBefore} from './streams/left-out-before';
import {builtInStreamOf, toExtraLogStreams} from './streams/log-streams';
import type {SelectedStates} from './streams/read-scope';
import {RetentionGaps} from './streams/retention-gaps';
import {RunTally} from './streams/run-tally';

/** A day less than the API keeps log files, so that none leaves retention between listing and download. */
const firstListingMicros = 29n * microsPerDay;

export class ChatGptEnterpriseSource extends Source<Config> {
  override readonly configSchema = published.configSchema;
  override readonly documentationUrl = published.documentationUrl;
  override readonly streamDefinitions = streamDefinitions;

  /** Streams of `extra_log_types` stand before `capture_runs`, which reports on all that precede it. */
  override streamsOf(config: Config): readonly StreamDefinition[] {
    const last = streamDefinitions.slice(-1);
    return [...streamDefinitions.slice(0, -1), ...extraLogStreams(config), ...last];
  }

  override checkConnection(config: Config, context: SourceContext): Promise<CheckResult> {
    extraLogStreams(config); // throws when two of the types would have one name
    if (isUnusualId(config.workspace_id)) new SourceEvents(context.log).workspaceIdUnusual();
    if (config.start_date !== undefined && isAhead(toFirstMoment(config.start_date), context.clock.nowMs()))
      throw new ConfigError('config_invalid', 'start_date lies in the future: nothing would be captured before it.');
    const client = buildClient(config, context, checkRetryPolicy, () => undefined);
    return checkWorkspace(config.workspace_id, client);
  }

  override async *readStreams(
    {catalog, config, states}: ReadRequest<Config>,
    context: SourceContext
  ): AsyncGenerator<SourceOutput> {
    requireWorkspaceId(config.workspace_id);
    const selected = toSelectedStates(catalog, states);
    requireStatesOf(config.workspace_id, selected);
    const events = new SourceEvents(context.log);
    if (isUnusualId(config.workspace_id)) events.workspaceIdUnusual();
    for (const type of config.extra_log_types ?? []) {
      const stream = builtInStreamOf(type);
      if (stream !== undefined) events.logTypeBuiltIn(type, stream);
    }
    const notices = new RateLimitNotices();
    const tally = new RunTally();
    const startDate = config.start_date === undefined ? undefined : toFirstMoment(config.start_date);
    if (startDate !== undefined && isAhead(startDate, context.clock.nowMs())) events.startDateAhead(startDate);
    const leftOut = new LeftOutBefore(selected, startDate, extraLogStreams(config));
    for (const [stream, before] of leftOut.begunAnew) events.startDateEarlier(stream, before);
    const runId = randomUUID();
    const lineages = new Lineages(toIncremental(catalog, selected), randomUUID);
    const gaps = new RetentionGaps(selected, runId, isIncremental(catalog, captureRuns.name));
    for (const [stream, gap] of gaps.all()) events.retentionGapFound(stream, gap);
    const over = new AbortController();
    const signal = AbortSignal.any([context.signal, over.signal]);
    const outputs = readSelected(
      {
        beginAnew: new Set(leftOut.begunAnew.keys()),
        client: buildClient(config, {...context, signal}, syncRetryPolicy, (untilMs) => notices.announce(untilMs)),
        clock: context.clock,
        events,
        extraLogStreams: extraLogStreams(config),
        gaps,
        listStart: toListStart(startDate, microsOfMs(context.clock.nowMs())),
        maxFileBytes: config.max_file_megabytes * 1024 * 1024,
        newId: randomUUID,
        notices,
        refreshHours: config.refresh_hours,
        requestsPerMinute: config.requests_per_minute,
        readWhole: fullRefreshes(catalog),
        runId,
        startDate,
        tally,
        workspaceId: config.workspace_id,
      },
      selected
    );
    try {
      for await (const output of outputs) {
        const count = output.kind === 'record' ? 1 : output.kind === 'rows' ? output.rows.length : 0;
        if (count > 0) {
          tally.countRecords(output.stream, count);
          lineages.countRecords(output.stream);
        }
        if (output.kind !== 'state') yield output;
        else {
          const {state, stream} = output;
          const beside = {
            ...leftOut.of(stream),
            ...gaps.untold(stream),
            ...lineages.next(stream),
            workspace_id: config.workspace_id,
          };
          yield {...output, state: {...state, ...beside}};
        }
      }
    } finally {
      over.abort(); // what a failed stream had begun ahead would keep the process until it is answered
    }
  }
}

/** By more than a day: elsewhere in the world it may be tomorrow. */
function isAhead(startDate: string, nowMs: number): boolean {
  return (parseMicros(startDate) ?? 0n) > microsOfMs(nowMs) + microsPerDay;
}

function extraLogStreams(config: Config): readonly LogStreamDefinition[] {
  return toExtraLogStreams(config.extra_log_types ?? [], streamDefinitions);
}

function buildClient(
  config: Config,
  {clock, signal}: SourceContext,
  retryPolicy: RetryPolicy,
  onRateLimit: (untilMs: number) => void
): ComplianceClient {
  setMaxListeners(0, signal); // each request under way and each wait listens; Node.js would warn of a leak
  return new ComplianceClient({
    apiKey: config.api_key,
    baseUrl: config.api_base_url,
    clock,
    onRateLimit,
    random: Math.random,
    rateLimit: new RateLimit(config.requests_per_minute, clock),
    retryPolicy,
    signal,
    transport: openTransport(config.ca_certificate),
    workspaceId: config.workspace_id,
  });
}

/** Listings begin behind it, and a log file that ends when the start date begins may hold its first event. */
function toListStart(startDate: string | undefined, nowMicros: bigint): string {
  const start = startDate === undefined ? undefined : parseMicros(startDate);
  return formatMicros(start === undefined ? nowMicros - firstListingMicros : start - 1n);
}

function fullRefreshes(catalog: ConfiguredCatalog): ReadonlySet<string> {
  return new Set(catalog.streams.flatMap(({name, syncMode}) => (syncMode === 'incremental' ? [] : [name])));
}

/** A full refresh goes on from no state. */
function toIncremental(catalog: ConfiguredCatalog, states: SelectedStates): SelectedStates {
  return new Map([...states].filter(([stream]) => isIncremental(catalog, stream)));
}

function isIncremental(catalog: ConfiguredCatalog, stream: string): boolean {
  return catalog.streams.some(({name, syncMode}) => name === stream && syncMode === 'incremental');
}

/** The positions of another workspace would pass over what this one logged before them. Older states name none. */
function requireStatesOf(workspaceId: string, states: SelectedStates): void {
  for (const [stream, state] of states) {
    const other = asObject(state)?.['workspace_id'];
    if (typeof other !== 'string' || other.toLowerCase() === workspaceId.toLowerCase()) continue;
    throw new ConfigError(
      'state_of_another_workspace',
      `The saved state of stream ${stream} is of another workspace than the configuration.`
    );
  }
}

/** A full refresh starts anew whatever was saved. */
function toSelectedStates(catalog: ConfiguredCatalog, states: StreamStates): SelectedStates {
  return new Map(
    catalog.streams.map(({name, syncMode}) => [name, syncMode === 'incremental' ? states.get(name) : undefined])
  );
}
