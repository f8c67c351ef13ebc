// A workspace with thousands of uploads a day behind a transport without sockets, in virtual time.
import {createHash} from 'node:crypto';
import {Readable} from 'node:stream';
import {formatMicros, parseMicros} from '../../core/micros';
import type {HttpAnswer, Transport} from '../../source-chatgpt-enterprise/api/transport';
import type {VirtualClock} from '../../scripts/chaos/virtual-clock';

const windowMs = 10 * 60_000;
const lateByMs = 20 * 60_000;
const uploadLifeMs = 48 * 3_600_000;
const signedHost = 'https://signed.test';

export interface Start {
  readonly route: string;
  readonly atMs: number;
}

interface BusyFile {
  readonly id: string;
  readonly endMs: number;
  readonly bytes: Buffer;
  readonly sha256: string;
}

export class BusyWorkspace {
  readonly starts: Start[] = [];
  readonly uploads: {readonly id: string; readonly atMs: number}[] = [];
  private readonly uploadedMs = new Map<string, number>();
  private readonly logs: BusyFile[] = [];
  private requests = 0;

  /** @param uploadsAt how many uploads the ten minutes before a moment bring */
  constructor(
    private readonly clock: VirtualClock,
    fromMs: number,
    untilMs: number,
    uploadsAt: (endMs: number) => number
  ) {
    for (let endMs = fromMs + windowMs; endMs <= untilMs; endMs += windowMs) this.write(endMs, uploadsAt(endMs));
  }

  readonly transport: Transport = async (url, {headers, signal}) => {
    const route = url.pathname
      .replace('/v1/compliance/workspaces/ws-1/', '')
      .replace(/(logs|files|users|library_files)\/[^/]+/g, '$1/{id}');
    if (url.origin !== signedHost) this.starts.push({route, atMs: this.clock.nowMs()});
    // 150 ms to 2 s, without a random number: every run is the same.
    await this.clock.sleep(150 + ((this.requests++ * 617) % 1_850), signal);
    if (url.origin === signedHost) {
      return headers['authorization'] === undefined ? this.bytesOf(url.pathname) : answer(400);
    }
    if (route === 'logs') return json(this.list(url.searchParams));
    if (route.endsWith('library_files')) return json({data: [], has_more: false});
    const id = url.pathname.split('/').at(-1) ?? '';
    if (route === 'logs/{id}') return redirect(`/log/${id}`);
    const uploadedMs = route === 'users/{id}/files/{id}' ? this.uploadedMs.get(id) : undefined;
    if (uploadedMs === undefined) return answer(404);
    return this.clock.nowMs() - uploadedMs > uploadLifeMs ? answer(410) : redirect(`/file/${id}`);
  };

  private write(endMs: number, count: number): void {
    const lines: string[] = [];
    for (let index = 0; index < count; index++) {
      const atMs = endMs - windowMs + Math.floor((index * windowMs) / count);
      const id = `file-${endMs}-${index}`;
      this.uploads.push({id, atMs});
      this.uploadedMs.set(id, atMs);
      lines.push(
        JSON.stringify({
          event_id: `event-${endMs}-${index}`,
          timestamp: new Date(atMs).toISOString(),
          actor: {user_id: `user-${index % 50}`},
          message: {id: `m-${index}`, files: [{id, name: 'a.txt'}]},
          conversation: {id: `c-${index}`},
        })
      );
    }
    const bytes = Buffer.from(lines.join('\n'));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    this.logs.push({id: `eclf_${endMs}`, endMs, bytes, sha256});
  }

  private list(query: URLSearchParams): object {
    const bound = (name: string, open: number): number => {
      const micros = parseMicros(query.get(name) ?? '');
      return micros === undefined ? open : Number(micros) / 1000;
    };
    const [after, before] = [bound('after', 0), bound('before', Infinity)];
    const visible = this.logs.filter(
      ({endMs}) => endMs > after && endMs < before && endMs + lateByMs <= this.clock.nowMs()
    );
    const page = visible.slice(0, 100);
    const endTime = (endMs: number): string => formatMicros(BigInt(endMs) * 1000n);
    return {
      data: page.map(({bytes, endMs, id, sha256}) => ({
        id,
        event_type: 'CONVERSATION_MESSAGE',
        end_time: endTime(endMs),
        file_name: id,
        file_size: bytes.length,
        file_sha256: sha256,
      })),
      has_more: visible.length > page.length,
      last_end_time: page.length === 0 ? null : endTime(page.at(-1)!.endMs),
    };
  }

  private bytesOf(path: string): HttpAnswer {
    const [, kind, id = ''] = path.split('/');
    const bytes = kind === 'log' ? this.logs.find((log) => log.id === id)!.bytes : Buffer.from(id);
    return answer(200, bytes);
  }
}

/** The most starts on a route in any 60 seconds. */
export function busiestMinute(starts: readonly Start[], route: string): number {
  const times = starts.filter((start) => start.route === route).map(({atMs}) => atMs);
  let most = 0;
  let from = 0;
  for (const [index, atMs] of times.entries()) {
    while ((times[from] ?? 0) <= atMs - 60_000) from++;
    most = Math.max(most, index - from + 1);
  }
  return most;
}

function answer(status: number, bytes: Buffer = Buffer.alloc(0), headers: Record<string, string> = {}): HttpAnswer {
  const body = Readable.from(bytes.length === 0 ? [] : [bytes]);
  return {status, headers: {'content-length': String(bytes.length), ...headers}, body};
}

function redirect(path: string): HttpAnswer {
  return answer(307, undefined, {location: `${signedHost}${path}`});
}

function json(value: object): HttpAnswer {
  return answer(200, Buffer.from(JSON.stringify(value)), {'content-type': 'application/json'});
}
