// Reads the saved states a source is started with: STREAM states as plain JSON, with nulls and extra fields accepted.
import * as z from 'zod';
import {ConfigError} from '../core/errors';
import type {StreamStates} from './source';

const messageSchema = z.looseObject({
  type: z.string().nullish(),
  stream: z
    .looseObject({stream_descriptor: z.looseObject({name: z.string()}), stream_state: z.unknown().optional()})
    .nullish(),
});

/** @param raw content of the state file; undefined, `[]` and `{}` mean that there is no state */
export function parseStates(raw: unknown): StreamStates {
  const states = new Map<string, unknown>();
  for (const entry of toMessages(raw)) {
    const result = messageSchema.safeParse(unwrap(entry));
    if (!result.success || !result.data.stream) {
      throw new ConfigError('state_invalid', 'The saved state is not made of STREAM states.');
    }
    const state = result.data.stream.stream_state;
    if (state !== undefined && state !== null) states.set(result.data.stream.stream_descriptor.name, state);
  }
  return states;
}

function toMessages(raw: unknown): readonly unknown[] {
  if (raw === undefined || raw === null) return [];
  if (Array.isArray(raw)) return raw;
  return typeof raw === 'object' && Object.keys(raw).length === 0 ? [] : [raw];
}

/** Some tools save whole messages, `{type: "STATE", state: {…}}`. */
function unwrap(entry: unknown): unknown {
  if (typeof entry !== 'object' || entry === null || !('type' in entry) || !('state' in entry)) return entry;
  return entry.type === 'STATE' ? entry.state : entry;
}
