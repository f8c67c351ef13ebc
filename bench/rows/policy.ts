// Row `policy`: what a policy of 500 rules with 2,000 keywords costs, beside the same records without one.
import {executables} from '../bench';
import {toLargePolicy} from '../large-policy';
import {atLeast, limit, median, type Row} from '../row';

export const policy: Row = {
  name: 'policy',
  async measure(bench) {
    const megabytes = bench.fewerMegabytes;
    const service = await bench.serve('policy', ['--bulk-logs', String(megabytes)]);
    try {
      const records = await bench.record(service, 'records.jsonl');
      const rateOf = async (settings: Readonly<Record<string, unknown>>): Promise<Rates> => {
        const {config} = bench.destinationConfig('policy', settings);
        const command = [executables.destination, 'write', '--config', config, '--catalog', service.catalog];
        const {seconds, usage} = await bench.run(command, {stdin: records.path});
        return {byCpu: megabytes / usage.cpuSeconds, byClock: megabytes / seconds};
      };
      // One beside the other in every round, each first in one: what else the machine does meets both.
      const rounds = await bench.repeat(2, async (round) => {
        const first = await rateOf(round === 0 ? {} : toLargePolicy());
        const second = await rateOf(round === 0 ? toLargePolicy() : {});
        return round === 0 ? {without: first, with: second} : {without: second, with: first};
      });
      const medianOf = (toValue: (round: (typeof rounds)[number]) => number): number => median(rounds.map(toValue));
      return [
        limit(
          'log bytes into items without a policy',
          medianOf(({without}) => without.byCpu),
          'MB per CPU second'
        ),
        {what: 'the same with the policy', value: medianOf((round) => round.with.byCpu), unit: 'MB per CPU second'},
        atLeast(
          'share that is left',
          medianOf((round) => round.with.byCpu / round.without.byCpu),
          'ratio',
          0.75
        ),
        {
          what: 'share that is left, by the clock',
          value: medianOf((round) => round.with.byClock / round.without.byClock),
          unit: 'ratio',
        },
      ];
    } finally {
      await service.stop();
    }
  },
};

interface Rates {
  readonly byCpu: number;
  readonly byClock: number;
}
