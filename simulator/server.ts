// Starts the simulated Compliance API in this process: the API origin, and the signed host as another origin.
import {ApiHost} from './api/api-host';
import {openOrigin} from './api/origin';
import type {RequestEntry} from './api/request-log';
import {SignedHost} from './api/signed-host';
import {Troubles} from './api/troubles';
import {toOptions, type PartialOptions} from './options';
import {Service} from './service';
import {tellTruth, type Truth} from './truth';

export interface Simulator {
  /** Ends in /v1. */
  readonly baseUrl: string;
  readonly signedOrigin: string;
  readonly workspaceId: string;
  readonly apiKey: string;
  /** The latest requests, oldest first; grows while the simulator runs. */
  readonly requests: readonly RequestEntry[];
  /** What a perfect capture would hold at this moment. */
  truth(): Truth;
  /**
   * Publishes one further log file with `count` new events and all late files; returns the log file's id.
   * @param atMicros when the log file ends, in Unix microseconds; now, unless a history is to be repeated exactly
   */
  produce(count: number, atMicros?: number): string;
  close(): Promise<void>;
}

export async function startSimulator(given: PartialOptions = {}): Promise<Simulator> {
  const options = toOptions(given);
  const service = new Service(options);
  const signedHost = new SignedHost(service);
  const troubles = new Troubles(options.faults);
  const apiHost = new ApiHost(service, signedHost, troubles);
  const requests: RequestEntry[] = [];
  const {latencyMs} = options.faults;
  const signed = await openOrigin({
    port: options.signedPort,
    latencyMs,
    requests,
    answer: (_method, url, authorization) => signedHost.answer(url, authorization !== undefined),
    isCut: () => troubles.cutsThisDownload(),
  });
  signedHost.origin = signed.url;
  const api = await openOrigin({
    port: options.apiPort,
    latencyMs,
    requests,
    answer: (method, url, authorization, body) => apiHost.answer(method, url, authorization, body),
    isCut: () => false,
  }).catch(async (error: unknown) => {
    await signed.close();
    throw error;
  });
  return {
    baseUrl: `${api.url}/v1`,
    signedOrigin: signed.url,
    workspaceId: options.workspaceId,
    apiKey: options.apiKey,
    requests,
    truth: () => tellTruth(service),
    produce: (count, atMicros) => service.produce(count, atMicros).id,
    close: async () => {
      await Promise.all([api.close(), signed.close()]);
    },
  };
}
