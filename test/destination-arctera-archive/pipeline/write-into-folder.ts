// The pipeline in this process, into a folder.
import {Readable} from 'node:stream';
import {type DestinationInput, readDestinationInput} from '../../../airbyte/destination-input';
import {systemClock} from '../../../core/clock';
import {openTargets, toPolicy} from '../../../destination-arctera-archive/check';
import {configSchema} from '../../../destination-arctera-archive/config';
import {FolderPlace} from '../../../destination-arctera-archive/ledger/ledger-place';
import {openWorkspace} from '../../../destination-arctera-archive/pipeline/open-workspace';
import {Write} from '../../../destination-arctera-archive/pipeline/write';

const {signal} = new AbortController();

interface Options {
  readonly keptFileBytes?: number;
  readonly config?: object;
  /** Of the catalog. */
  readonly streams?: readonly string[];
}

export function openWrite(
  root: string,
  {keptFileBytes = 0, config: given = {}, streams = ['messages', 'files', 'file_chunks']}: Options = {}
): Write {
  const stream = (name: string): object => ({name, syncMode: 'incremental', destinationSyncMode: 'append'});
  const config = configSchema.parse({target: {type: 'folder', path: root}, ...given});
  return new Write({
    config,
    policy: toPolicy(config),
    catalog: {streams: streams.map(stream)} as never,
    clock: systemClock,
    signal,
    keptFileBytes,
    openWorkspace: (workspaceId) =>
      openWorkspace({
        place: new FolderPlace(root),
        openTargets: (directory) => openTargets(config, directory, {clock: systemClock, signal}),
        workspaceId,
        clock: systemClock,
        signal,
        lockWaitMs: 0,
        onSettled: () => undefined,
        onHoldsOpen: () => undefined,
      }),
    onArchived: () => undefined,
  });
}

/** In blocks of one line and more. */
export function toInput(lines: Iterable<string>): AsyncIterable<readonly DestinationInput[]> {
  const bytes = (function* (): Generator<Buffer> {
    for (const each of lines) yield Buffer.from(`${each}\n`);
  })();
  return readDestinationInput(Readable.from(bytes), 1000, signal);
}
