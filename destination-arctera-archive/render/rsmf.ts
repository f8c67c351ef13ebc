// An item as RSMF 2.0: an e-mail message around rsmf.zip. The same item gives the same bytes.
import {RecordError} from '../../core/errors';
import type {Item, RenderSettings} from './item';
import {itemHeaders} from './item-headers';
import {attachmentPart, messageHead, textPart} from './mime-part';
import {findRsmfProblems, manifestName, type RsmfManifest} from './rsmf-manifest';
import {rsmfBoundary, toRsmf} from './to-rsmf';
import {zipStream} from './zip-stream';

export const rsmfEnding = 'rsmf';

export async function* renderRsmf(item: Item, settings: RenderSettings, record: string): AsyncGenerator<Buffer> {
  const {manifest, files} = toRsmf(item, settings, record);
  const [problem] = findRsmfProblems(manifest, new Map(files.map(({name, size}) => [name, size])));
  if (problem !== undefined)
    throw new RecordError('item_unrenderable', `An RSMF manifest would not be sound: ${problem}`);
  const boundary = rsmfBoundary(item.itemId);
  const headers = [...itemHeaders(item, settings, '.rsmf'), ...rsmfHeaders(manifest, files.length)];
  yield Buffer.from(`${messageHead('multipart/mixed', boundary, headers)}--${boundary}\r\n`, 'latin1');
  yield* textPart('text/plain', [toSearchedText(manifest)]);
  yield Buffer.from(`--${boundary}\r\n`, 'latin1');
  const json = Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`);
  const entries = [...files, {name: manifestName, isStored: false, content: () => [json]}];
  yield* attachmentPart('rsmf.zip', 'application/octet-stream', zipStream(entries));
  yield Buffer.from(`\r\n--${boundary}--\r\n`, 'latin1');
}

function rsmfHeaders({version, eventcollectionid, events}: RsmfManifest, fileCount: number): [string, string][] {
  return [
    ['X-RSMF-Version', version],
    ['X-RSMF-Generator', 'destination-arctera-archive'],
    ['X-RSMF-BeginDate', events.at(0)?.timestamp ?? ''],
    ['X-RSMF-EndDate', events.at(-1)?.timestamp ?? ''],
    ['X-RSMF-EventCount', String(events.length)],
    ['X-RSMF-AttachmentCount', String(fileCount)],
    ['X-RSMF-EventCollectionID', eventcollectionid],
  ];
}

/** What review tools search: each event with its author, in order of time. */
function toSearchedText({participants, events}: RsmfManifest): string {
  const names = new Map(participants.map(({id, display}) => [id, display ?? id]));
  return events.map(({participant, body}) => `${names.get(participant) ?? participant}\n${body}\n\n`).join('');
}
