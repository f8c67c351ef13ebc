// Row `targets`: the same records into a folder, a bucket and a mail server; each target alone, beside bare writes of as many and as large.
import {openMailServer, toJournal} from '../../test/end-to-end/mail-server';
import {openObjectStore, toBucket} from '../../test/end-to-end/object-store';
import {type Bench, executables} from '../bench';
import {type Amount, countItems} from '../items';
import {atLeast, type Figure, limit, type Row} from '../row';

const mailConnections = 4;

interface Place {
  readonly settings: (ledger: object) => Readonly<Record<string, unknown>>;
  readonly items: (archive: string) => Amount;
  /** Arguments of the bare program. */
  readonly bare: (count: number, bytes: number) => readonly string[];
  readonly unit: string;
  readonly close: () => Promise<void>;
}

const places: Readonly<Record<string, (bench: Bench) => Promise<Place>>> = {
  'a folder': (bench) =>
    Promise.resolve({
      settings: () => ({}),
      items: countItems,
      bare: (count, bytes) => ['flush-with-names', bench.file('flushed'), String(count), String(bytes)],
      unit: 'files flushed with their names/s',
      close: () => Promise.resolve(),
    }),
  'a bucket': async () => {
    const store = await openObjectStore();
    return {
      settings: (ledger) => ({target: toBucket(store), ledger}),
      items: () => sum([...store.objects].filter(([key]) => key.endsWith('.eml')).map(([, {bytes}]) => bytes.length)),
      bare: (count, bytes) => ['put-only', store.endpoint, String(count), String(bytes)],
      unit: 'PUTs/s',
      close: () => store.close(),
    };
  },
  'a mail server': async () => {
    const mail = await openMailServer();
    return {
      settings: (ledger) => ({
        target: {...toJournal(mail), connections: mailConnections},
        ledger,
        ca_certificate: mail.certificate,
      }),
      items: () => sum(mail.mails.map(({bytes}) => bytes.length)),
      bare: (count, bytes) => ['mail-only', ...[mail.port, mailConnections, count, bytes].map(String)],
      unit: 'SMTP transactions/s',
      close: () => mail.close(),
    };
  },
};

export const targets: Row = {
  name: 'targets',
  async measure(bench) {
    const service = await bench.serve('targets', ['--bulk-logs', '40']);
    const figures: Figure[] = [];
    try {
      const {path} = await bench.record(service, 'records.jsonl');
      for (const [name, open] of Object.entries(places)) {
        const place = await open(bench);
        try {
          const {config, archive} = bench.destinationConfig(
            'targets',
            place.settings({type: 'sqlite', path: bench.file(`ledger ${name}`)})
          );
          const command = [executables.destination, 'write', '--config', config, '--catalog', service.catalog];
          const {seconds} = await bench.run(command, {stdin: path});
          const {count, bytes} = place.items(archive);
          const size = String(Math.round(bytes / count));
          const alone = await bench.seconds(['node', executables.deliverOnly, config, String(count), size]);
          const bare = await bench.seconds(['node', executables.limits, ...place.bare(count, Number(size))]);
          figures.push(
            {what: `records into items in ${name}`, value: count / seconds, unit: 'items/s'},
            {what: `items that are made already into ${name}`, value: count / alone, unit: 'items/s'},
            limit(`as many and as large, bare, into ${name}`, count / bare, place.unit),
            atLeast(`share of that limit of the target, ${name}`, bare / alone, 'ratio', 0.7)
          );
        } finally {
          await place.close();
        }
      }
      return figures;
    } finally {
      await service.stop();
    }
  },
};

function sum(sizes: readonly number[]): Amount {
  return {count: sizes.length, bytes: sizes.reduce((total, size) => total + size, 0)};
}
