// The thread that holds a connection to PostgreSQL for a ledger.
import {type MessagePort, parentPort, workerData} from 'node:worker_threads';
import {serveDatabase} from './ledger/postgres-worker';
import {Network, type NetworkSettings} from './targets/network';
import {TunnelStream} from './targets/tunnel-stream';

const {replies, flag, host, network} = workerData as {
  readonly replies: MessagePort;
  readonly flag: Int32Array;
  readonly host: string;
  readonly network: NetworkSettings;
};
const way = new Network(network);
if (parentPort !== null) {
  serveDatabase(parentPort, replies, flag, way.isProxied(host) ? () => new TunnelStream(way) : undefined);
}
