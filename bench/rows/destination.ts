// Row `destination`: RECORD lines into items, beside parsing them, composing them, and flushing files alone.
import {statSync} from 'node:fs';
import {executables} from '../bench';
import {countItems} from '../items';
import {type Figure, limit, median, type Row} from '../row';

export const destination: Row = {
  name: 'destination',
  async measure(bench) {
    const {megabytes} = bench;
    const service = await bench.serve('destination', ['--bulk-logs', String(megabytes)]);
    try {
      const records = await bench.record(service, 'records.jsonl');
      const runs = await bench.repeat(2, async () => {
        const {config, archive} = bench.destinationConfig('destination');
        const command = [executables.destination, 'write', '--config', config, '--catalog', service.catalog];
        return {...(await bench.run(command, {stdin: records.path})), items: countItems(archive)};
      });
      const items = runs[0]?.items ?? {count: 0, bytes: 0};
      const alone = async (name: string, ...given: readonly string[]): Promise<{cpu: number; seconds: number}> => {
        const {usage, seconds} = await bench.run(['node', executables.limits, name, ...given]);
        return {cpu: usage.cpuSeconds, seconds};
      };
      const parsing = await alone('parse-only', records.path);
      const lines = await bench.logLines(service);
      const composing = await alone('compose-only', lines);
      const flushing = await alone(
        'flush-only',
        bench.file('flushed'),
        String(items.count),
        String(Math.round(items.bytes / items.count))
      );
      const figures: Figure[] = [
        {
          what: 'log bytes into items',
          value: median(runs.map(({usage}) => megabytes / usage.cpuSeconds)),
          unit: 'MB per CPU second',
        },
        {what: 'the same by the clock', value: median(runs.map(({seconds}) => megabytes / seconds)), unit: 'MB/s'},
        {what: 'items', value: median(runs.map(({seconds}) => items.count / seconds)), unit: 'items/s'},
        limit('JSON.parse of the same RECORD lines', megabytes / parsing.cpu, 'MB of log per CPU second'),
        limit(
          'composing the items with the MIME library',
          statSync(lines).size / 1e6 / composing.cpu,
          'MB of log per CPU second'
        ),
        limit('writing, flushing and renaming such files', items.count / flushing.seconds, 'items/s'),
      ];
      return figures;
    } finally {
      await service.stop();
    }
  },
};
