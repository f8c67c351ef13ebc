// An item as Text-Delimited: a zip with a CSV, one line a message, the XML template that explains it, and the files.
import {toSortableTime} from '../../core/micros';
import {
  attachmentKey,
  itemRecordName,
  nameAttachments,
  type NamedAttachment,
  originalsName,
  TakenNames,
} from './attachment-names';
import {toBranchMarks} from './branch-marks';
import {toEventsJsonl} from './events-jsonl';
import {type AttachedFile, conversationIdOf, type Item, type Participant, type RenderSettings} from './item';
import {describeFile, line} from './item-words';
import {toEnvelope, toMailbox, usableAddress} from './participants';
import {entryText} from './plain-text';
import {toReadableText} from './readable-text';
import {
  csvName,
  templateName,
  textDelimitedTemplate,
  type TextDelimitedRow,
  toCsvLine,
  csvHeader,
} from './text-delimited-csv';
import {toTranscript} from './transcript';
import {filesOf, uploadBytes} from './upload-bytes';
import {type ZipEntry, zipStream} from './zip-stream';

type Named = ReadonlyMap<string, NamedAttachment>;

export const textDelimitedEnding = 'td.zip';

export async function* renderTextDelimited(
  item: Item,
  settings: RenderSettings,
  record: string
): AsyncGenerator<Buffer> {
  const named = listable(nameAttachments(filesOf(item), [csvName, templateName]));
  const csv = [csvHeader, ...toRows(item, settings, named).map(toCsvLine)].join('');
  const entries: ZipEntry[] = [
    {name: csvName, isStored: false, content: () => [Buffer.from(csv)]},
    {name: templateName, isStored: false, content: () => [Buffer.from(textDelimitedTemplate)]},
    {name: itemRecordName, isStored: false, content: () => [Buffer.from(record)]},
    {name: originalsName, isStored: false, content: () => toEventsJsonl(item.originals)},
    ...[...named.values()].map((upload) => ({name: upload.name, isStored: true, content: () => uploadBytes(upload)})),
  ];
  yield* zipStream(entries);
}

function toRows(item: Item, settings: RenderSettings, named: Named): TextDelimitedRow[] {
  const {from, to} = toEnvelope(item, settings);
  const common = {
    workspace: line(item.workspaceId),
    conversation: line(conversationIdOf(item) ?? ''),
    title: line(item.subject),
    item: item.itemId,
  };
  const everybody = [from, ...to];
  const itemTime = toDateText(new Date(item.dateMs).toISOString()) ?? epoch;
  if (item.kind !== 'messages') {
    return toTranscript(item, named, settings).entries.map((entry, at) => ({
      ...common,
      message: `${item.itemId}-${at + 1}`,
      sender: from,
      participants: to,
      time: itemTime,
      body: entryText(entry),
      files: [...(entry.files.length > 0 ? namesOf(filesOf(item), named) : []), originalsName],
      facts: [],
    }));
  }
  const marks = toBranchMarks(item.messages);
  return item.messages.map((message, at) => {
    const {role, author, text, otherContent, files, citations} = message;
    const sender = role === 'assistant' ? assistantOf(settings) : senderOf(author, settings);
    const mark = marks[at];
    const receivers = everybody.filter(({address}) => address !== sender.address);
    const body = [text, otherContent].flatMap((each) => (each === undefined ? [] : [toReadableText(each)]));
    const notes = [
      ...citations.map(({kind, sources}) => `Cites (${line(kind)}): ${sources.map(line).join(', ')}`),
      ...files.map((file) => `Attachment: ${describeFile(file, named)}`),
    ];
    return {
      ...common,
      message: line(message.eventId),
      sender,
      participants: receivers.length > 0 ? receivers : to, // never empty, also where one address stands for everybody
      time: toDateText(message.timestamp) ?? itemTime,
      body: [...body, ...notes].join('\n'),
      files: [...namesOf(files, named), ...(at === 0 ? [originalsName] : [])],
      facts: [
        `number=${at + 1}`,
        ...(mark?.branch === undefined ? [] : [`branch=${mark.branch.number}/${mark.branch.of}`]),
        ...(mark?.version === undefined ? [] : [`version=${mark.version.number}/${mark.version.of}`]),
        ...(message.model === undefined ? [] : [`model=${line(message.model)}`]),
        ...message.tools.map((tool) => `tool=${line(tool)}`),
        ...(message.client === undefined ? [] : [`client=${line(message.client)}`]),
      ],
    };
  });
}

function assistantOf(settings: RenderSettings): TextDelimitedRow['sender'] {
  return {name: 'ChatGPT', address: settings.assistantAddress};
}

function senderOf(author: Participant, settings: RenderSettings): TextDelimitedRow['sender'] {
  return toMailbox(author, usableAddress(author) ?? settings.fallbackAddress);
}

function namesOf(files: readonly AttachedFile[], named: Named): string[] {
  return files.flatMap(({fileId, state}) => {
    const upload = state.kind === 'attached' ? named.get(attachmentKey(fileId, state.sha256)) : undefined;
    return upload === undefined ? [] : [upload.name];
  });
}

/** Names without the delimiter of lists, still unique. */
function listable(given: Named): Named {
  const taken = new TakenNames([csvName, templateName, itemRecordName, originalsName]);
  const named = new Map<string, NamedAttachment>();
  for (const [key, attachment] of given) {
    named.set(key, {...attachment, name: taken.take(attachment.name.replaceAll(';', '_'))});
  }
  return named;
}

const epoch = '01/01/1970 00:00:00';

/** As the vendor's sample writes dates; always UTC. */
function toDateText(timestamp: string | undefined): string | undefined {
  const parts = /^(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)\./.exec(toSortableTime(timestamp ?? '') ?? '');
  const [, year, month, day, time] = parts ?? [];
  return time === undefined ? undefined : `${month ?? ''}/${day ?? ''}/${year ?? ''} ${time}`;
}
