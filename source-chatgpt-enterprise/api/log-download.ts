// The bytes of a log file, compared with the hash that the listing gives.
import {sha256Hex} from '../../core/digest';
import type {ComplianceClient} from './client';
import {HttpFailure} from './http-failure';
import type {Download} from './signed-download';
import type {LogFile} from './log-file';
import {toStatusError} from './status-errors';

export interface DownloadedLog {
  readonly file: LogFile;
  readonly bytes: Buffer;
  /** SHA-256 of the bytes that came. */
  readonly sha256: string;
  /** Whether that is the hash the listing gives. */
  readonly verified: boolean;
}

const maxFetches = 4;
const maxBrokenBodies = 5;
/** Beyond it the announcement is not believed before the bytes have come. */
const maxAnnouncedBytes = 64 * 1024 * 1024;

export async function downloadLog(client: ComplianceClient, file: LogFile): Promise<DownloadedLog> {
  let result = await fetchLog(client, file);
  for (let fetches = 1; !result.verified && fetches < maxFetches; fetches++) result = await fetchLog(client, file);
  return result;
}

async function fetchLog(client: ComplianceClient, file: LogFile): Promise<DownloadedLog> {
  const doing = `downloading log file ${file.id}`;
  for (let attempt = 1; ; attempt++) {
    try {
      const download = await client.openDownload({
        route: 'logs/{id}',
        path: ['logs', file.id],
        purpose: 'log_download',
        doing,
      });
      const bytes = await readWhole(download);
      const sha256 = sha256Hex(bytes);
      return {file, bytes, sha256, verified: sha256 === file.sha256};
    } catch (error) {
      // A body that broke off: the link is spent, so all of it is fetched again.
      const brokeOff = error instanceof HttpFailure && error.status === undefined;
      if (!brokeOff || attempt >= maxBrokenBodies) throw toStatusError('log_download', doing, error);
    }
  }
}

/** Into one buffer where the size is announced: joining pieces at the end would hold every byte twice. */
async function readWhole({chunks, size}: Download): Promise<Buffer> {
  if (size === undefined || size > maxAnnouncedBytes) {
    const pieces: Buffer[] = [];
    for await (const chunk of chunks) pieces.push(chunk);
    return Buffer.concat(pieces);
  }
  const bytes = Buffer.allocUnsafeSlow(size);
  let filled = 0;
  for await (const chunk of chunks) filled += chunk.copy(bytes, filled);
  return bytes.subarray(0, filled);
}
