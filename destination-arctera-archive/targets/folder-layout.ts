// How the items of a workspace lie in its folder: by their ids, days, users or conversations, and by sessions above that.
import {toConversationPart, toDayPath, toUserPart} from './item-path';
import type {ItemAddress, ItemPlace} from './target';

export const folderLayouts = ['item', 'date', 'user', 'conversation'] as const;

export type FolderLayout = (typeof folderLayouts)[number];

const directories: Readonly<Record<FolderLayout, (place: ItemPlace) => string>> = {
  item: ({itemId}) => itemId.slice(0, 2),
  date: ({dateMs}) => toDayPath(dateMs),
  user: (place) => `user/${toUserPart(place)}`,
  conversation: (place) => `conversation/${toConversationPart(place)}`,
};

const sessionName = /^session-\d{8}T\d{6}Z-[0-9a-f]{8}$/;
/** The first directory of any layout; none has the name of anything else that lies beside the items. */
const firstDirectory = /^([0-9a-f]{2}|[+-]?\d{4,6}|user|conversation)$/;

/** @param session a directory that the items of one run get for themselves */
export function toFolderAddress(place: ItemPlace, layout: FolderLayout, session: string | undefined): ItemAddress {
  const path = `${directories[layout](place)}/${place.itemId}.${place.ending}`;
  return session === undefined ? path : `${session}/${path}`;
}

/** @param id of the run, hexadecimal */
export function toSessionName(startedMs: number, id: string): string {
  const time = new Date(startedMs).toISOString().slice(0, 19).replaceAll(/[:-]/g, '');
  return `session-${time}Z-${id.slice(0, 8)}`;
}

/** Whether a directory beside the id of the archive is one that items lie in. */
export function isItemDirectory(name: string): boolean {
  return firstDirectory.test(name) || sessionName.test(name);
}

/** The addresses that an item may have had, whatever the layout was when it was delivered. */
export function toPossibleAddresses(place: ItemPlace, like: ItemAddress): readonly ItemAddress[] {
  const [first = ''] = like.split('/');
  const sessions = sessionName.test(first) ? [undefined, first] : [undefined];
  return sessions.flatMap((session) => folderLayouts.map((layout) => toFolderAddress(place, layout, session)));
}
