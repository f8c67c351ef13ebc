// A connection through the proxy for a client that wants a socket which it may connect itself.
import type {Socket} from 'node:net';
import {Duplex} from 'node:stream';
import type {Network} from './network';

export class TunnelStream extends Duplex {
  private socket: Socket | undefined;

  constructor(private readonly network: Network) {
    super();
  }

  connect(port: number, host: string): this {
    this.network.connect(host, port).then(
      (socket) => {
        this.socket = socket;
        socket.on('data', (bytes: Buffer) => {
          if (!this.push(bytes)) socket.pause();
        });
        socket.on('end', () => this.push(null));
        socket.on('error', (error) => this.destroy(error));
        socket.on('close', () => this.destroy());
        this.emit('connect');
      },
      (error: unknown) => this.destroy(error instanceof Error ? error : new Error('The proxy could not be reached.'))
    );
    return this;
  }

  override _read(): void {
    this.socket?.resume();
  }

  override _write(bytes: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.socket?.write(bytes, done);
  }

  override _final(done: () => void): void {
    this.socket?.end(done);
    if (this.socket === undefined) done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.socket?.destroy();
    // TLS on top of it destroys it first and tells why afterwards: whoever sees the end should have seen the reason.
    setImmediate(done, error);
  }

  setNoDelay(): this {
    this.socket?.setNoDelay();
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
