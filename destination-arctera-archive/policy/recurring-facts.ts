// What records have in common with many others: what rules ask of it is worked out once for each value.
import {findStream} from '../../contract';
import type {RecordFacts} from './record-facts';

/** So much of a time is its day. */
const dayLength = '2026-01-31'.length;

/** Each fact as the values that a record has of it; a condition asks for one of them. */
const toValues = {
  stream: ({stream}) => [stream, findStream(stream)?.name ?? stream], // with the prefix of a connection, and without
  role: ({role}) => [role],
  isTemporaryChat: ({isTemporaryChat}) => [isTemporaryChat ? 'yes' : 'no'],
  day: ({time}) => (time === undefined ? [] : [time.slice(0, dayLength)]),
  model: ({model}) => (model === undefined ? [] : [model]),
  client: ({client}) => (client === undefined ? [] : [client]),
  gpts: ({gpts}) => gpts,
  projects: ({projects}) => projects,
  tools: ({tools}) => tools,
  hasFile: ({files}) => (files.length === 0 ? [] : ['yes']),
  fileTypes: ({files}) => files.map(({type}) => type),
} as const satisfies Record<string, (facts: RecordFacts) => readonly string[]>;

export type RecurringFact = keyof typeof toValues;

export const recurringFacts = Object.keys(toValues) as RecurringFact[];

export function valuesOf(fact: RecurringFact, facts: RecordFacts): readonly string[] {
  return toValues[fact](facts);
}

/** Whether a time is before the date is told by its day where the date names no more than that. */
export function isDay(date: string): boolean {
  return date.length <= dayLength;
}
