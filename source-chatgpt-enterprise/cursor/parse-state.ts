// A saved state in the form a stream reads; one that a newer version wrote is refused by name, never taken for a start.
import type * as z from 'zod';
import {ConfigError} from '../../core/errors';

const stateVersion = 1;

export function parseState<State>(schema: z.ZodType<State>, state: unknown, stream: string): State {
  const parsed = schema.safeParse(state);
  if (parsed.success) return parsed.data;
  const version = typeof state === 'object' && state !== null && 'version' in state ? state.version : undefined;
  if (typeof version === 'number' && version > stateVersion) {
    throw new ConfigError(
      'state_invalid',
      `A newer version of the connector wrote the saved state of stream ${stream}: its form is ${version}, this version reads ${stateVersion}.`
    );
  }
  throw new ConfigError('state_invalid', `The saved state of stream ${stream} is not one this version reads.`);
}
