// Stream `agents`: each published agent with its definition.
import {agents} from '../../contract/workspace-objects';
import {asText} from '../normalize/json-object';
import {toDetails} from '../normalize/to-object-row';
import type {ObjectStream} from './object-stream';

export const agentStream: ObjectStream = {
  definition: agents,
  owners: [''],
  listing: () => ({route: 'agents', path: ['agents'], paging: 'cursor', limit: 50}),
  async *records(read, object) {
    const definition = yield* read.detail('agents/{id}', ['agents', asText(object.value['id']) ?? '']);
    yield read.record(object, toDetails({definition}));
  },
};
