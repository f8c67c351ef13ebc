// Stream `canvases`: every version of every canvas of every member.
import type {SourceOutput} from '../../airbyte/source';
import type {IncompleteReason} from '../../contract/captured-object';
import {canvases} from '../../contract/member-objects';
import type {ApiObject, ObjectPage} from '../api/object-listing';
import {PagePositions} from '../api/page-positions';
import {isSafeId} from '../api/path-segment';
import {asString, asText} from '../normalize/json-object';
import {toIncompleteParts} from '../normalize/to-object-row';
import type {Answered} from './object-read';
import type {ObjectStream} from './object-stream';

export const canvasStream: ObjectStream = {
  definition: canvases,
  owners: 'members',
  listing: (owner) => ({
    route: 'users/{id}/canvases',
    path: ['users', owner, 'canvases'],
    paging: 'after',
    limit: 30,
  }),
  async *records(read, listed, owner) {
    const textdocId = idOf(listed);
    // A canvas of which no version came has a row all the same, which tells why.
    const standIn = (incomplete?: IncompleteReason): SourceOutput =>
      read.record(listed, {
        textdoc_id: textdocId ?? 'unidentified',
        user_id: owner,
        version: -1,
        ...toIncompleteParts({versions: incomplete}),
      });
    if (textdocId === null || !isSafeId(textdocId)) return yield standIn('not_found');
    const listing = {
      route: 'users/{id}/canvas/{id}', // singular, unlike the listing
      path: ['users', owner, 'canvas', textdocId],
      paging: 'after_version',
      limit: 30,
      listMember: 'version_contents',
    } as const;
    const positions = new PagePositions(listing.route);
    let position: string | undefined;
    let hasVersions = false;
    do {
      const {answer: page, missing}: Answered<ObjectPage> = yield* read.page(listing, position);
      if (page === undefined) return yield standIn(missing);
      for (const version of page.objects) {
        hasVersions = true;
        yield read.record(version, {
          textdoc_id: textdocId,
          textdoc_type: asString(page.answer['textdoc_type']),
          user_id: owner,
          version: Number.isInteger(version.value['version']) ? version.value['version'] : -1,
          ...toIncompleteParts({}),
        });
      }
      position = positions.advance(page);
    } while (position !== undefined);
    if (!hasVersions) yield standIn();
  },
};

/** The listing gives ids only, in objects or as bare strings. */
function idOf({text, value}: ApiObject): string | null {
  const bare: unknown = text.startsWith('"') ? JSON.parse(text) : undefined;
  return asText(bare ?? value['textdoc_id'] ?? value['id']);
}
