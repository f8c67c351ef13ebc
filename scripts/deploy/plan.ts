// What a deployment file says: an Airbyte, two images, and a connection with its schedule. Secrets are names of variables.
import * as z from 'zod';
import {array} from '../../core/json-values';

/** `{"env": "NAME"}` stands for the value of an environment variable wherever a configuration has a value. */
const configuration = z.record(z.string(), z.unknown());

const connector = z.strictObject({
  /** Repository of the image, with its registry. */
  image: z.string().min(1),
  tag: z.string().min(1),
  name: z.string().min(1),
  configuration,
});

const planSchema = z.strictObject({
  airbyte: z.strictObject({
    /** Such as https://airbyte.example.com/api/public/v1. */
    url: z.url(),
    workspace_id: z.uuid(),
  }),
  source: connector,
  destination: connector,
  connection: z.strictObject({
    name: z.string().min(1),
    /** Six fields: seconds, minutes, hours, day of month, month, day of week. */
    cron: z.string().regex(/^\S+( \S+){5,6}$/, 'must be a cron expression of six fields'),
    status: z.enum(['active', 'inactive']).default('active'),
    /** All streams of the source when absent, those of `extra_log_types` too. */
    streams: z.array(z.string()).min(1).optional(),
  }),
});

export interface Plan extends z.output<typeof planSchema> {
  /** Of the source's configuration: each is a stream of its own. */
  readonly extraLogTypes: readonly string[];
}

/** Throws for a file that is not a plan, naming what is wrong in it. */
export function parsePlan(text: string, environment: Readonly<Record<string, string | undefined>>): Plan {
  const parsed = planSchema.safeParse(parseJson(text));
  if (!parsed.success) throw new Error(`The deployment file is not valid.\n${z.prettifyError(parsed.error)}`);
  const plan = parsed.data;
  for (const each of [plan.source, plan.destination]) {
    each.configuration = fillIn(each.configuration, environment) as Record<string, unknown>;
  }
  const types = plan.source.configuration['extra_log_types'];
  return {...plan, extraLogTypes: array(types).filter((type) => typeof type === 'string')};
}

/** What Node.js says of a text that is not JSON quotes it, and with it perhaps a secret: only the place is told. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const place = /position \d+/.exec(error instanceof Error ? error.message : '')?.[0];
    throw new Error(`The deployment file is not JSON${place === undefined ? '' : ` (${place})`}.`, {cause: error});
  }
}

function fillIn(value: unknown, environment: Readonly<Record<string, string | undefined>>): unknown {
  if (Array.isArray(value)) return value.map((member) => fillIn(member, environment));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]?.[0] === 'env' && typeof entries[0][1] === 'string') {
    const found = environment[entries[0][1]];
    if (found === undefined || found === '') throw new Error(`The environment variable ${entries[0][1]} is not set.`);
    return found;
  }
  return Object.fromEntries(entries.map(([key, member]) => [key, fillIn(member, environment)]));
}
