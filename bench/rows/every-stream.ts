// Row `every-stream`: peak memory of the source over all its streams, at one and at ten times the members and what they own.
import {atMost, type Figure, type Row} from '../row';

/** Each member has some events, uploads and objects: the figures grow with the number of members in everything. */
const eventsEach = 5;

export const everyStream: Row = {
  name: 'every-stream',
  async measure(bench) {
    const figures: Figure[] = [];
    let least: number | undefined;
    for (const members of bench.isQuick ? [100, 1_000] : [250, 2_500]) {
      const events = String(members * eventsEach);
      const switches = ['--members', String(members), '--events', events, '--files', String(members)];
      const service = await bench.serve('every-stream', switches);
      try {
        const {usage} = await bench.run(bench.read(service), {stdout: bench.file('every-stream.jsonl')});
        least ??= usage.peakMegabytes;
        figures.push(atMost(`source, all streams, ${members} members`, usage.peakMegabytes, 'MB', 200));
      } finally {
        await service.stop();
      }
    }
    const growth = (figures.at(-1)?.value ?? 0) / (least ?? 1);
    figures.push(atMost('ten times the members, to one', Math.round(growth * 100) / 100, 'times', 1.5));
    return figures;
  },
};
