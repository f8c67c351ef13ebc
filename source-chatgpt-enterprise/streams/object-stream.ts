// What a stream of current objects declares: whose listings it reads, how each is paged, what becomes of an object.
import type {SourceOutput} from '../../airbyte/source';
import type {StreamDefinition} from '../../contract/row';
import type {ApiObject, ObjectListing} from '../api/object-listing';
import type {ObjectRead} from './object-read';
import type {FileOwnerStream} from '../../contract/files';
import type {StreamOutputs} from './read-scope';

export interface ObjectStream {
  readonly definition: StreamDefinition;
  /** One listing for each member of the workspace, or these listings; `['']` where one holds everything. */
  readonly owners: 'members' | readonly string[];
  /** Field of the row that names the owner. */
  readonly ownerField?: string;
  readonly listing: (owner: string) => ObjectListing;
  /** Where the objects hold files: which, and under whose id their bytes are asked for. */
  readonly files?: ObjectFiles;
  /** The records of one listed object; by default it is a row as it stands. */
  readonly records?: (read: ObjectRead, object: ApiObject, owner: string) => StreamOutputs | Iterable<SourceOutput>;
}

export interface ObjectFiles {
  readonly stream: FileOwnerStream;
  /** The files of one listed object. */
  readonly of: (
    read: ObjectRead,
    object: ApiObject,
    owner: string,
    sought: SoughtFiles
  ) => StreamOutputs<readonly ObjectFile[]> | readonly ObjectFile[];
}

/** Which files a pass looks for. */
export interface SoughtFiles {
  /** Whether a file given to its object at this time is still to be read. */
  readonly isNew: (givenAt: string | null) => boolean;
  /** Says that the API refused to tell some of the files: the next pass looks for them again. */
  readonly noteRefused: () => void;
}

export interface ObjectFile {
  readonly fileId: string;
  readonly name: string | null;
  readonly ownerId: string;
  readonly ownerName: string | null;
  readonly userId: string | null;
  /** When the object was given the file; null when nothing says it. */
  readonly givenAt: string | null;
  /** Whether the service has the bytes yet. */
  readonly isReady: boolean;
}
