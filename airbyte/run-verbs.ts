// Runs one verb of a command line inside a connector process.
import {basename} from 'node:path';
import {type Command, CommanderError} from 'commander';
import {ConfigError} from '../core/errors';
import type {ConnectorProcess} from './connector-process';

export function runVerbs(connector: ConnectorProcess, main: Command, argv: readonly string[]): Promise<void> {
  main.name(basename(process.argv[1] ?? '', '.js')); // help is for who types it, and the bundle is named like its executable
  return connector.run(async () => {
    for (const command of [main, ...main.commands]) {
      command.exitOverride().configureOutput({writeErr: () => undefined}); // nothing goes to stderr
      for (const option of command.options) if (option.required) option.argParser(once(option.long ?? option.flags));
    }
    const [verb, asked = ''] = argv;
    const isVerb = main.commands.some((each) => each.name() === asked);
    const isUnknown = verb === 'help' && /^(?!help$)\w/.test(asked) && !isVerb;
    try {
      if (isUnknown) throw new CommanderError(1, 'commander.unknownCommand', '');
      await main.parseAsync([...argv], {from: 'user'});
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      if (error.exitCode === 0) return 0; // --help and --version
      throw new ConfigError('command_invalid', `The command line is not valid: ${reasonOf(error)}.`, {cause: error});
    }
    return Number(process.exitCode ?? 0);
  });
}

/** Of an option that is given twice commander takes the last value, and says nothing of the other. */
function once(name: string): (value: string, before: string | undefined) => string {
  return (value, before) => {
    if (before !== undefined) {
      throw new ConfigError(
        'command_invalid',
        `${name} is given more than once. Where it takes several values, they are separated by commas.`
      );
    }
    return value;
  };
}

/** Names of options and arguments, never what was given for them: it might be a secret. */
function reasonOf({code, message}: CommanderError): string {
  const [, option] = /'(--?[A-Za-z][\w-]{0,40})[^']*'/.exec(message) ?? [];
  switch (code) {
    case 'commander.help':
      return 'a command is missing';
    case 'commander.unknownCommand':
      return 'there is no such command';
    case 'commander.unknownOption':
      return option === undefined ? 'there is no such option' : `there is no option ${option} here`;
    case 'commander.missingMandatoryOptionValue':
      return `the option ${option} is missing`;
    case 'commander.optionMissingArgument':
      return `the option ${option} has no value`;
    case 'commander.missingArgument':
      return 'an argument of the command is missing';
    case 'commander.excessArguments':
      return 'there is more behind the command than it takes; several values of an option are separated by commas, without spaces';
    default:
      return 'it cannot be read';
  }
}
