// What a probe finds out, printed as it is found, and the switches that make the simulator behave alike.
import type {Scope} from '../../simulator/options';

/** Undefined where the probe could not tell. */
export interface Facts {
  missingScopes: Scope[];
  members?: number;
  ties: number;
  lateFiles: number;
  events: number;
  repeatedEvents: number;
  unreadableLines: number;
  wrongHashes: number;
  uploadLifeHours?: number;
  linkLifeSeconds?: number | undefined;
  requestsPerMinute?: number;
  latencyMs?: number;
  latencySpreadMs?: number;
}

export const noFacts = (): Facts => ({
  missingScopes: [],
  ties: 0,
  lateFiles: 0,
  events: 0,
  repeatedEvents: 0,
  unreadableLines: 0,
  wrongHashes: 0,
});

export function say(name: string, value: unknown): void {
  console.log(`${`  ${name}`.padEnd(54)}${String(value)}`);
}

export function begin(title: string): void {
  console.log(`\n${title}`);
}

/** For `npm run simulator --`. */
export function toSwitches(facts: Facts): string[] {
  const switches: string[] = [];
  const set = (name: string, value: number | undefined, least = 1): void => {
    if (value !== undefined && value >= least) switches.push(`--${name} ${value}`);
  };
  const {events, missingScopes, repeatedEvents} = facts;
  if (missingScopes.length > 0) switches.push(`--deny ${missingScopes.join(',')}`);
  set('members', facts.members);
  set('duplicates', events === 0 ? undefined : Number((repeatedEvents / events).toFixed(4)), 0);
  set('ties', facts.ties);
  set('late-files', facts.lateFiles);
  set('unreadable-lines', facts.unreadableLines);
  set('tampered-sha256', facts.wrongHashes);
  set('upload-life', facts.uploadLifeHours);
  set('signed-url-life', facts.linkLifeSeconds);
  set('requests-per-minute', facts.requestsPerMinute);
  set('latency', facts.latencyMs);
  set('latency-spread', facts.latencySpreadMs);
  return switches;
}
