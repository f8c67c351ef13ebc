// Whether two targets would share a place: neither ledger nor anybody else could tell then what is whose.
import {resolve} from 'node:path';
import {isUuid} from '../../core/uuid';
import type {TargetConfig} from './target-config';

interface SetTarget {
  /** Where it stands in the settings. */
  readonly field: readonly (string | number)[];
  readonly target: TargetConfig;
}

interface Place {
  /** Disk or bucket. */
  readonly store: string;
  /** What leads to it there. */
  readonly parts: readonly string[];
}

/** Which of two must move, and why, naming the other; undefined where each has a place of its own. */
export function describeSharedPlace(
  one: SetTarget,
  other: SetTarget
): {field: (string | number)[]; problem: string} | undefined {
  const [place, otherPlace] = [placeOf(one.target), placeOf(other.target)];
  if (place === undefined || otherPlace === undefined || place.store !== otherPlace.store) return undefined;
  const within = partsWithin(place, otherPlace);
  const [inner, outer] = within === undefined ? [other, one] : [one, other];
  const [field, name] = [[...inner.field], outer.field.join('.')];
  if (within?.length === 0) return {field, problem: `must not be the same place as ${name}`};
  if (!leadsIntoWorkspace(within ?? partsWithin(otherPlace, place))) return undefined;
  return {field, problem: `must not lie where a workspace has its items in ${name}`};
}

/** Undefined for a mail server, which has no places. */
function placeOf(target: TargetConfig): Place | undefined {
  if (target.type === 'folder') return {store: 'disk', parts: partsOf(resolve(target.path).slice(1))};
  if (target.type === 'smtp') return undefined;
  const {bucket, endpoint, region, prefix = ''} = target;
  const address = endpoint ?? `https://s3.${region}.amazonaws.com`;
  if (!URL.canParse(address)) return undefined; // its own field says so
  return {store: `${new URL(address).host}/${bucket}`, parts: partsOf(prefix.replace(/^\/+|\/+$/g, ''))};
}

function partsOf(path: string): string[] {
  return path === '' ? [] : path.split('/');
}

/** What leads to the one place from the other; undefined where it does not lie there. */
function partsWithin({parts}: Place, {parts: around}: Place): readonly string[] | undefined {
  return around.every((part, at) => part === parts[at]) ? parts.slice(around.length) : undefined;
}

/** Beside the directories of workspaces another target may lie: what is in those alone is taken for ours. */
function leadsIntoWorkspace([first]: readonly string[] = []): boolean {
  return first !== undefined && (isUuid(first) || first === 'default' || first === '.arctera-archive');
}
