// Entry point of `destination-arctera-archive spec`.
import {toDestinationSpecification} from '../airbyte/connector-spec';
import {printSpecification} from '../airbyte/print-specification';
import {published} from './published';

void printSpecification(toDestinationSpecification(published));
