// Command lines that are wrong: told what is wrong with them, and never answered as if something else had been asked.
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {messageLines} from './contract-rows';
import {printed, temporaryFolder, write} from './destination-process';
import {root} from '../source-files';
import {canary} from '../support/canary';
import {runExecutable} from '../support/executables';

test.each<[string, string[], string]>([
  ['no command', [], 'a command is missing'],
  ['an unknown command', ['verfy'], 'there is no such command'],
  ['no configuration', ['verify'], 'the option --config is missing'],
  ['an option without a value', ['verify', '--config'], 'the option --config has no value'],
  ['an unknown option', ['status', '--config', 'c', '--maxage', '3h'], 'there is no option --maxage here'],
  ['a key for an option', ['verify', '--config', 'c', `--api-key=${canary.key}`], 'there is no option --api-key here'],
  ['no action', ['hold', '--config', 'c'], 'an argument of the command is missing'],
  ['more than one action', ['hold', 'add', 'list', '--config', 'c'], 'more behind the command than it takes'],
  [
    'an option twice',
    ['hold', 'list', '--config', 'c', '--user', 'a', '--user', 'b'],
    '--user is given more than once',
  ],
  ['two configurations', ['verify', '--config', 'a', '--config', 'b'], '--config is given more than once'],
  ['help for an unknown command', ['help', 'verfy'], 'there is no such command'],
])('%s: what is wrong is named', (_, args, said) => {
  const {status, stdout, stderr} = runExecutable(join(root, 'bin', 'destination-arctera-archive'), args);
  const {trace} = JSON.parse(stdout) as {trace: {error: {message: string; internal_message: string}}};
  expect(trace.error.message).toContain(said);
  expect([status, stderr, trace.error.internal_message]).toEqual([1, '', 'ConfigError command_invalid']);
});

test.each([
  ['source-chatgpt-enterprise', ['--help'], ''],
  ['source-chatgpt-enterprise', ['read', '--help'], ' read'],
  ['destination-arctera-archive', ['--help'], ''],
  ['destination-arctera-archive', ['hold', '--help'], ' hold'],
])('the help of %s is its own (%j)', (name, args, verb) => {
  const {status, stdout, stderr} = runExecutable(join(root, 'bin', name), args);
  expect(stdout).toContain(`Usage: ${name}${verb} [options]`);
  expect([status, stderr]).toEqual([0, '']);
});

test.each<[string, string[]]>([
  ['verify', ['--format', 'JSON']],
  ['report', ['--format', 'csv']],
  ['status', ['--format', 'text']],
  ['show', ['--event', 'e1', '--format', 'txt']],
  ['hold', ['list', '--format', 'yaml']],
  ['policy-test', ['--ledger', 'yes']],
])('%s with a value that an option does not have is refused, not answered in another form', async (verb, options) => {
  const path = temporaryFolder();
  await write({path}, messageLines({event: 'e1'}));
  const {exit, text} = await printed(verb, {path, options});
  expect([exit, text]).toEqual([1, expect.stringMatching(/--(format|ledger) must be (json|text|read)/)]);
});
