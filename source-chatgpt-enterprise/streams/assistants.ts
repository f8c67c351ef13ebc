// Streams `gpts` and `projects`: each listed object with all its configurations and everybody it is shared with.
import {gpts, projects} from '../../contract/assistants';
import type {FileOwnerStream} from '../../contract/files';
import type {StreamDefinition} from '../../contract/row';
import {asText} from '../normalize/json-object';
import type {ObjectListing} from '../api/object-listing';
import {isSafeId} from '../api/path-segment';
import {type ObjectPart, toDetails} from '../normalize/to-object-row';
import {assistantFiles} from './assistant-files';
import type {ObjectStream} from './object-stream';

const unaskable: ObjectPart = {text: undefined, incomplete: 'not_found'};

/** Files by id: an address would be signed anew, and the object would differ, at each listing. */
const filesById = {file_format: 'id'};

function assistantStream(definition: StreamDefinition, kind: FileOwnerStream): ObjectStream {
  const configurationsOf = (id: string): ObjectListing => ({
    route: `${kind}/{id}/configs`,
    path: [kind, id, 'configs'],
    paging: 'after',
    limit: 20,
    query: filesById,
    isShared: true, // with the file lane, as below
  });
  return {
    definition,
    files: {stream: kind, of: assistantFiles(configurationsOf)},
    owners: [''],
    listing: () => ({route: kind, path: [kind], paging: 'after', limit: 20, query: filesById, isShared: true}),
    async *records(read, object) {
      const id = asText(object.value['id']);
      if (id === null || !isSafeId(id)) {
        return yield read.record(object, toDetails({configurations: unaskable, shared_users: unaskable}));
      }
      const configurations = yield* read.texts(configurationsOf(id));
      const sharedUsers = yield* read.texts({
        route: `${kind}/{id}/shared_users`,
        path: [kind, id, 'shared_users'],
        paging: 'after',
      });
      yield read.record(object, toDetails({configurations, shared_users: sharedUsers}));
    },
  };
}

export const gptStream = assistantStream(gpts, 'gpts');
export const projectStream = assistantStream(projects, 'projects');
