// Runs a destination's verbs on the CDK's command surface, with loading and the write loop replaced.
import {AirbyteDestinationRunner} from 'faros-airbyte-cdk/lib/destinations/destination-runner';
import {
  type AirbyteConfig,
  AirbyteConnectionStatus,
  AirbyteConnectionStatusMessage,
} from 'faros-airbyte-cdk/lib/protocol';
import {Command} from 'commander';
import {toConnectorError} from '../core/errors';
import {type ConnectorProcess, packageVersion} from './connector-process';
import type {Destination, DestinationContext, ExtraVerb} from './destination';
import {readDestinationInput} from './destination-input';
import {firstFew} from './first-few';
import {readJsonFile} from './json-file';
import {failedStatus, loadConfig} from './load-config';
import {parseCatalog} from './parse-catalog';
import {runVerbs} from './run-verbs';

const idleMs = 1_000;

export class DestinationRunner<Config> extends AirbyteDestinationRunner<AirbyteConfig> {
  constructor(
    private readonly connector: ConnectorProcess,
    protected override readonly destination: Destination<Config>
  ) {
    super(connector.logger, destination);
  }

  override mainCommand(): Command {
    const main = new Command()
      .version(packageVersion())
      .addCommand(this.specCommand())
      .addCommand(this.checkCommand())
      .addCommand(this.writeCommand());
    for (const verb of this.destination.extraVerbs) main.addCommand(this.extraCommand(verb));
    return main;
  }

  run(argv: readonly string[]): Promise<void> {
    return runVerbs(this.connector, this.mainCommand(), argv);
  }

  override specCommand(): Command {
    return new Command('spec').description('print the specification of the configuration').action(async () => {
      await this.logger.write(await this.destination.spec());
    });
  }

  override checkCommand(): Command {
    return new Command('check')
      .description('test the configuration')
      .requiredOption('--config <path>', 'configuration, JSON')
      .action(async (options: {config: string}) => {
        await this.logger.write(await this.checkConfig(options.config));
      });
  }

  override writeCommand(): Command {
    return new Command('write')
      .description('archive the records that arrive on stdin')
      .requiredOption('--config <path>', 'configuration, JSON')
      .requiredOption('--catalog <path>', 'configured catalog, JSON')
      .action(async (options: {config: string; catalog: string}) => {
        const config = await loadConfig(this.connector, this.destination, options.config);
        const catalog = parseCatalog(await readJsonFile(options.catalog, 'catalog'));
        const overwriting = catalog.streams.filter((stream) => stream.destinationSyncMode.startsWith('overwrite'));
        if (overwriting.length > 0) {
          const names = firstFew(
            overwriting.map((stream) => stream.name),
            ', '
          );
          this.connector.log.warn(`An archive deletes nothing: overwrite is treated as append for ${names}.`);
        }
        const {end, writer} = this.connector;
        const input = readDestinationInput(process.stdin, idleMs, end.signal);
        for await (const state of this.destination.writeRecords({config, catalog, input}, this.context())) {
          const wait = writer.writeLine(`{"type":"STATE","state":${state.text}}`, true);
          if (wait !== undefined) await wait;
        }
      });
  }

  private extraCommand(verb: ExtraVerb<Config>): Command {
    const command = new Command(verb.name)
      .description(verb.description)
      .requiredOption('--config <path>', 'configuration, JSON');
    for (const [name, value] of Object.entries(verb.options ?? {})) command.requiredOption(`--${name} <value>`, value);
    for (const [name, value] of Object.entries(verb.furtherOptions ?? {})) command.option(`--${name} <value>`, value);
    if (verb.argument !== undefined) command.argument(verb.argument);
    return command.action(async (...given: unknown[]) => {
      const isArgued = verb.argument !== undefined;
      const raw = given[isArgued ? 1 : 0] as Record<string, string>;
      const options = isArgued ? {...raw, argument: String(given[0])} : raw;
      const config = await loadConfig(this.connector, this.destination, options['config'] ?? '');
      const {end, writer} = this.connector;
      const input = (): ReturnType<typeof readDestinationInput> =>
        readDestinationInput(process.stdin, idleMs, end.signal);
      const print = async (text: string): Promise<void> => {
        await writer.writeLine(text, true);
      };
      const logged = (): Promise<void> => writer.flush();
      process.exitCode = await verb.run(config, this.context(), {options, input, print, logged});
    });
  }

  private async checkConfig(path: string): Promise<AirbyteConnectionStatusMessage> {
    try {
      await this.destination.checkConnection(await loadConfig(this.connector, this.destination, path), this.context());
      return new AirbyteConnectionStatusMessage({status: AirbyteConnectionStatus.SUCCEEDED});
    } catch (error) {
      return failedStatus(toConnectorError(error).message);
    }
  }

  private context(): DestinationContext {
    const {clock, end, log} = this.connector;
    return {clock, log, signal: end.signal};
  }
}
