// The command line of a tool that is run by `npm run NAME --`: what it takes, `--help`, and words for what it does not take.
import {Command, InvalidArgumentError} from 'commander';

export function toolCommand(name: string, description: string): Command {
  return new Command(`npm run ${name} --`).description(description).showHelpAfterError();
}

export function toWholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

export function toCount(text: string): number {
  const count = toWholeNumber(text);
  if (count === 0) throw new InvalidArgumentError('It must be 1 or more.');
  return count;
}
