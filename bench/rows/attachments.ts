// Row `attachments`: uploads through the pair, many of a few megabytes and one of 500.
import {executables, type Bench} from '../bench';
import {countItems} from '../items';
import {atLeast, atMost, type Figure, type Row} from '../row';

async function measureFiles(bench: Bench, what: string, count: number, megabytesEach: number): Promise<Figure[]> {
  // They hang on the newest prompts of a week: none of them is to have expired.
  const life = ['--upload-life', String(14 * 24)];
  const switches = ['--bulk-files', String(count), '--bulk-file-size', String(megabytesEach), ...life];
  const service = await bench.serve(`attachments-${megabytesEach}`, switches);
  try {
    const {archive, config} = bench.destinationConfig('attachments');
    const writing = [executables.destination, 'write', '--config', config, '--catalog', service.catalog];
    const run = await bench.pipe([bench.read(service), writing]);
    const megabytes = count * megabytesEach;
    // Base64 and line ends make 78/57 of the bytes.
    if (countItems(archive).bytes < megabytes * 1e6) throw new Error('The attachments are not in the archive.');
    const [source = 0, destination = 0] = run.usages.map(({peakMegabytes}) => peakMegabytes);
    const cpuSeconds = run.usages.reduce((sum, usage) => sum + usage.cpuSeconds, 0);
    return [
      atLeast(what, megabytes / run.seconds, 'MB/s', 150),
      {what: `${what}, by CPU time of both`, value: megabytes / cpuSeconds, unit: 'MB per CPU second'},
      atMost(`${what}: peak memory of the source`, source, 'MB', 200),
      atMost(`${what}: peak memory of the destination`, destination, 'MB', 200),
    ];
  } finally {
    await service.stop();
  }
}

export const attachments: Row = {
  name: 'attachments',
  async measure(bench) {
    return [
      ...(await measureFiles(bench, 'uploads of 4 MB', bench.isQuick ? 40 : 100, 4)),
      ...(await measureFiles(bench, 'one upload of 500 MB', 1, 500)),
    ];
  },
};
