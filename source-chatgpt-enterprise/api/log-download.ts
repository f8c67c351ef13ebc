// The bytes of a log file, compared with the hash that the listing gives.
import {sha256Hex} from '../../core/digest';
import type {ComplianceClient} from './client';
import type {LogFile} from './log-file';
import type {Download} from './signed-download';
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

export async function downloadLog(client: ComplianceClient, file: LogFile): Promise<DownloadedLog> {
  let result = await fetchLog(client, file);
  for (let fetches = 1; !result.verified && fetches < maxFetches; fetches++) result = await fetchLog(client, file);
  return result;
}

async function fetchLog(client: ComplianceClient, file: LogFile): Promise<DownloadedLog> {
  const doing = `downloading log file ${file.id}`;
  const request = {route: 'logs/{id}', path: ['logs', file.id], purpose: 'log_download', doing} as const;
  try {
    const bytes = await client.download(request, readWhole);
    const sha256 = sha256Hex(bytes);
    return {file, bytes, sha256, verified: sha256 === file.sha256};
  } catch (error) {
    throw toStatusError('log_download', doing, error);
  }
}

async function readWhole({chunks}: Download): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const chunk of chunks) pieces.push(chunk);
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
}
