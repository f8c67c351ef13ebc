// Runs a source's verbs on the CDK's command surface, with loading, states and the read loop replaced.
import {
  type AirbyteConfig,
  AirbyteCatalogMessage,
  AirbyteConnectionStatus,
  AirbyteConnectionStatusMessage,
} from 'faros-airbyte-cdk/lib/protocol';
import {AirbyteSourceRunner} from 'faros-airbyte-cdk/lib/sources/source-runner';
import {Command} from 'commander';
import {ConfigError, toConnectorError} from '../core/errors';
import {type ConnectorProcess, packageVersion} from './connector-process';
import {readJsonFile, readOptionalJsonFile} from './json-file';
import {firstFew} from './first-few';
import {failedStatus, loadConfig} from './load-config';
import {parseCatalog} from './parse-catalog';
import {parseStates} from './parse-states';
import {RecordRows} from './record-rows';
import {runVerbs} from './run-verbs';
import type {Source} from './source';
import {toProtocolMessages} from './to-protocol-messages';

export class SourceRunner<Config> extends AirbyteSourceRunner<AirbyteConfig> {
  constructor(
    private readonly connector: ConnectorProcess,
    protected override readonly source: Source<Config>
  ) {
    super(connector.logger, source);
  }

  override mainCommand(): Command {
    return new Command()
      .version(packageVersion())
      .addCommand(this.specCommand())
      .addCommand(this.checkCommand())
      .addCommand(this.discoverCommand())
      .addCommand(this.readCommand());
  }

  run(argv: readonly string[]): Promise<void> {
    return runVerbs(this.connector, this.mainCommand(), argv);
  }

  override specCommand(): Command {
    return new Command('spec').description('print the specification of the configuration').action(async () => {
      await this.logger.write(await this.source.spec());
    });
  }

  override checkCommand(): Command {
    return new Command('check')
      .description('test the configuration')
      .requiredOption('--config <path>', 'configuration, JSON')
      .action(async (options: {config: string}) => {
        const status = await this.checkConfig(options.config);
        await this.logger.write(status);
      });
  }

  override discoverCommand(): Command {
    return new Command('discover')
      .description('print the streams')
      .requiredOption('--config <path>', 'configuration, JSON')
      .action(async (options: {config: string}) => {
        const config = await loadConfig(this.connector, this.source, options.config);
        const streams = this.source.streamsOf(config);
        await this.logger.write(new AirbyteCatalogMessage(this.source.catalog(streams)));
      });
  }

  override readCommand(): Command {
    return new Command('read')
      .description('read the selected streams')
      .requiredOption('--config <path>', 'configuration, JSON')
      .requiredOption('--catalog <path>', 'configured catalog, JSON')
      .option('--state <path>', 'states of an earlier read, JSON')
      .action(async (options: {config: string; catalog: string; state?: string}) => {
        const config = await loadConfig(this.connector, this.source, options.config);
        const catalog = parseCatalog(await readJsonFile(options.catalog, 'catalog'));
        const known = new Set(this.source.streamsOf(config).map((definition) => definition.name));
        const unknown = catalog.streams.filter((stream) => !known.has(stream.name));
        if (unknown.length > 0) {
          const names = firstFew(
            unknown.map((stream) => JSON.stringify(stream.name)),
            ', '
          );
          throw new ConfigError('catalog_invalid', `The catalog selects streams that do not exist: ${names}.`);
        }
        const states = parseStates(
          options.state === undefined ? undefined : await readOptionalJsonFile(options.state, 'state')
        );
        await this.readStreams(config, catalog, states);
      });
  }

  private async readStreams(
    config: Config,
    catalog: ReturnType<typeof parseCatalog>,
    states: ReturnType<typeof parseStates>
  ): Promise<void> {
    const {clock, end, log, writer} = this.connector;
    const outputs = this.source.readStreams({config, catalog, states}, {clock, log, signal: end.signal});
    const messages = toProtocolMessages(outputs, clock);
    for (;;) {
      const next = await messages.next();
      if (next.done === true) {
        if (next.value.length === 0) return;
        log.error(`The read is incomplete. Failed streams: ${next.value.join(', ')}.`);
        process.exitCode = 1;
        return;
      }
      const wait = next.value instanceof RecordRows ? writer.writeRows(next.value) : writer.write(next.value);
      if (wait !== undefined) await wait;
      if (end.signal.aborted) {
        await messages.return([]);
        process.exitCode = 1;
        return;
      }
    }
  }

  private async checkConfig(path: string): Promise<AirbyteConnectionStatusMessage> {
    try {
      const config = await loadConfig(this.connector, this.source, path);
      const {clock, end, log} = this.connector;
      const result = await this.source.checkConnection(config, {clock, log, signal: end.signal});
      if (result.ok) return new AirbyteConnectionStatusMessage({status: AirbyteConnectionStatus.SUCCEEDED});
      return failedStatus(result.error.message);
    } catch (error) {
      return failedStatus(toConnectorError(error).message);
    }
  }
}
