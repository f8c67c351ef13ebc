// The scalars of any JSON object as facts, nested ones under a path of names.
import type {Fact} from './fact';
import {toShownJson} from './shown-json';

const maxFacts = 60;
const maxDepth = 4;

/** @param left names at the top that are told in another way */
export function toFlatFacts(value: unknown, left: ReadonlySet<string> = new Set()): Fact[] {
  const facts: Fact[] = [];
  collect(value, [], left, facts);
  if (facts.length <= maxFacts) return facts;
  return [...facts.slice(0, maxFacts), {label: 'More', value: 'the rest is in events.jsonl'}];
}

function collect(value: unknown, path: readonly string[], left: ReadonlySet<string>, facts: Fact[]): void {
  if (facts.length > maxFacts || value === null || value === undefined) return;
  if (typeof value !== 'object') {
    const label = path.join(' / ').replaceAll('_', ' ') || 'value';
    facts.push({label, value: typeof value === 'string' ? value : JSON.stringify(value)});
    return;
  }
  if (path.length >= maxDepth) {
    facts.push({label: path.join(' / ').replaceAll('_', ' '), value: toShownJson(value)});
    return;
  }
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) {
    if (value.length > 0) facts.push({label: path.join(' / ').replaceAll('_', ' '), value: value.join(', ')});
    return;
  }
  for (const [name, member] of Object.entries(value)) {
    if (path.length > 0 || !left.has(name)) collect(member, [...path, name], left, facts);
  }
}
