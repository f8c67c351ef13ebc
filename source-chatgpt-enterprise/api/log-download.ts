// The bytes of a log file, compared with the hash that the listing gives.
import {BugError, IntegrityError, TransientError} from '../../core/errors';
import {sha256Hex} from '../../core/digest';
import type {ComplianceClient} from './client';
import {LogBuffers} from './log-buffers';
import {expectedBytes, type LogFile, maxLogBytes} from './log-file';
import type {Download} from './signed-download';
import {toStatusError} from './status-errors';

export interface DownloadedLog {
  readonly file: LogFile;
  readonly bytes: Buffer;
  /** SHA-256 of the bytes that came. */
  readonly sha256: string;
  /** Whether that is the hash the listing gives. */
  readonly verified: boolean;
  /** To be called when nobody will look at the bytes any more; their memory is used again. */
  readonly release: () => void;
}

const maxFetches = 4;
/** Beyond it the announcement is not believed before the bytes have come. */
const maxAnnouncedBytes = 64 * 1024 * 1024;

export interface LogDownloadOptions {
  readonly buffers?: LogBuffers;
  /** Aborts when nobody waits for the log file any more. */
  readonly signal?: AbortSignal;
}

export async function downloadLog(
  client: ComplianceClient,
  file: LogFile,
  options: LogDownloadOptions = {}
): Promise<DownloadedLog> {
  const unverified = new Map<string, {readonly log: DownloadedLog; times: number}>();
  for (let fetches = 0; fetches < maxFetches; fetches++) {
    const log = await fetchLog(client, file, options);
    if (log.verified) return log;
    const known = unverified.get(log.sha256);
    if (known === undefined) {
      unverified.set(log.sha256, {log, times: 1});
    } else {
      known.times++;
      log.release();
    }
  }
  // The listing is wrong or the bytes are: what came most often is not damage of the moment.
  const [likeliest] = [...unverified.values()].sort(
    (a, b) => b.times - a.times || b.log.bytes.length - a.log.bytes.length
  );
  if (likeliest === undefined) throw new BugError('A log file was not fetched at all.');
  // Without an announced length a body that was cut off looks whole; it is cut at another place each time.
  if (likeliest.times === 1 && likeliest.log.bytes.length < file.size) {
    const what = `Log file ${file.id} was cut off ${maxFetches} times, each time at another place`;
    throw new TransientError('api_unavailable', `${what}: the network, or a proxy, may end its download early.`);
  }
  return likeliest.log;
}

async function fetchLog(
  client: ComplianceClient,
  file: LogFile,
  {buffers = new LogBuffers(), signal}: LogDownloadOptions
): Promise<DownloadedLog> {
  const doing = `downloading log file ${file.id}`;
  const request = {route: 'logs/{id}', path: ['logs', file.id], purpose: 'log_download', doing, signal} as const;
  try {
    const {bytes, release} = await client.download(request, (download) =>
      readWhole(download, expectedBytes(file), buffers)
    );
    const sha256 = sha256Hex(bytes);
    return {file, bytes, sha256, verified: sha256 === file.sha256, release};
  } catch (error) {
    throw toStatusError('log_download', doing, error);
  }
}

/** Into one buffer: joining pieces at the end would hold every byte twice. What is announced too small grows. */
async function readWhole(
  {chunks, size}: Download,
  expected: number,
  buffers: LogBuffers
): Promise<Pick<DownloadedLog, 'bytes' | 'release'>> {
  let buffer = buffers.take(Math.min(size ?? expected, maxAnnouncedBytes));
  let filled = 0;
  try {
    for await (const chunk of chunks) {
      const needed = filled + chunk.length;
      if (needed > maxLogBytes) {
        throw new IntegrityError('response_unexpected', 'A log file went on beyond any size that it can have.');
      }
      if (needed > buffer.length) buffer = buffers.grow(buffer, filled, needed);
      filled += chunk.copy(buffer, filled);
    }
  } catch (error) {
    buffers.give(buffer);
    throw error;
  }
  return {bytes: buffer.subarray(0, filled), release: () => buffers.give(buffer)};
}
