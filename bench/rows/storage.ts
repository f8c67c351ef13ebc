// Row `storage`: what an archived event takes in the target and in the ledger, SQLite and PostgreSQL.
import {openObjectStore, toBucket} from '../../test/end-to-end/object-store';
import {startPostgres} from '../../test/servers/postgres-server';
import {type Bench, executables, type Service} from '../bench';
import {countFiles, countItems} from '../items';
import {StateWatch} from '../state-watch';
import type {Figure, Row} from '../row';

export const storage: Row = {
  name: 'storage',
  async measure(bench) {
    const megabytes = bench.fewerMegabytes;
    const service = await bench.serve('storage', ['--bulk-logs', String(megabytes)]);
    try {
      const {path} = await bench.record(service, 'records.jsonl');
      const {config, archive} = bench.destinationConfig('storage');
      const {events, seconds} = await write(bench, service, config, path);
      const items = countItems(archive);
      const ledger = countFiles(archive, (name) => name.includes('ledger.sqlite'));
      const figures: Figure[] = [
        {what: 'items of an event, EML, without uploads', value: items.bytes / events, unit: 'bytes'},
        {what: 'the same beside the log file', value: items.bytes / (megabytes * 1e6), unit: 'times'},
        {what: 'events in an item', value: events / items.count, unit: 'events'},
        {what: 'ledger of an event, SQLite', value: ledger.bytes / events, unit: 'bytes'},
      ];
      return [...figures, ...(await withPostgres(bench, service, path, seconds))];
    } finally {
      await service.stop();
    }
  },
};

/** As in a pod without a disk: the items into a bucket. */
async function withPostgres(
  bench: Bench,
  service: Service,
  records: string,
  secondsWithSqlite: number
): Promise<Figure[]> {
  const database = await startPostgres();
  const store = await openObjectStore();
  try {
    const bytesOf = (sql: string): number => Number(database.query(sql)[0]);
    const size = (): number => bytesOf('SELECT pg_database_size(current_database())');
    const logged = (): number => bytesOf(`SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')`);
    const before = {size: size(), logged: logged()};
    const {config} = bench.destinationConfig('storage-postgres', {
      target: toBucket(store),
      ledger: {type: 'postgres', connection_string: database.connectionString, security: 'none'},
    });
    const {events, seconds} = await write(bench, service, config, records);
    return [
      {what: 'ledger of an event, PostgreSQL', value: (size() - before.size) / events, unit: 'bytes'},
      {what: 'write-ahead log of an event, PostgreSQL', value: (logged() - before.logged) / events, unit: 'bytes'},
      {what: 'a bucket and PostgreSQL, by the clock', value: secondsWithSqlite / seconds, unit: 'times a folder'},
    ];
  } finally {
    await store.close();
    database.remove();
  }
}

async function write(
  bench: Bench,
  {catalog}: Service,
  config: string,
  records: string
): Promise<{readonly events: number; readonly seconds: number}> {
  const watch = new StateWatch();
  const command = [executables.destination, 'write', '--config', config, '--catalog', catalog];
  const {seconds} = await bench.run(command, {stdin: records, onOutput: (bytes) => watch.take(bytes)});
  return {events: watch.archivedMessages, seconds};
}
