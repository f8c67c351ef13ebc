// The platform's reset: no source at all, a null state for every stream, and the destination's answer.
import {join} from 'node:path';
import type {ConfiguredCatalog} from './configured-catalog';
import {ConnectorProcess, eachLine, type ProcessEnd} from './connector-process';
import {DestinationReader} from './destination-reader';
import type {Finding, StreamState} from './message';
import type {Connector} from './sync';

export interface ResetResult {
  readonly destinationEnd: ProcessEnd;
  readonly statesReturned: number;
  readonly findings: readonly Finding[];
}

export async function runReset(
  workFolder: string,
  destination: Connector,
  catalog: ConfiguredCatalog
): Promise<ResetResult> {
  const overwritten = catalog.streams.map((stream) => ({
    ...stream,
    sync_mode: 'full_refresh',
    destination_sync_mode: 'overwrite',
    generation_id: 2,
    minimum_generation_id: 2,
    sync_id: 2,
  }));
  const writing = new ConnectorProcess(destination.executable, 'write', join(workFolder, 'reset'), {
    config: destination.config,
    catalog: {streams: overwritten},
  });
  const reader = new DestinationReader();
  const findings: Finding[] = [];
  const reading = Promise.all([
    eachLine(writing.stdout, (line) => void reader.read(line)),
    eachLine(writing.stderr, () => findings.push({rule: 'stderr stays empty', detail: 'destination'})),
  ]);
  for (const [index, {stream}] of catalog.streams.entries()) {
    const state: StreamState = {
      type: 'STREAM',
      id: index + 1,
      stream: {stream_descriptor: {name: stream.name}, stream_state: null},
      sourceStats: {recordCount: 0},
    };
    reader.sent(state);
    writing.stdin.write(`${JSON.stringify({type: 'STATE', state})}\n`);
  }
  writing.stdin.end();
  const [destinationEnd] = await Promise.all([writing.ended, reading]);
  reader.end(destinationEnd.code, true);
  return {destinationEnd, statesReturned: reader.returned, findings: [...findings, ...reader.findings]};
}
