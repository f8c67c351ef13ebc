// The knowledge files of a GPT or project, those of its earlier configurations included.
import type {ObjectListing, ObjectPage} from '../api/object-listing';
import {PagePositions} from '../api/page-positions';
import {isSafeId} from '../api/path-segment';
import {asObject, asObjects, asText, type JsonObject, toIsoTime} from '../normalize/json-object';
import type {ObjectFile, ObjectFiles, SoughtFiles} from './object-stream';
import type {Answered, ObjectRead} from './object-read';
import type {StreamOutputs} from './read-scope';

/** The listing of an object holds its newest configuration only; the others are asked for when that one is new. */
export function assistantFiles(configurationsOf: (id: string) => ObjectListing): ObjectFiles['of'] {
  return async function* (read, object, _owner, sought) {
    const id = asText(object.value['id']);
    if (id === null) return [];
    const latest = listOf(object.value['latest_config']);
    const found = new Map<string, ObjectFile>();
    const add = (configuration: JsonObject): void => {
      const givenAt = toIsoTime(configuration['created_at']);
      for (const file of listOf(configuration['files'])) {
        const fileId = asText(file['id']);
        if (fileId === null) continue;
        // Newest first: the oldest configuration that names a file tells when it was given, which may be long after its upload.
        found.set(fileId, {
          fileId,
          name: asText(file['name']),
          ownerId: id,
          ownerName: found.get(fileId)?.ownerName ?? asText(configuration['name']),
          userId: asText(object.value['owner_id']),
          givenAt: laterOf(givenAt, toIsoTime(file['created_at'])),
          isReady: true,
        });
      }
    };
    for (const configuration of latest) add(configuration);
    const hasNews = latest.length === 0 || latest.some(({created_at}) => sought.isNew(toIsoTime(created_at)));
    if (hasNews && isSafeId(id)) yield* eachConfiguration(read, configurationsOf(id), add, sought);
    return [...found.values()];
  };
}

async function* eachConfiguration(
  read: ObjectRead,
  listing: ObjectListing,
  take: (configuration: JsonObject) => void,
  sought: SoughtFiles
): StreamOutputs {
  const positions = new PagePositions(listing.route);
  let position: string | undefined;
  do {
    const {answer: page, missing}: Answered<ObjectPage> = yield* read.page(listing, position);
    // A position that the page before gave is not unknown because the object is.
    if (missing === 'refused' || (missing !== undefined && position !== undefined)) sought.noteRefused();
    for (const {value} of page?.objects ?? []) take(value);
    position = page === undefined ? undefined : positions.advance(page);
  } while (position !== undefined);
}

/** Of two times in one form. */
function laterOf(one: string | null, other: string | null): string | null {
  return one === null || (other !== null && other > one) ? other : one;
}

function listOf(list: unknown): readonly JsonObject[] {
  return asObjects(asObject(list)?.['data']);
}
