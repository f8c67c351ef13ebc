// The other origin: hands out bytes to whoever holds an unexpired signed URL and sends no credentials.
import {createHmac, timingSafeEqual} from 'node:crypto';
import type {Service} from '../service';
import {refuse, type Reply} from './reply';

export type BlobKind = 'log' | 'file';

export class SignedHost {
  /** Set as soon as the host listens: the port may be ephemeral. */
  origin = '';
  private readonly key: string;

  constructor(private readonly service: Service) {
    this.key = `${service.options.seed}/signing`;
  }

  /** A redirect to a URL that works for a few minutes. */
  redirect(kind: BlobKind, id: string): Reply {
    return this.redirectTo(`/${kind}/${encodeURIComponent(id)}`, this.service.options.signedUrlLifeMs);
  }

  /** The same redirect, to a URL that works no more. */
  expire({headers = {}}: Reply): Reply {
    return this.redirectTo(new URL(headers['location'] ?? '').pathname, -1);
  }

  private redirectTo(path: string, lifeMs: number): Reply {
    const expires = String(this.service.tickMs() + lifeMs);
    const query = new URLSearchParams({expires, signature: this.sign(path, expires)}).toString();
    return {status: 307, headers: {location: `${this.origin}${path}?${query}`}};
  }

  answer(url: URL, hasAuthorization: boolean): Reply {
    if (hasAuthorization)
      return refuse(400, 'Only one authentication method is allowed: remove the Authorization header');
    const expires = url.searchParams.get('expires') ?? '';
    const given = Buffer.from(url.searchParams.get('signature') ?? '');
    const expected = Buffer.from(this.sign(url.pathname, expires));
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return refuse(403, 'Signature mismatch');
    if (Number(expires) <= this.service.tickMs()) return refuse(403, 'Signed URL expired');
    const [, kind, id] = url.pathname.split('/').map(decodeURIComponent);
    return kind === 'log' ? this.logBytes(id) : this.fileBytes(id);
  }

  private sign(path: string, expires: string): string {
    return createHmac('sha256', this.key).update(`${path}\n${expires}`).digest('hex');
  }

  private logBytes(id = ''): Reply {
    const file = this.service.logs.find(id, this.service.nowMicros());
    if (file === undefined) return refuse(404, 'Not found');
    return {status: 200, headers: {'content-type': 'application/x-ndjson'}, body: file.read()};
  }

  private fileBytes(id: string | undefined): Reply {
    const upload = this.service.workspace.uploads.find(({fileId}) => fileId === id);
    if (upload === undefined) return refuse(404, 'Not found');
    const disposition = `attachment; filename="${upload.name}"`;
    const headers = {'content-type': upload.type.mimeType, 'content-disposition': disposition};
    return {status: 200, headers, body: upload.bytes()};
  }
}
