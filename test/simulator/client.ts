// A minimal client of the simulator for its own tests: follows no redirect by itself.
import type {Simulator} from '../../simulator/server';

export const nowMs = Date.parse('2026-10-02T09:20:00Z');
export const anyTime = 'after=2000-01-01T00%3A00%3A00Z';

export interface ListedFile {
  readonly id: string;
  readonly end_time: string;
  readonly file_size: number;
  readonly file_sha256: string;
}

export interface LogPage {
  readonly data: readonly ListedFile[];
  readonly has_more: boolean;
  readonly last_end_time: string | null;
}

export function get(simulator: Simulator, path: string, key = simulator.apiKey): Promise<Response> {
  const url = `${simulator.baseUrl}/compliance/workspaces/${simulator.workspaceId}${path}`;
  return fetch(url, {redirect: 'manual', headers: {authorization: `Bearer ${key}`}});
}

/** Every page of message log files, each asked for after the last end_time of the one before. */
export async function listAll(simulator: Simulator, limit = 100): Promise<ListedFile[]> {
  const files: ListedFile[] = [];
  let after = '2000-01-01T00:00:00Z';
  for (;;) {
    const query = `event_type=CONVERSATION_MESSAGE&limit=${limit}&after=${encodeURIComponent(after)}`;
    const page = (await (await get(simulator, `/logs?${query}`)).json()) as LogPage;
    files.push(...page.data);
    if (!page.has_more || page.last_end_time === null) return files;
    after = page.last_end_time;
  }
}

export async function download(simulator: Simulator, path: string): Promise<Buffer> {
  const redirect = await get(simulator, path);
  return Buffer.from(await (await fetch(redirect.headers.get('location') ?? '')).arrayBuffer());
}
