// Row `formats`: what each format of an item costs, alone and together.
import {executables} from '../bench';
import type {Figure, Row} from '../row';

const choices = [['eml'], ['rsmf'], ['text_delimited'], ['eml', 'rsmf'], ['eml', 'rsmf', 'text_delimited']] as const;

export const formats: Row = {
  name: 'formats',
  async measure(bench) {
    const megabytes = 40; // five times, the last of them thrice the work of the first
    const service = await bench.serve('formats', ['--bulk-logs', String(megabytes)]);
    try {
      const records = await bench.record(service, 'records.jsonl');
      const figures: Figure[] = [];
      // Once: each is a run of many seconds, and they differ by more than rounds of one do.
      for (const chosen of choices) {
        const {config} = bench.destinationConfig('formats', {formats: chosen});
        const command = [executables.destination, 'write', '--config', config, '--catalog', service.catalog];
        const {usage} = await bench.run(command, {stdin: records.path});
        figures.push({
          what: `log bytes into ${chosen.join(', ')}`,
          value: megabytes / usage.cpuSeconds,
          unit: 'MB per CPU second',
        });
      }
      return figures;
    } finally {
      await service.stop();
    }
  },
};
