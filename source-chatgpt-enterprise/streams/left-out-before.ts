// Which events the start date has left out, as the states of the streams that log files feed remember it.
import {conversations} from '../../contract/conversations';
import {fileChunks, files} from '../../contract/files';
import {type LogStreamDefinition, logStreams} from '../../contract/log-streams';
import {messages} from '../../contract/messages';
import {isBefore, parseMicros} from '../../core/micros';
import {asObject} from '../normalize/json-object';
import type {SelectedStates} from './read-scope';

/** What a state says of it beside its own cursor; nothing where no event was left out. */
export interface LeftOut {
  /** Events before this are not in what the state calls done. */
  readonly start_date?: string;
}

export class LeftOutBefore {
  /** Streams that left out events which are asked for now, each with the start date it had. */
  readonly begunAnew: ReadonlyMap<string, string>;
  private readonly saved: ReadonlyMap<string, string>;
  private readonly fedByLogs: ReadonlySet<string>;

  /** @param startDate of the configuration; undefined leaves nothing out */
  constructor(
    selected: SelectedStates,
    private readonly startDate: string | undefined,
    extraLogStreams: readonly LogStreamDefinition[]
  ) {
    const fed = [messages, conversations, files, fileChunks, ...logStreams, ...extraLogStreams];
    this.fedByLogs = new Set(fed.map(({name}) => name));
    this.saved = new Map([...selected].flatMap(([stream, state]) => savedDateOf(stream, state)));
    const isEarlier = ([, before]: [string, string]): boolean => startDate === undefined || isBefore(startDate, before);
    this.begunAnew = new Map([...this.saved].filter(isEarlier));
  }

  /** What the states of the stream are to say from now on. */
  of(stream: string): LeftOut {
    const saved = this.saved.get(stream);
    // A later date leaves out what comes late of the time between, and is not forgotten for an earlier one.
    const before = saved === undefined || this.begunAnew.has(stream) ? this.startDate : laterOf(saved, this.startDate);
    return before === undefined || !this.fedByLogs.has(stream) ? {} : {start_date: before};
  }
}

function savedDateOf(stream: string, state: unknown): [string, string][] {
  const before = asObject(state)?.['start_date'];
  return typeof before === 'string' && parseMicros(before) !== undefined ? [[stream, before]] : [];
}

function laterOf(one: string, other: string | undefined): string {
  return other === undefined || isBefore(other, one) ? one : other;
}
