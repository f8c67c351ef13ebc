// The configuration of the destination: every field described once, for the form, the validation and the reference.
import {z} from 'zod';

const timeZone = z.string().refine(isTimeZone, {message: 'must be an IANA time zone such as Europe/Paris'});
const address = z.string().regex(/^[^\s@<>"(),:;\\[\]]+@[A-Za-z0-9.-]+$/, 'must be a plain mail address');

const folderTarget = z
  .strictObject({
    type: z.literal('folder').meta({title: 'Type', order: 0, description: 'A folder that the archive collects from.'}),
    path: z
      .string()
      .min(1, 'must name a folder')
      .meta({
        title: 'Path',
        order: 1,
        description: 'Absolute path of the archive folder, on storage that outlives the connector.',
        examples: ['/archive/chatgpt'],
      }),
    allow_ephemeral: z.boolean().optional().meta({
      title: 'Allow Ephemeral Storage',
      order: 2,
      description: 'Write even where the folder would vanish with the container. For trials only.',
    }),
  })
  .meta({title: 'Folder', description: 'Items are written as files into a folder.'});

export const configSchema = z.object({
  target: z.discriminatedUnion('type', [folderTarget]).meta({
    title: 'Archive Target',
    order: 0,
    description: 'Where archive-ready items are delivered.',
  }),
  grouping: z
    .enum(['conversation_day', 'conversation_window', 'interaction', 'message'])
    .default('conversation_day')
    .meta({
      title: 'Grouping',
      order: 1,
      description:
        'What one item holds: the messages of a conversation on one day, of a conversation in one log file, a prompt with its responses, or a single message.',
    }),
  time_zone: timeZone.default('UTC').meta({
    title: 'Time Zone',
    order: 2,
    description: 'IANA time zone in which a day begins and ends.',
    examples: ['UTC', 'Europe/Paris'],
  }),
  assistant_address: address.default('chatgpt@chatgpt.invalid').meta({
    title: 'Assistant Address',
    order: 3,
    description: 'Mail address that stands for ChatGPT in an item. Agree it with the archive administrator.',
  }),
  fallback_address: address.default('unassigned@chatgpt.invalid').meta({
    title: 'Fallback Address',
    order: 4,
    description: 'Mail address for people whose own address is unknown.',
  }),
  message_id_domain: z
    .string()
    .regex(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/, 'must be a domain name')
    .default('chatgpt.invalid')
    .meta({title: 'Message-ID Domain', order: 5, description: 'Domain of the Message-IDs of items.'}),
  hold_minutes: z.int().min(1).max(10).default(10).meta({
    title: 'Hold Minutes',
    order: 6,
    description: 'Longest time that messages wait for the rest of their conversation and for their files.',
  }),
  hold_megabytes: z.number().min(0.01).max(1024).default(32).meta({
    title: 'Hold Megabytes',
    order: 7,
    description: 'Most message data that waits in memory; beyond it, what is held is archived.',
  }),
});

export type Config = Readonly<z.output<typeof configSchema>>;

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', {timeZone: name});
    return true;
  } catch {
    return false;
  }
}
