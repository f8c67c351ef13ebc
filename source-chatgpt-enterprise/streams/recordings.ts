// Stream `recordings`: each recording of each member with its transcript and summary.
import {recordings} from '../../contract/member-objects';
import {asText} from '../normalize/json-object';
import {toDetails} from '../normalize/to-object-row';
import type {ObjectStream} from './object-stream';

export const recordingStream: ObjectStream = {
  definition: recordings,
  owners: 'members',
  listing: (owner) => ({
    route: 'users/{id}/recordings',
    path: ['users', owner, 'recordings'],
    paging: 'cursor',
    limit: 20,
  }),
  async *records(read, object, owner) {
    const transcript = yield* read.detail(
      'users/{id}/recordings/{id}/transcript',
      ['users', owner, 'recordings', asText(object.value['id']) ?? '', 'transcript'],
      {include_summary: 'true'}
    );
    yield read.record(object, {user_id: owner, ...toDetails({transcript})});
  },
};
