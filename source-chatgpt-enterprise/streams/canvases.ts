// Stream `canvases`: every version of every canvas of every member.
import {canvases} from '../../contract/member-objects';
import type {ApiObject} from '../api/object-listing';
import {PagePositions} from '../api/page-positions';
import {isSafeId} from '../api/path-segment';
import {asString, asText} from '../normalize/json-object';
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
    if (textdocId === null || !isSafeId(textdocId)) {
      return yield read.record(listed, {textdoc_id: textdocId ?? 'unidentified', user_id: owner, version: -1});
    }
    const listing = {
      route: 'users/{id}/canvas/{id}', // singular, unlike the listing
      path: ['users', owner, 'canvas', textdocId],
      paging: 'after_version',
      limit: 30,
      listMember: 'version_contents',
    } as const;
    const positions = new PagePositions(listing.route);
    let position: string | undefined;
    do {
      const page = yield* read.page(listing, position);
      for (const version of page?.objects ?? []) {
        yield read.record(version, {
          textdoc_id: textdocId,
          textdoc_type: asString(page?.answer['textdoc_type']),
          user_id: owner,
          version: Number.isInteger(version.value['version']) ? version.value['version'] : -1,
        });
      }
      position = positions.advance(page?.next);
    } while (position !== undefined);
  },
};

/** The listing gives ids only, in objects or as bare strings. */
function idOf({text, value}: ApiObject): string | null {
  const bare: unknown = text.startsWith('"') ? JSON.parse(text) : undefined;
  return asText(bare ?? value['textdoc_id'] ?? value['id']);
}
