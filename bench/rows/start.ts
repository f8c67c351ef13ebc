// Row `start`: how long each verb takes, beside a Node.js process that does nothing.
import {executables, type Bench} from '../bench';
import {atMost, type Figure, limit, median, type Row} from '../row';

const rounds = 9;

async function startMs(bench: Bench, command: readonly string[]): Promise<number> {
  const taken: number[] = [];
  for (let round = 0; round < rounds; round++) taken.push((await bench.run(command)).seconds * 1000);
  return median(taken);
}

export const start: Row = {
  name: 'start',
  async measure(bench) {
    const service = await bench.serve('start', []);
    try {
      const {config} = bench.destinationConfig('start');
      const nothing = await startMs(bench, ['node', '-e', '0']);
      const beyond = async (what: string, command: readonly string[], most?: number): Promise<Figure> => {
        const value = (await startMs(bench, command)) - nothing;
        const named = `${what}, beyond node -e 0`;
        return most === undefined ? {what: named, value, unit: 'ms'} : atMost(named, value, 'ms', most);
      };
      const {source, destination} = executables;
      return [
        limit('node -e 0', nothing, 'ms'),
        await beyond('source spec', [source, 'spec'], 150),
        await beyond('source check', [source, 'check', '--config', service.sourceConfig]),
        await beyond('source discover', [source, 'discover', '--config', service.sourceConfig]),
        await beyond('destination spec', [destination, 'spec'], 150),
        await beyond('destination check', [destination, 'check', '--config', config]),
      ];
    } finally {
      await service.stop();
    }
  },
};
