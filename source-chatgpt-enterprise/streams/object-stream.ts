// What a stream of current objects declares: whose listings it reads, how each is paged, what becomes of an object.
import type {SourceOutput} from '../../airbyte/source';
import type {StreamDefinition} from '../../contract/row';
import type {ApiObject, ObjectListing} from '../api/object-listing';
import type {ObjectRead} from './object-read';
import type {StreamOutputs} from './read-scope';

export interface ObjectStream {
  readonly definition: StreamDefinition;
  /** One listing for each member of the workspace, or these listings; `['']` where one holds everything. */
  readonly owners: 'members' | readonly string[];
  /** Field of the row that names the owner. */
  readonly ownerField?: string;
  readonly listing: (owner: string) => ObjectListing;
  /** The records of one listed object; by default it is a row as it stands. */
  readonly records?: (read: ObjectRead, object: ApiObject, owner: string) => StreamOutputs | Iterable<SourceOutput>;
}
