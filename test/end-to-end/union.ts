// Compares what the simulator says happened with what lies in an archive, event by event and file by file.
import {sha256Hex} from '../../core/digest';
import type {Truth} from '../../simulator/truth';
import type {ArchivedItem} from './archive-reader';

export interface Difference {
  readonly missingEvents: readonly string[];
  readonly repeatedEvents: readonly string[];
  readonly alteredEvents: readonly string[];
  readonly strangeEvents: readonly string[];
  readonly missingFiles: readonly string[];
  readonly strangeFiles: readonly string[];
}

export const noDifference: Difference = {
  missingEvents: [],
  repeatedEvents: [],
  alteredEvents: [],
  strangeEvents: [],
  missingFiles: [],
  strangeFiles: [],
};

export function compareWithTruth(truth: Truth, items: readonly ArchivedItem[]): Difference {
  const expected = new Map(
    truth.events
      .filter((event) => event.eventType === 'CONVERSATION_MESSAGE')
      .map((event) => [event.eventId, event.sha256])
  );
  const seen = new Map<string, number>();
  const altered: string[] = [];
  for (const line of items.filter((item) => item.kind === 'messages').flatMap((item) => item.originals)) {
    const {event_id: eventId} = JSON.parse(line) as {event_id: string};
    seen.set(eventId, (seen.get(eventId) ?? 0) + 1);
    if (expected.get(eventId) !== sha256Hex(line)) altered.push(eventId);
  }
  const captured = [...truth.files, ...truth.ownedFiles].filter((file) => file.outcome === 'captured');
  const uploads = new Set(
    items.flatMap((item) => item.attachments.map(({content}) => `${sha256Hex(content)}:${content.length}`))
  );
  const obtainable = new Set(captured.map((file) => `${file.sha256}:${file.size}`));
  return {
    missingEvents: [...expected.keys()].filter((eventId) => !seen.has(eventId)),
    repeatedEvents: [...seen].filter(([, count]) => count > 1).map(([eventId]) => eventId),
    alteredEvents: altered,
    strangeEvents: [...seen.keys()].filter((eventId) => !expected.has(eventId)),
    missingFiles: [...obtainable].filter((file) => !uploads.has(file)),
    strangeFiles: [...uploads].filter((file) => !obtainable.has(file)),
  };
}
