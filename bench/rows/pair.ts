// Row `pair`: both connectors end to end into a folder, every item flushed and every state released.
import {executables} from '../bench';
import {StateWatch} from '../state-watch';
import {atLeast, atMost, median, type Row} from '../row';

export const pair: Row = {
  name: 'pair',
  async measure(bench) {
    const megabytes = bench.megabytes * 2;
    const service = await bench.serve('pair', ['--bulk-logs', String(megabytes)]);
    try {
      const runs = await bench.repeat(3, async () => {
        const {config} = bench.destinationConfig('pair');
        const watch = new StateWatch();
        const writing = [executables.destination, 'write', '--config', config, '--catalog', service.catalog];
        const run = await bench.pipe([bench.read(service), writing], {onOutput: (bytes) => watch.take(bytes)});
        const cpuSeconds = run.usages.reduce((sum, usage) => sum + usage.cpuSeconds, 0);
        return {...run, cpuSeconds, gap: watch.largestGapSeconds, events: watch.archivedMessages};
      });
      const events = median(runs.map((run) => run.events));
      return [
        atLeast('log bytes into items', median(runs.map(({seconds}) => megabytes / seconds)), 'MB/s', 25),
        atLeast('events into items', median(runs.map(({seconds}) => events / seconds)), 'events/s', 8000),
        atLeast(
          'log bytes by CPU time of both',
          median(runs.map((run) => megabytes / run.cpuSeconds)),
          'MB per CPU second',
          12.5
        ),
        atMost('longest wait for a released state', median(runs.map(({gap}) => gap)), 's', 3),
        atMost(
          'peak memory of the source',
          Math.max(...runs.map(({usages}) => usages[0]?.peakMegabytes ?? 0)),
          'MB',
          200
        ),
        atMost(
          'peak memory of the destination',
          Math.max(...runs.map(({usages}) => usages[1]?.peakMegabytes ?? 0)),
          'MB',
          200
        ),
      ];
    } finally {
      await service.stop();
    }
  },
};
