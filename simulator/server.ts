// Starts the simulated Compliance API in this process: the API origin, and the signed host as another origin.
import {sha256Hex} from '../core/digest';
import {ApiHost} from './api/api-host';
import {type Interference, Interferences} from './api/interference';
import {openOrigin} from './api/origin';
import type {RequestEntry} from './api/request-log';
import {SignedHost} from './api/signed-host';
import {Troubles} from './api/troubles';
import {type PlantedLog, toPlantedLog} from './logs/planted-log';
import {toOptions, type PartialOptions} from './options';
import {Random} from './random';
import {Service} from './service';
import {tellTruth, type Truth} from './truth';
import {type PlantedFile, PlantedUpload} from './workspace/planted-upload';

export interface Simulator {
  /** Ends in /v1. */
  readonly baseUrl: string;
  readonly signedOrigin: string;
  readonly workspaceId: string;
  readonly apiKey: string;
  /** The latest requests, oldest first; grows while the simulator runs. */
  readonly requests: readonly RequestEntry[];
  /** Ids of the log files whose listed SHA-256 is wrong. */
  tamperedLogFiles(): readonly string[];
  /** The event type of each log file, by its id. */
  logFileTypes(): ReadonlyMap<string, string>;
  /** Bytes of each log file, by its id. */
  logFileSizes(): ReadonlyMap<string, number>;
  /** What a perfect capture would hold at this moment. */
  truth(): Truth;
  /**
   * Publishes one further log file with `count` new events and all late files; returns the log file's id.
   * @param atMicros when the log file ends, in Unix microseconds; now, unless a history is to be repeated exactly
   */
  produce(count: number, atMicros?: number): string;
  /** Publishes a log file with exactly these lines; returns its id. */
  plantLog(log: PlantedLog): string;
  plantFile(file: PlantedFile): void;
  /** Lets the next requests to these paths meet trouble, until the answer is called. */
  interfere(asked: Interference): () => void;
  close(): Promise<void>;
}

/** @param nowMs the clock that time is measured with: limits, links, the log of requests */
export async function startSimulator(given: PartialOptions = {}, nowMs: () => number = Date.now): Promise<Simulator> {
  const options = toOptions(given);
  const service = new Service(options, nowMs);
  const signedHost = new SignedHost(service);
  const troubles = new Troubles(options.faults, new Random(`${options.seed}/troubles`), nowMs);
  const apiHost = new ApiHost(service, signedHost, troubles);
  const interferences = new Interferences();
  const meet = interferences.meet.bind(interferences);
  const requests: RequestEntry[] = [];
  const latencyMs = (): number => troubles.latencyMs();
  const signed = await openOrigin({
    port: options.signedPort,
    nowMs,
    latencyMs,
    requests,
    answer: (_method, url, authorization) => signedHost.answer(url, authorization !== undefined),
    meet,
    spoils: (path) => troubles.spoilsDownload(path),
  });
  signedHost.origin = signed.url;
  const api = await openOrigin({
    port: options.apiPort,
    nowMs,
    latencyMs,
    requests,
    answer: (method, url, authorization, body) => apiHost.answer(method, url, authorization, body),
    meet,
    spoils: () => troubles.spoilsAnswer(),
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
    tamperedLogFiles: () =>
      service.logs
        .kept(service.nowMicros())
        .filter(({listedSha256, read}) => sha256Hex(read()) !== listedSha256)
        .map(({id}) => id),
    logFileTypes: () => new Map(service.logs.kept(service.nowMicros()).map(({id, eventType}) => [id, eventType])),
    logFileSizes: () => new Map(service.logs.kept(service.nowMicros()).map(({id, size}) => [id, size])),
    truth: () => tellTruth(service),
    produce: (count, atMicros) => service.produce(count, atMicros).id,
    plantLog: (log) => {
      const file = toPlantedLog(log);
      service.logs.publish([file]);
      return file.id;
    },
    plantFile: (file) => void service.workspace.uploads.push(new PlantedUpload(file)),
    interfere: (asked) => interferences.ask(asked),
    close: async () => {
      await Promise.all([api.close(), signed.close()]);
    },
  };
}
