// The way out of the network: through the proxy that the environment names, trusting the configured certificates.
import {Agent as PlainAgent} from 'node:http';
import {Agent as TlsAgent} from 'node:https';
import type {Socket} from 'node:net';
import {HttpsProxyAgent} from 'https-proxy-agent';
import {getProxyForUrl} from 'proxy-from-env';
import {ConfigError, systemCode} from '../../core/errors';
import {trustBeside} from '../../core/trusted-certificates';
import {HttpFailure} from './http-failure';

type AnyAgent = PlainAgent | TlsAgent;

/** As many as run at once at most; a route's pace is held elsewhere. */
const agentOptions = {keepAlive: true, maxFreeSockets: 16} as const;

/** Of every TLS connection, to a proxy too. */
interface TlsTrust {
  /** Also where NODE_TLS_REJECT_UNAUTHORIZED says otherwise: the variable may have been set for another program. */
  readonly rejectUnauthorized: true;
  /** Absent: what Node.js trusts without us. */
  readonly ca?: string[];
}

export class NetworkAgents {
  private readonly trust: TlsTrust;
  private readonly byProxy = new Map<string, AnyAgent>();
  /** Plain http is for loopback only: it never goes through a proxy, which would read the key. */
  private readonly plain = new PlainAgent(agentOptions);

  /** @param caCertificate certificates in PEM that are trusted beside the usual ones */
  constructor(caCertificate: string | undefined) {
    this.trust = {
      rejectUnauthorized: true,
      ...trustBeside(caCertificate),
    };
  }

  agentFor(url: URL): AnyAgent {
    if (url.protocol === 'http:') return this.plain;
    const proxy = proxyFor(url);
    const known = this.byProxy.get(proxy);
    if (known !== undefined) return known;
    const options = {...agentOptions, ...this.trust};
    const agent = proxy === '' ? new TlsAgent(options) : new TunnelAgent(parseProxy(proxy), options, this.trust);
    this.byProxy.set(proxy, agent);
    return agent;
  }
}

/** Reaches https hosts through CONNECT only: the proxy sees a host and a port, never a request of ours. */
class TunnelAgent extends HttpsProxyAgent<string> {
  constructor(
    proxy: string,
    options: ConstructorParameters<typeof HttpsProxyAgent<string>>[1],
    /** The agent's own options hold for the proxy only. */
    private readonly trust: TlsTrust
  ) {
    super(proxy, options);
  }

  override async connect(...[request, options]: Parameters<HttpsProxyAgent<string>['connect']>): Promise<Socket> {
    let status = 0;
    // The library hands the proxy's refusal on as if the API had answered; its status must not be taken for one.
    request.once('proxyConnect', (answer: {readonly statusCode: number}) => {
      status = answer.statusCode;
    });
    const socket = await this.reach(request, options);
    if (status === 200) return socket;
    socket.destroy();
    throw toProxyError(status);
  }

  private async reach(...[request, options]: Parameters<HttpsProxyAgent<string>['connect']>): Promise<Socket> {
    try {
      return await super.connect(request, options.secureEndpoint ? {...options, ...this.trust} : options);
    } catch (error) {
      const code = systemCode(error) ?? '';
      if (!outOfReach.has(code)) throw error;
      const detail = `The proxy ${this.proxy.host}, which the environment names, cannot be reached (${code}).`;
      throw new HttpFailure(undefined, undefined, detail);
    }
  }
}

/** Of a host that has no address, or where nobody listens. */
const outOfReach: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ETIMEDOUT',
]);

function toProxyError(status: number): Error {
  const detail = `The proxy answered HTTP ${status} instead of opening a tunnel.`;
  const isFinal = status >= 400 && status < 500 && status !== 408 && status !== 429;
  return isFinal ? new ConfigError('proxy_refused', detail) : new HttpFailure(undefined, undefined, detail);
}

/** HTTPS_PROXY, else HTTP_PROXY, unless NO_PROXY names the host; upper or lower case. */
function proxyFor(url: URL): string {
  const own = getProxyForUrl(url.href);
  if (own !== '') return own;
  return getProxyForUrl(`http://${url.hostname}:${url.port === '' ? '443' : url.port}`);
}

function parseProxy(proxy: string): string {
  const address = URL.canParse(proxy) ? new URL(proxy) : undefined;
  if (address?.protocol === 'http:' || address?.protocol === 'https:') return proxy;
  throw new ConfigError('proxy_refused', 'The proxy address in the environment is not an http or https address.');
}
