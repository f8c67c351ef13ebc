// The time of the newest event of a type that the service knows, which not every service tells.
import * as z from 'zod';
import {parseMicros} from '../../core/micros';
import type {ComplianceClient} from './client';

const time = z.string().refine((text) => parseMicros(text) !== undefined);
const wireMaxEventTime = z.looseObject({max_event_time: z.record(z.string(), time.nullable())});

/** The answer is good to know and not needed: the read waits little for it. */
const patience = {patienceMs: 10_000, maxRateLimitMs: 60_000} as const;

/** @returns null when the service knows of no event of the type */
export async function getMaxEventTime(client: ComplianceClient, eventType: string): Promise<string | null> {
  const answer = await client.getJson(
    {
      route: 'max_event_time',
      path: ['max_event_time'],
      query: {event_type: eventType},
      purpose: 'log_listing',
      doing: `asking for the newest ${eventType} event`,
      ...patience,
    },
    wireMaxEventTime
  );
  return answer.max_event_time[eventType] ?? null;
}
