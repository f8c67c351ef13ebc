// Row `formats`: what each format of an item costs, alone and together.
import {executables} from '../bench';
import {type Figure, median, type Row} from '../row';

const choices = [['eml'], ['rsmf'], ['text_delimited'], ['eml', 'rsmf'], ['eml', 'rsmf', 'text_delimited']] as const;

export const formats: Row = {
  name: 'formats',
  async measure(bench) {
    const {megabytes} = bench;
    const service = await bench.serve('formats', ['--bulk-logs', String(megabytes)]);
    try {
      const records = await bench.record(service, 'records.jsonl');
      const rounds = await bench.repeat(async () => {
        const seconds: number[] = [];
        for (const chosen of choices) {
          const {config} = bench.destinationConfig('formats', {formats: chosen});
          const command = [executables.destination, 'write', '--config', config, '--catalog', service.catalog];
          seconds.push((await bench.run(command, {stdin: records.path})).usage.cpuSeconds);
        }
        return seconds;
      });
      return choices.map((chosen, index): Figure => ({
        what: `log bytes into ${chosen.join(', ')}`,
        value: median(rounds.map((seconds) => megabytes / (seconds[index] ?? Number.NaN))),
        unit: 'MB per CPU second',
      }));
    } finally {
      await service.stop();
    }
  },
};
