// Runs one job as the Airbyte platform does: source to destination through a bounded queue, states kept once returned.
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import type {Writable} from 'node:stream';
import {BoundedQueue} from './bounded-queue';
import {type ConfiguredCatalog, discoverCatalog} from './configured-catalog';
import {ConnectorProcess, eachLine, type ProcessEnd} from './connector-process';
import {DestinationReader} from './destination-reader';
import {FieldSelector} from './field-selector';
import type {LineFilter} from './line-filter';
import type {Finding, Message, StreamState} from './message';
import {SavedStates} from './saved-states';
import {SourceReader} from './source-reader';
import {StateEnricher} from './state-enricher';

export type Side = 'source' | 'destination';

export interface Connector {
  readonly executable: string;
  readonly config: object;
}

export interface SyncOptions {
  /** Folder for the files the platform hands to connectors, and for the states it keeps. */
  readonly workFolder: string;
  readonly source: Connector;
  readonly destination: Connector;
  /** Streams to select; all when absent. */
  readonly streams?: readonly string[];
  readonly onMessage?: (from: Side, message: Message) => void;
  /** Given every line that either process writes. */
  readonly onLine?: (from: Side, channel: 'stdout' | 'stderr', line: string) => void;
  /** Told when both processes have started. */
  readonly onStarted?: (processes: Readonly<Record<Side, ConnectorProcess>>) => void;
  /** Stands between the two connectors and writes each line anew. */
  readonly filter?: LineFilter;
  readonly variant?: Variant;
}

/** What happens on some platforms and days. */
export interface Variant {
  /** The connection's namespace, given to every record and state and taken off again. */
  readonly namespace?: string;
  /** Configured streams carry generation ids, as destinations with refreshes get them. */
  readonly generationIds?: boolean;
  /** When the source fails, so many messages that are on their way are lost. */
  readonly lostOnFailure?: number;
  /** After so many states have come back, the job is cancelled: both are told to stop, without an end of input. */
  readonly cancelAfterStates?: number;
  /** After so many states have come back, the destination is killed. */
  readonly killDestinationAfterStates?: number;
}

export interface SyncResult {
  readonly sourceEnd: ProcessEnd;
  readonly destinationEnd: ProcessEnd;
  readonly records: number;
  readonly statesSent: number;
  readonly statesReturned: number;
  /** What the platform would not have stood, of either side. */
  readonly findings: readonly Finding[];
  readonly errors: Readonly<Record<Side, readonly {readonly message: string; readonly failure_type: string}[]>>;
  /** Messages that were lost on their way. */
  readonly lost: number;
  /** The most bytes that lay between the connectors at once. */
  readonly queuePeakBytes: number;
  readonly longestHoldMs: number;
}

/** Whether both sides ended well, which is the platform's verdict. */
export function isComplete({sourceEnd, destinationEnd}: Pick<SyncResult, 'sourceEnd' | 'destinationEnd'>): boolean {
  return sourceEnd.code === 0 && destinationEnd.code === 0;
}

export async function runSync(options: SyncOptions): Promise<SyncResult> {
  const {workFolder, source, destination, variant = {}, filter} = options;
  const folderOf = (name: string): string => {
    const folder = join(workFolder, name);
    mkdirSync(folder, {recursive: true});
    return folder;
  };
  const catalog = await configure(options, folderOf('source'));
  const states = new SavedStates(join(workFolder, 'states.json'));
  const writing = new ConnectorProcess(destination.executable, 'write', folderOf('destination'), {
    config: destination.config,
    catalog: withNamespace(catalog, variant.namespace),
  });
  const reading = new ConnectorProcess(source.executable, 'read', folderOf('source'), {
    config: source.config,
    catalog,
    state: states.toInput(),
  });
  options.onStarted?.({source: reading, destination: writing});
  reading.stdin.end();

  const reader = new SourceReader(catalog);
  const selector = new FieldSelector(catalog);
  const enricher = new StateEnricher(variant.namespace);
  const returned = new DestinationReader();
  const queue = new BoundedQueue(variant.lostOnFailure);
  const findings: Finding[] = [];
  let records = 0;
  const cancel = new AbortController();

  const onErrorLine = (from: Side, line: string): void => {
    findings.push({rule: 'stderr stays empty', detail: from});
    options.onLine?.(from, 'stderr', line);
  };
  const stderr = Promise.all([
    eachLine(reading.stderr, (line) => onErrorLine('source', line)),
    eachLine(writing.stderr, (line) => onErrorLine('destination', line)),
  ]);

  const takeReturned = eachLine(writing.stdout, (line) => {
    options.onLine?.('destination', 'stdout', line);
    if (cancel.signal.aborted) return;
    const message = returned.read(line);
    if (message === undefined) return;
    options.onMessage?.('destination', message);
    if (message.type !== 'STATE') return;
    states.save(message['state'] as StreamState);
    if (returned.returned === variant.killDestinationAfterStates) writing.kill('SIGKILL');
    if (returned.returned !== variant.cancelAfterStates) return;
    cancel.abort();
    reading.kill('SIGTERM');
    writing.kill('SIGTERM');
  });

  const passOn = (async () => {
    const input = filter === undefined ? writing.stdin : filter.before(writing.stdin);
    for await (const line of queue.take()) {
      if (input.destroyed) continue; // whoever should read it has ended; the source is read to its end all the same
      if (!input.write(`${line}\n`)) await drained(input);
    }
    if (!cancel.signal.aborted) input.end();
  })();

  const readSource = (async () => {
    for await (const line of createInterface({input: reading.stdout, crlfDelay: Infinity})) {
      options.onLine?.('source', 'stdout', line);
      const message = reader.read(line);
      if (message === undefined) continue;
      options.onMessage?.('source', message);
      if (message.type === 'RECORD') {
        records += 1;
        const selected = enricher.place(selector.select(message));
        await queue.push(selected === message ? line : JSON.stringify(selected));
      } else if (message.type === 'STATE') {
        const stamped = enricher.enrich(message);
        returned.sent(stamped.state);
        await queue.push(JSON.stringify(stamped));
      }
    }
  })();

  const [sourceEnd] = await Promise.all([reading.ended, readSource]);
  const lost = queue.close(sourceEnd.code !== 0);
  const [destinationEnd] = await Promise.all([writing.ended, takeReturned, passOn, stderr]);
  if (!cancel.signal.aborted) reader.end(sourceEnd.code);
  returned.end(destinationEnd.code, lost === 0 && !cancel.signal.aborted && sourceEnd.code === 0);
  return {
    sourceEnd,
    destinationEnd,
    records,
    statesSent: enricher.stamped,
    statesReturned: returned.returned,
    findings: [...findings, ...reader.findings, ...selector.findings, ...returned.findings],
    errors: {source: reader.errors, destination: returned.errors},
    lost,
    queuePeakBytes: queue.peakBytes,
    longestHoldMs: returned.longestHoldMs,
  };
}

async function configure({source, streams, variant}: SyncOptions, folder: string): Promise<ConfiguredCatalog> {
  const config = join(folder, 'config.json');
  writeFileSync(config, JSON.stringify(source.config));
  const catalog = await discoverCatalog(source.executable, config, streams);
  if (variant?.generationIds !== true) return catalog;
  const ids = {generation_id: 1, minimum_generation_id: 0, sync_id: 1};
  return {streams: catalog.streams.map((stream) => ({...stream, ...ids}))};
}

function withNamespace(catalog: ConfiguredCatalog, namespace: string | undefined): ConfiguredCatalog {
  if (namespace === undefined) return catalog;
  return {streams: catalog.streams.map((each) => ({...each, stream: {...each.stream, namespace}}))};
}

/** Resolves when there is room again, or when nobody will ever make any. */
function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done).off('close', done);
      resolve();
    };
    stream.on('drain', done).on('close', done);
  });
}
