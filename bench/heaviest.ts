// What a CPU profile says of single functions: which took most time themselves.
import {basename} from 'node:path';

/** A `.cpuprofile`, as the Chrome DevTools Protocol describes Profiler.Profile; times are in µs. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {readonly functionName: string; readonly url: string; readonly lineNumber: number};
  }[];
  /** The node that was running at each sample, and the time since the sample before. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface HeavyFunction {
  readonly name: string;
  readonly selfMs: number;
  /** Of the time in which the thread did something. */
  readonly share: number;
}

/** @param most how many are told, heaviest first */
export function heaviest({nodes, samples, timeDeltas}: CpuProfile, most: number): readonly HeavyFunction[] {
  const names = new Map(nodes.map(({id, callFrame}) => [id, describe(callFrame)]));
  const selfMs = new Map<string, number>();
  for (const [index, node] of samples.entries()) {
    const name = names.get(node) ?? '';
    if (name !== '(idle)') selfMs.set(name, (selfMs.get(name) ?? 0) + (timeDeltas[index] ?? 0) / 1000);
  }
  const allMs = [...selfMs.values()].reduce((sum, ms) => sum + ms, 0);
  return [...selfMs]
    .map(([name, ms]) => ({name, selfMs: ms, share: ms / allMs}))
    .sort((a, b) => b.selfMs - a.selfMs)
    .slice(0, most);
}

function describe({functionName, url, lineNumber}: CpuProfile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  return url === '' ? name : `${name} ${basename(url)}:${lineNumber + 1}`;
}
