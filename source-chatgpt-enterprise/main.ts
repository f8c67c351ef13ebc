// Entry point of source-chatgpt-enterprise.
import {ConnectorProcess} from '../airbyte/connector-process';
import {SourceRunner} from '../airbyte/source-runner';
import {ChatGptEnterpriseSource} from './source';

const connector = new ConnectorProcess();
void new SourceRunner(connector, new ChatGptEnterpriseSource()).run(process.argv.slice(2));
