// The signed host: another origin that refuses credentials, forged signatures and expired URLs.
import {afterEach, expect, it} from '@jest/globals';
import type {PartialOptions} from '../../simulator/options';
import {startSimulator, type Simulator} from '../../simulator/server';
import {get, listAll, nowMs} from './client';

let simulator: Simulator;
afterEach(() => simulator.close());

async function signedUrl(options: PartialOptions = {}): Promise<string> {
  simulator = await startSimulator({nowMs, events: 60, files: 2, ...options});
  const [file] = await listAll(simulator);
  const redirect = await get(simulator, `/logs/${file!.id}`);
  expect(redirect.status).toBe(307);
  return redirect.headers.get('location')!;
}

it('is another origin and needs no credentials', async () => {
  const url = await signedUrl();
  expect(new URL(url).origin).toBe(simulator.signedOrigin);
  expect(new URL(url).origin).not.toBe(new URL(simulator.baseUrl).origin);
  expect((await fetch(url)).status).toBe(200);
  expect(simulator.requests.at(-1)).toMatchObject({
    origin: simulator.signedOrigin,
    status: 200,
    hadAuthorization: false,
  });
  expect(JSON.stringify(simulator.requests)).not.toContain(new URL(url).searchParams.get('signature'));
});

it('refuses a bearer token', async () => {
  const response = await fetch(await signedUrl(), {headers: {authorization: `Bearer ${simulator.apiKey}`}});
  expect(response.status).toBe(400);
});

it('refuses a forged signature', async () => {
  const url = await signedUrl();
  expect((await fetch(url.replace(/expires=\d/, 'expires=9'))).status).toBe(403);
});

it('refuses an expired URL', async () => {
  expect((await fetch(await signedUrl({signedUrlLifeMs: 0}))).status).toBe(403);
});

it('breaks a download off when asked to', async () => {
  const url = await signedUrl({faults: {cutDownloads: 1}});
  await expect(fetch(url).then((response) => response.arrayBuffer())).rejects.toThrow();
});
