// Watches the resident memory of processes from outside, so that their own threads are not held up.
import {readFileSync} from 'node:fs';

/** Resident megabytes of one process over seconds since the watch began. */
export type MemoryCurve = readonly (readonly [seconds: number, megabytes: number])[];

const everyMs = 250;

export class MemoryWatch {
  private readonly startedMs = performance.now();
  private readonly points: [number, number][][];
  private readonly timer: NodeJS.Timeout;

  /** @param pidFiles each is written by its process when it starts */
  constructor(private readonly pidFiles: readonly string[]) {
    this.points = pidFiles.map(() => []);
    this.timer = setInterval(() => this.look(), everyMs);
  }

  stop(): readonly MemoryCurve[] {
    clearInterval(this.timer);
    return this.points;
  }

  private look(): void {
    const seconds = (performance.now() - this.startedMs) / 1000;
    for (const [index, file] of this.pidFiles.entries()) {
      const megabytes = residentMegabytes(file);
      if (megabytes !== undefined) this.points[index]?.push([seconds, megabytes]);
    }
  }
}

/** Undefined before the process has started and when it has ended. */
function residentMegabytes(pidFile: string): number | undefined {
  try {
    const status = readFileSync(`/proc/${readFileSync(pidFile, 'utf8')}/status`, 'utf8');
    const [, kibibytes] = /VmRSS:\s+(\d+)/.exec(status) ?? [];
    return kibibytes === undefined ? undefined : Number(kibibytes) / 1024;
  } catch {
    return undefined;
  }
}
