// Runs one verb of a command line inside a connector process.
import {type Command, CommanderError} from 'commander';
import {ConfigError} from '../core/errors';
import type {ConnectorProcess} from './connector-process';

export function runVerbs(connector: ConnectorProcess, main: Command, argv: readonly string[]): Promise<void> {
  return connector.run(async () => {
    for (const command of [main, ...main.commands]) {
      command.exitOverride().configureOutput({writeErr: () => undefined}); // nothing goes to stderr
    }
    try {
      await main.parseAsync([...argv], {from: 'user'});
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      if (error.exitCode === 0) return 0; // --help and --version
      throw new ConfigError('command_invalid', 'The command line is not valid.', {cause: error});
    }
    return Number(process.exitCode ?? 0);
  });
}
