// A host that stops in the middle of a body without closing: the download is given up, not awaited for ever.
import {createServer} from 'node:http';
import {type AddressInfo, createServer as createRawServer} from 'node:net';
import {afterEach, beforeEach, expect, test} from '@jest/globals';
import {systemClock} from '../../../core/clock';
import {HttpFailure} from '../../../source-chatgpt-enterprise/api/http-failure';
import {type Download, openSignedDownload} from '../../../source-chatgpt-enterprise/api/signed-download';
import {openTransport} from '../../../source-chatgpt-enterprise/api/transport';
import {type Simulator, startSimulator} from '../../../simulator/server';

let simulator: Simulator;
const bytes = Buffer.alloc(10_000, 'x');

beforeEach(async () => {
  simulator = await startSimulator({events: 0, files: 0});
  simulator.plantFile({fileId: 'file-1', bytes, ownerId: 'user-1', uploadedMicros: Date.now() * 1000});
});
afterEach(() => simulator.close());

function addressOfFile(): URL {
  return new URL(`${simulator.baseUrl}/compliance/workspaces/${simulator.workspaceId}/users/user-1/files/file-1`);
}

function open(signal = new AbortController().signal, url = addressOfFile()): Promise<Download> {
  return openSignedDownload({
    url,
    apiKey: simulator.apiKey,
    clock: systemClock,
    timeoutMs: 300,
    signal,
    transport: openTransport(undefined),
  });
}

async function readOf(download: Download): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of download.chunks) pieces.push(piece);
  return Buffer.concat(pieces);
}

test('half a body and then silence is a failure that a fresh link may mend', async () => {
  simulator.interfere({path: /^\/file\//, times: 1, trouble: {kind: 'stall'}});
  await expect(readOf(await open())).rejects.toEqual(new HttpFailure(undefined));
  expect(await readOf(await open())).toEqual(bytes);
});

test('a body that comes byte by byte is given up as well: it would take days', async () => {
  const host = createServer((_request, response) => {
    response.writeHead(200, {'content-length': 10_000});
    const drip = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(drip));
  });
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${(host.address() as AddressInfo).port}/`);
  const begunMs = Date.now();
  await expect(open(undefined, url).then(readOf)).rejects.toEqual(new HttpFailure(undefined));
  expect(Date.now() - begunMs).toBeLessThan(5_000);
  host.closeAllConnections();
  await new Promise((resolve) => host.close(resolve));
});

test('a head that comes byte by byte is given up too', async () => {
  const host = createRawServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('HTTP/1.1 200 OK\r\nX-Slow: ');
    const drip = setInterval(() => socket.write('x'), 20);
    socket.on('close', () => clearInterval(drip));
  });
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${(host.address() as AddressInfo).port}/`);
  await expect(open(undefined, url)).rejects.toEqual(new HttpFailure(undefined));
  await new Promise((resolve) => host.close(resolve));
}, 5_000);

test('a reader who takes his time is not taken for silence', async () => {
  const {chunks} = await open();
  let size = 0;
  for await (const piece of chunks) {
    size += piece.length;
    await new Promise((resolve) => setTimeout(resolve, 400)); // longer than the host may be silent
  }
  expect(size).toBe(bytes.length);
});

test('the end of the run ends a silent download at once', async () => {
  simulator.interfere({path: /^\/file\//, times: 1, trouble: {kind: 'stall'}});
  const end = new AbortController();
  const reading = readOf(await open(end.signal));
  end.abort();
  await expect(reading).rejects.toEqual(new HttpFailure(undefined));
});
