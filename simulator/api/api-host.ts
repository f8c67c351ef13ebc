// The API origin: checks key, workspace, limits and scope, in this order, and lets the route answer.
import {createHash, timingSafeEqual} from 'node:crypto';
import type {Service} from '../service';
import {RateLimit} from './rate-limit';
import {refuse, type Reply} from './reply';
import {findRoute} from './routes';
import type {SignedHost} from './signed-host';
import type {Troubles} from './troubles';

export class ApiHost {
  private readonly rateLimit: RateLimit;

  constructor(
    private readonly service: Service,
    private readonly signedHost: SignedHost,
    private readonly troubles: Troubles
  ) {
    this.rateLimit = new RateLimit(service.options.requestsPerMinute);
  }

  answer(method: string, url: URL, authorization: string | undefined, body: object): Reply {
    const {apiKey, workspaceId, deniedScopes} = this.service.options;
    if (!isSame(authorization ?? '', `Bearer ${apiKey}`)) return refuse(401, 'Invalid or missing API key');
    const trouble = this.troubles.next();
    if (trouble !== undefined) return trouble;
    const place = /^\/v1\/compliance\/workspaces\/([^/]+)(\/.+)$/.exec(url.pathname);
    const found = findRoute(method, place?.[2] ?? '');
    if (found === undefined) return refuse(404, 'Not Found');
    const waitSeconds = this.rateLimit.take(found.route.path, Date.now());
    if (waitSeconds > 0) return refuse(429, 'Rate limit exceeded', {'retry-after': String(waitSeconds)});
    if (place?.[1] !== workspaceId || deniedScopes.includes(found.route.scope)) {
      return refuse(403, 'API key not authorized for enterprise logs');
    }
    return found.route.answer({
      service: this.service,
      signedHost: this.signedHost,
      ids: found.ids,
      query: url.searchParams,
      body,
    });
  }
}

function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
