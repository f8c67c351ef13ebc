// Loads the configuration named on the command line: parsed, unknown root keys told, secrets kept out of the log.
import {
  type AirbyteConfig,
  AirbyteConnectionStatus,
  AirbyteConnectionStatusMessage,
  type AirbyteSpec,
} from 'faros-airbyte-cdk/lib/protocol';
import {redactConfig} from 'faros-airbyte-cdk/lib/utils';
import type * as z from 'zod';
import type {ConnectorProcess} from './connector-process';
import {firstFew} from './first-few';
import {readJsonFile} from './json-file';
import {parseConfig} from './parse-config';

interface Configured<Config> {
  readonly configSchema: z.ZodType<Config>;
  spec(): Promise<AirbyteSpec>;
}

export async function loadConfig<Config>(
  process: ConnectorProcess,
  connector: Configured<Config>,
  path: string
): Promise<Config> {
  const {config, unknownKeys} = parseConfig(connector.configSchema, await readJsonFile(path, 'config'));
  if (unknownKeys.length > 0) {
    const names = unknownKeys.map((key) => JSON.stringify(key.slice(0, 60)));
    process.log.warn(`Ignored unknown keys of the configuration: ${firstFew(names, ', ')}.`);
  }
  const redacted = redactConfig(config as AirbyteConfig, await connector.spec());
  process.log.debug(`Configuration: ${JSON.stringify(redacted)}`);
  return config;
}

export function failedStatus(message: string): AirbyteConnectionStatusMessage {
  return new AirbyteConnectionStatusMessage({status: AirbyteConnectionStatus.FAILED, message});
}
