// Entry point of destination-arctera-archive.
import {ConnectorProcess} from '../airbyte/connector-process';
import {DestinationRunner} from '../airbyte/destination-runner';
import {ArcteraArchiveDestination} from './destination';

const connector = new ConnectorProcess();
void new DestinationRunner(connector, new ArcteraArchiveDestination()).run(process.argv.slice(2));
