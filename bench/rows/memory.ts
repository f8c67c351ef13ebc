// Row `memory`: peak memory of both processes at one, ten and a hundred times the data, with a picture of the largest.
import {executables} from '../bench';
import {drawCurves} from '../curves-svg';
import {atMost, type Figure, type Row} from '../row';

const mostMegabytes = 200;
const processes = ['source', 'destination'];

export const memory: Row = {
  name: 'memory',
  async measure(bench) {
    const figures: Figure[] = [];
    const peaks: (readonly number[])[] = [];
    // Log files of a hundredth of the largest size: the smallest is one of them.
    const messages = bench.isQuick ? 300 : 3000;
    for (const megabytes of bench.isQuick ? [1, 10, 100] : [10, 100, 1000]) {
      const switches = ['--bulk-logs', String(megabytes), '--bulk-log-messages', String(messages)];
      const service = await bench.serve('memory', switches);
      try {
        const {config} = bench.destinationConfig('memory');
        const writing = [executables.destination, 'write', '--config', config, '--catalog', service.catalog];
        const {memory: curves, usages} = await bench.pipe([bench.read(service), writing]);
        peaks.push(usages.map(({peakMegabytes}) => peakMegabytes));
        for (const [index, name] of processes.entries()) {
          const peak = usages[index]?.peakMegabytes ?? Number.NaN;
          figures.push(atMost(`${name}, ${megabytes} MB of log files`, peak, 'MB', mostMegabytes));
        }
        // Overwritten by the next size, so that the largest stays.
        const picture = {
          title: `Memory of both connectors over ${megabytes} MB of log files`,
          curves: processes.map((name, index) => ({name, points: curves[index] ?? []})),
          xLabel: 'seconds',
          yLabel: 'resident MB',
          bound: {y: mostMegabytes, name: `${mostMegabytes} MB`},
        };
        bench.keep('memory.svg', drawCurves(picture));
      } finally {
        await service.stop();
      }
    }
    for (const [index, name] of processes.entries()) {
      const value = (peaks.at(-1)?.[index] ?? Number.NaN) / (peaks[0]?.[index] ?? Number.NaN);
      figures.push({what: `${name}, a hundred times the data, to one`, value, unit: 'times'});
    }
    return figures;
  },
};
