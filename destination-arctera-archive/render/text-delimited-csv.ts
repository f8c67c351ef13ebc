// The CSV of a Text-Delimited item and the XML template that tells a collector what its columns are.
import type {Mailbox} from './participants';

export const csvName = 'messages.csv';
export const templateName = 'template.xml';

export interface TextDelimitedRow {
  readonly message: string;
  readonly conversation: string;
  readonly workspace: string;
  readonly item: string;
  readonly sender: Mailbox;
  readonly participants: readonly Mailbox[];
  readonly title: string;
  readonly time: string;
  readonly body: string;
  readonly files: readonly string[];
  readonly facts: readonly string[];
}

type DataType = 'String' | 'StringList' | 'DateTime';

/** `property` is what the vendor's guide calls the column; a column without one only travels along. */
const columns: readonly {
  readonly name: string;
  readonly type: DataType;
  readonly property?: string;
  readonly isParticipants?: true;
  readonly of: (row: TextDelimitedRow) => string;
}[] = [
  {name: 'MessageId', type: 'String', of: ({message}) => message},
  {name: 'ConversationId', type: 'String', of: ({conversation}) => conversation},
  {name: 'WorkspaceId', type: 'String', of: ({workspace}) => workspace},
  {name: 'ItemId', type: 'String', of: ({item}) => item},
  {name: 'Sender', type: 'String', property: 'Sender', of: ({sender}) => sender.address},
  {name: 'SenderName', type: 'String', property: 'SenderName', of: ({sender}) => sender.name || sender.address},
  {
    name: 'Participants',
    type: 'StringList',
    property: 'Participants',
    isParticipants: true,
    of: ({participants}) => toList(participants.map(({address}) => address)),
  },
  {
    name: 'ParticipantNames',
    type: 'StringList',
    property: 'ParticipantNames',
    isParticipants: true,
    of: ({participants}) => toList(participants.map(({name, address}) => name || address)),
  },
  {name: 'Title', type: 'String', property: 'Title', of: ({title}) => title},
  {name: 'ActivityDateTime', type: 'DateTime', property: 'ActivityDateTime', of: ({time}) => time},
  {name: 'Body', type: 'String', property: 'Body', of: ({body}) => body},
  {name: 'FileName', type: 'StringList', of: ({files}) => toList(files)},
  {name: 'Facts', type: 'StringList', of: ({facts}) => toList(facts)},
];

export const csvHeader = `${columns.map(({name}) => quote(name)).join(',')}\r\n`;

export function toCsvLine(row: TextDelimitedRow): string {
  return `${columns.map(({of}) => quote(of(row))).join(',')}\r\n`;
}

/** A message is one line of the file: its own line ends become U+2028, which readers of lines do not take for one. */
function quote(value: string): string {
  return `"${value.replace(/\r\n?|\n/g, '\u2028').replaceAll('"', '""')}"`;
}

function toList(values: readonly string[]): string {
  return values.map((value) => value.replaceAll(';', ',')).join(';');
}

/** Fixed: it holds nothing of any item, and an administrator may edit a copy of it. */
export const textDelimitedTemplate = [
  '<?xml version="1.0" encoding="utf-8"?>',
  '<configuration>',
  '  <version>AV_2.0</version>',
  '  <options>',
  '    <containsHeader>Yes</containsHeader>',
  `    <maxCols>${columns.length}</maxCols>`,
  '    <delimiter>","</delimiter>',
  '    <text_qualifier>"</text_qualifier>',
  '    <content_type>PlainText</content_type>',
  '    <attachmentMethod>Archive</attachmentMethod>',
  '  </options>',
  '  <columns>',
  ...columns.flatMap(({name, type}, at) => [
    '    <column>',
    `      <order>${at + 1}</order>`,
    `      <name>${name}</name>`,
    `      <datatype>${type}</datatype>`,
    ...optionsOf(type),
    '    </column>',
  ]),
  '  </columns>',
  '  <mappings>',
  ...columns.flatMap(({name, property, isParticipants}) =>
    property === undefined
      ? []
      : [
          `    <mapping can_be_empty="Yes">`,
          `      <property>${property}</property>`,
          `      <items><item${isParticipants === true ? ' Role="To"' : ''}>${name}</item></items>`,
          '    </mapping>',
        ]
  ),
  '  </mappings>',
  '</configuration>',
  '',
].join('\r\n');

function optionsOf(type: DataType): string[] {
  switch (type) {
    case 'String':
      return [];
    case 'StringList':
      return ['      <datatype_options><delimiter>";"</delimiter><append>""</append></datatype_options>'];
    case 'DateTime':
      return ['      <datatype_options><format>MM/DD/YYYY HH:MM:SS</format></datatype_options>'];
  }
}
