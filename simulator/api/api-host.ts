// The API origin: checks key, workspace, limits and scope, in this order, and lets the route answer.
import {createHash, timingSafeEqual} from 'node:crypto';
import type {Scope} from '../options';
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
    const {apiKey, workspaceId} = this.service.options;
    this.service.requests++;
    if (!isSame(authorization ?? '', `Bearer ${apiKey}`)) return refuse(401, 'Invalid or missing API key');
    const trouble = this.troubles.next();
    if (trouble !== undefined) return trouble;
    const place = /^\/v1\/compliance\/workspaces\/([^/]+)(\/.+)$/.exec(url.pathname);
    const found = findRoute(method, place?.[2] ?? '');
    if (found === undefined) return refuse(404, 'Not Found');
    const waitSeconds = this.rateLimit.take(found.route.path, this.service.tickMs());
    if (waitSeconds > 0) return refuse(429, 'Rate limit exceeded', {'retry-after': String(waitSeconds)});
    if (place?.[1] !== workspaceId || this.isDenied(found.route.scope)) {
      return refuse(403, 'API key not authorized for enterprise logs');
    }
    const reply = found.route.answer({
      service: this.service,
      signedHost: this.signedHost,
      ids: found.ids,
      query: url.searchParams,
      body,
    });
    return reply.status === 307 && this.troubles.expiresThisLink() ? this.signedHost.expire(reply) : reply;
  }

  private isDenied(scope: Scope): boolean {
    const {deniedScopes, faults, lostScopes} = this.service.options;
    const isLost = lostScopes.includes(scope) && this.service.requests > faults.scopesLostAfter;
    return isLost || deniedScopes.includes(scope);
  }
}

function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
