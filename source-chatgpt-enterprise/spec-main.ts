// Entry point of `source-chatgpt-enterprise spec`.
import {toSourceSpecification} from '../airbyte/connector-spec';
import {printSpecification} from '../airbyte/print-specification';
import {published} from './published';

void printSpecification(toSourceSpecification(published));
