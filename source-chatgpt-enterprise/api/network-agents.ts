// The way out of the network: through the proxy that the environment names, trusting the configured certificates.
import {Agent as PlainAgent, request as requestPlainly} from 'node:http';
import {Agent as TlsAgent, request as requestSecurely} from 'node:https';
import {isIP, type Socket} from 'node:net';
import {connect as connectSecurely} from 'node:tls';
import {HttpsProxyAgent} from 'https-proxy-agent';
import {getProxyForUrl} from 'proxy-from-env';
import {ConfigError, ConnectorError, systemCode} from '../../core/errors';
import {trustBeside} from '../../core/trusted-certificates';
import {isUriPart} from '../../core/uri-part';
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

  /**
   * Not by the library: it listens no more to a connection that the proxy ends, and the error that follows would end
   * the process. It also hands a refusal on as if the API had answered.
   */
  override async connect(...[, options]: Parameters<HttpsProxyAgent<string>['connect']>): Promise<Socket> {
    const {host = ''} = options;
    const socket = await this.reach(host, options.port);
    const {servername = isIP(host) === 0 ? host : ''} = options as {readonly servername?: string};
    const {ALPNProtocols} = options as {readonly ALPNProtocols?: string[]};
    return connectSecurely({
      ...this.trust,
      ...(ALPNProtocols === undefined ? {} : {ALPNProtocols}),
      servername,
      socket,
    });
  }

  private async reach(host: string, port: number): Promise<Socket> {
    try {
      return await this.tunnel(isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`);
    } catch (error) {
      const code = systemCode(error) ?? '';
      if (error instanceof ConnectorError || error instanceof HttpFailure || !isOfProxy(code)) throw error;
      const what = code === 'ECONNRESET' ? 'ended the connection' : 'cannot be reached';
      const detail = `The proxy ${this.proxy.host}, which the environment names, ${what} (${code}).`;
      throw new HttpFailure(undefined, undefined, detail);
    }
  }

  private tunnel(path: string): Promise<Socket> {
    const {hostname, password, port, protocol, username} = this.proxy;
    const isSecure = protocol === 'https:';
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const headers: Record<string, string> = {host: path, 'proxy-connection': 'keep-alive'};
    if (username !== '' || password !== '') {
      const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
      headers['proxy-authorization'] = `Basic ${Buffer.from(credentials).toString('base64')}`;
    }
    return new Promise((resolve, reject) => {
      const request = (isSecure ? requestSecurely : requestPlainly)({
        ...this.trust,
        host,
        // Node.js would ask the proxy for the certificate of the host in the header, which is the API's.
        servername: isIP(host) === 0 ? host : '',
        port: port === '' ? (isSecure ? 443 : 80) : Number(port),
        method: 'CONNECT',
        path,
        headers,
        agent: false,
        timeout: tunnelTimeoutMs,
      });
      request.once('connect', ({statusCode = 0}, socket, head) => {
        if (statusCode !== 200) {
          socket.destroy();
          reject(toProxyError(statusCode));
          return;
        }
        socket.setTimeout(0);
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
      });
      request.once('timeout', () => request.destroy(Object.assign(new Error('silent'), {code: 'ETIMEDOUT'})));
      request.on('error', reject);
      request.end();
    });
  }
}

/** As long as a request waits for its answer. */
const tunnelTimeoutMs = 60_000;

/** Of a host that has no address, where nobody listens, or that does not speak as its address says. */
const outOfReach: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'EPROTO',
  'ETIMEDOUT',
]);

function isOfProxy(code: string): boolean {
  return outOfReach.has(code) || code.startsWith('ERR_SSL_') || code.startsWith('HPE_');
}

function toProxyError(status: number): Error {
  const detail = `The proxy answered HTTP ${status} instead of opening a tunnel.`;
  const isFinal = status >= 400 && status < 500 && status !== 408 && status !== 429;
  return isFinal ? new ConfigError('proxy_refused', detail) : new HttpFailure(undefined, undefined, detail);
}

/** HTTPS_PROXY, else HTTP_PROXY, unless NO_PROXY names the host; upper or lower case. */
function proxyFor(url: URL): string {
  const own = getProxyForUrl(url.href);
  if (own !== '') return withScheme(own);
  return getProxyForUrl(`http://${url.hostname}:${url.port === '' ? '443' : url.port}`);
}

/** Without one in the variable the library takes that of the request; other programs take http, which most proxies speak. */
function withScheme(proxy: string): string {
  const [, bare] = /^https:\/\/(.*)$/.exec(proxy) ?? [];
  if (bare === undefined) return proxy;
  const isBare = ['https_proxy', 'all_proxy'].some(
    (name) => process.env[name] === bare || process.env[name.toUpperCase()] === bare
  );
  return isBare ? `http://${bare}` : proxy;
}

function parseProxy(proxy: string): string {
  const address = URL.canParse(proxy) ? new URL(proxy) : undefined;
  if (address?.protocol !== 'http:' && address?.protocol !== 'https:') {
    throw new ConfigError('proxy_refused', 'The proxy address in the environment is not an http or https address.');
  }
  if (![address.username, address.password].every(isUriPart)) {
    const what =
      'The name or password in the proxy address of the environment has a percent sign that does not begin a byte of UTF-8';
    throw new ConfigError('proxy_refused', `${what}: a percent sign itself is written %25.`);
  }
  return proxy;
}
