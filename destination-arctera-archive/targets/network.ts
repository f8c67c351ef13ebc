// The way from the targets to their servers: direct or through a proxy, trusting the configured certificates too.
import {Agent, request as requestPlainly} from 'node:http';
import {Agent as TlsAgent, request as requestSecurely} from 'node:https';
import {connect as connectDirectly, isIP, type Socket} from 'node:net';
import type {Duplex} from 'node:stream';
import * as tls from 'node:tls';
import {ConfigError} from '../../core/errors';
import {trustBeside} from '../../core/trusted-certificates';

export interface NetworkSettings {
  readonly proxy?: ProxySettings | undefined;
  /** Certificates in PEM that are trusted beside the usual ones. */
  readonly ca_certificate?: string | undefined;
}

export interface ProxySettings {
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Hosts, or domains with a leading dot, that are reached without the proxy. */
  readonly no_proxy?: readonly string[] | undefined;
}

const connectTimeoutMs = 30_000;

/** Also where NODE_TLS_REJECT_UNAUTHORIZED says otherwise: the variable may have been set for another program. */
const verified = {rejectUnauthorized: true} as const;

export class Network {
  /** Of every TLS connection, whoever makes it: certificates are verified always. */
  readonly trust: {readonly rejectUnauthorized: true; readonly ca?: string[]};

  constructor(private readonly settings: NetworkSettings) {
    const {ca_certificate: given} = settings;
    // Without `ca`, what Node.js trusts without us.
    this.trust = {...verified, ...trustBeside(given)};
  }

  isProxied(host: string): boolean {
    const {proxy} = this.settings;
    if (proxy === undefined || isLoopback(host)) return false;
    const without = proxy.no_proxy ?? [];
    return !without.some((each) => host === each || (each.startsWith('.') && host.endsWith(each)));
  }

  /** A connection to the host, in clear until the caller begins TLS. The proxy sees a host and a port, nothing more. */
  connect(host: string, port: number): Promise<Socket> {
    return this.isProxied(host) ? this.tunnel(host, port) : direct(host, port);
  }

  /** For HTTPS requests to one host. */
  secureAgent(host: string, maxSockets: number): TlsAgent {
    const options = {keepAlive: true, maxSockets, ...this.trust};
    return this.isProxied(host) ? new TunnelAgent(this, options) : new TlsAgent(options);
  }

  plainAgent(maxSockets: number): Agent {
    return new Agent({keepAlive: true, maxSockets});
  }

  /** Not by https-proxy-agent: it drops what comes with the proxy's answer, which is how a mail server begins. */
  private tunnel(host: string, port: number): Promise<Socket> {
    const {url, username, password} = this.settings.proxy ?? {url: ''};
    const proxy = new URL(url);
    const path = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    const headers: Record<string, string> = {host: path};
    if (username !== undefined) {
      headers['proxy-authorization'] = `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}`;
    }
    return new Promise((resolve, reject) => {
      const isSecure = proxy.protocol === 'https:';
      const proxyHost = withoutBrackets(proxy.hostname);
      const request = (isSecure ? requestSecurely : requestPlainly)({
        host: proxyHost,
        // Node.js would ask a proxy for the certificate of the host in the header, which is the target's.
        servername: isIP(proxyHost) === 0 ? proxyHost : '',
        port: proxy.port === '' ? (isSecure ? 443 : 80) : Number(proxy.port),
        method: 'CONNECT',
        path,
        headers,
        agent: false,
        timeout: connectTimeoutMs,
        ...this.trust,
      });
      request.once('connect', ({statusCode = 0}, socket, head) => {
        if (statusCode === 200) {
          socket.setTimeout(0);
          if (head.length > 0) socket.unshift(head);
          resolve(socket);
          return;
        }
        socket.destroy();
        reject(toProxyError(statusCode));
      });
      request.once('timeout', () => request.destroy(new Error('The proxy did not answer.')));
      request.once('error', reject);
      request.end();
    });
  }
}

class TunnelAgent extends TlsAgent {
  constructor(
    private readonly network: Network,
    options: ConstructorParameters<typeof TlsAgent>[0]
  ) {
    super(options);
  }

  override createConnection(
    options: tls.ConnectionOptions,
    callback?: (error: Error | null, stream: Duplex) => void
  ): undefined {
    const host = options.host ?? '';
    const done = callback as ((error: Error | null, stream?: Duplex) => void) | undefined;
    this.network.connect(host, Number(options.port)).then(
      (socket) => done?.(null, tls.connect({...options, socket, servername: options.servername ?? host})),
      (error: unknown) => done?.(error instanceof Error ? error : new Error('The proxy could not be reached.'))
    );
    return undefined;
  }
}

function direct(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectDirectly({host, port});
    socket.setTimeout(connectTimeoutMs, () => socket.destroy(new Error('The server did not answer.')));
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

function toProxyError(status: number): Error {
  const detail = `The proxy answered HTTP ${status} instead of opening a tunnel.`;
  const isFinal = status >= 400 && status < 500 && status !== 408 && status !== 429;
  return isFinal ? new ConfigError('target_proxy_refused', detail) : new Error(detail);
}

/** An IPv6 address stands in brackets where a port may follow; nothing connects to it by that name. */
export function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}
