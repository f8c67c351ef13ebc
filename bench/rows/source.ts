// Row `source`: log bytes into RECORD lines.
import {executables} from '../bench';
import {atLeast, limit, median, type Row} from '../row';

export const source: Row = {
  name: 'source',
  async measure(bench) {
    const megabytes = bench.isQuick ? bench.megabytes : 300; // a second for starting and compiling is in it
    const service = await bench.serve('source', ['--bulk-logs', String(megabytes)]);
    try {
      const lines = await bench.logLines(service);
      const rate = async (command: readonly string[]): Promise<number> => {
        const runs = await bench.repeat(2, () => bench.run(command));
        return median(runs.map(({usage}) => megabytes / usage.cpuSeconds));
      };
      // The stock source has no other stream: both are asked for the same rows.
      const onlyMessages = {...service, catalog: bench.onlyMessages(service)};
      const ours = await rate(bench.read(onlyMessages));
      const whole = await rate(bench.read(service));
      const stock = await rate([
        'node',
        executables.stockSource,
        'read',
        '--config',
        service.sourceConfig,
        '--catalog',
        onlyMessages.catalog,
      ]);
      const parsing = await rate(['node', executables.limits, 'parse-and-write', lines, String(megabytes)]);
      return [
        atLeast('log bytes into RECORD lines', ours, 'MB per CPU second', 40),
        {what: 'with every stream selected', value: whole, unit: 'MB per CPU second'},
        limit('JSON.parse and JSON.stringify of the same lines', parsing, 'MB per CPU second'),
        atLeast('share of that limit', ours / parsing, 'ratio', 0.5),
        limit("the same rows from a stock source on the CDK's base classes", stock, 'MB per CPU second'),
        atLeast('multiple of the stock source', ours / stock, 'ratio', 2.5),
      ];
    } finally {
      await service.stop();
    }
  },
};
