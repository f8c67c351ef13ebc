// Row `memory`: peak memory of both processes at one and at ten times the data.
import {executables} from '../bench';
import {atMost, type Figure, type Row} from '../row';

export const memory: Row = {
  name: 'memory',
  async measure(bench) {
    const figures: Figure[] = [];
    for (const megabytes of bench.isQuick ? [30, 300] : [100, 1000]) {
      const service = await bench.serve('memory', ['--bulk-logs', String(megabytes)]);
      try {
        const {config} = bench.destinationConfig('memory');
        const writing = [executables.destination, 'write', '--config', config, '--catalog', service.catalog];
        const {usages} = await bench.pipe([bench.read(service), writing]);
        const [source = 0, destination = 0] = usages.map(({peakMegabytes}) => peakMegabytes);
        figures.push(atMost(`source, ${megabytes} MB of log files`, source, 'MB', 200));
        figures.push(atMost(`destination, ${megabytes} MB of log files`, destination, 'MB', 200));
      } finally {
        await service.stop();
      }
    }
    return figures;
  },
};
