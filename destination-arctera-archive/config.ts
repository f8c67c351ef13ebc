// The configuration of the destination: every field described once, for the form, the validation and the reference.
import * as z from 'zod';
import {plainDomainPattern} from '../core/plain-address';
import {plainAddress, policyFields} from './policy/policy-config';
import {evidenceFields} from './evidence-config';
import {describeSharedPlace} from './targets/shared-places';
import {ledgerKinds, networkFields, targetKinds} from './targets/target-config';

const timeZone = z.string().refine(isTimeZone, {message: 'must be an IANA time zone such as Europe/Paris'});

/** Names that would make an item another message, or belong to those who carry it. */
const deniedHeaders =
  /^(?:from|to|cc|bcc|sender|reply-to|subject|date|message-id|in-reply-to|references|received|return-path|authentication-results|x-rcpt-to|(?:mime|content|dkim|arc|resent|x-ai|x-rsmf)-.*)$/i;

const extraHeader = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,75}$/, 'must be letters, digits and hyphens')
      .refine((name) => !deniedHeaders.test(name), {message: 'is a header that items have of themselves'})
      .meta({
        title: 'Name',
        order: 0,
        description: 'Name of the header: letters, digits and hyphens.',
        examples: ['X-Journal-Source'],
        pattern_descriptor: '1 to 76 letters, digits and hyphens',
      }),
    value: z
      .string()
      // Without the flag `u`, which the readers of the published form do not set.
      .regex(/^[ -~\u00a0-\uffff]{1,400}$/, 'must be one line of at most 400 characters')
      .refine((value) => /[^\s\p{C}]/u.test(value), {message: 'must hold something that can be seen'})
      .meta({
        title: 'Value',
        order: 1,
        description: 'Value of the header, the same in every item.',
        examples: ['chatgpt'],
        pattern_descriptor: 'one line of at most 400 characters',
      }),
  })
  .meta({title: 'Header', description: 'A header with a fixed value.'});

const namedTarget = z.strictObject({
  name: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/,
      'must be 1 to 64 letters, digits, spaces, dots, hyphens or underscores'
    )
    .meta({
      title: 'Name',
      order: 0,
      description: 'Name by which rules route to the target.',
      examples: ['trading'],
      pattern_descriptor: '1 to 64 letters, digits, spaces, dots, hyphens or underscores',
    }),
  target: targetKinds.meta({
    type: 'object',
    title: 'Target',
    order: 1,
    description: 'Where the items of the target are delivered.',
  }),
});

export const configSchema = z
  .object({
    target: targetKinds.meta({
      type: 'object',
      title: 'Archive Target',
      order: 0,
      group: 'target',
      description: 'Where archive-ready items are delivered.',
    }),
    grouping: z
      .enum(['conversation_day', 'conversation_window', 'interaction', 'message'])
      .default('conversation_day')
      .meta({
        title: 'Grouping',
        order: 1,
        group: 'items',
        description:
          'What one item holds: the messages of a conversation on one day, of a conversation in one log file, a prompt with its responses, or a single message.',
      }),
    time_zone: timeZone.default('UTC').meta({
      title: 'Time Zone',
      order: 2,
      group: 'items',
      description: 'IANA time zone in which a day begins and ends.',
      examples: ['UTC', 'Europe/Paris'],
    }),
    assistant_address: plainAddress.default('chatgpt@chatgpt.invalid').meta({
      pattern_descriptor: 'name@example.com',
      title: 'Assistant Address',
      order: 3,
      group: 'people',
      description: 'Mail address that stands for ChatGPT in an item. Agree it with the archive administrator.',
    }),
    fallback_address: plainAddress.default('unassigned@chatgpt.invalid').meta({
      pattern_descriptor: 'name@example.com',
      title: 'Fallback Address',
      order: 4,
      group: 'people',
      description: 'Mail address for people whose own address is unknown.',
    }),
    message_id_domain: z.string().regex(plainDomainPattern, 'must be a domain name').default('chatgpt.invalid').meta({
      title: 'Message-ID Domain',
      pattern_descriptor: 'example.com',
      order: 5,
      group: 'advanced',
      description: 'Domain of the Message-IDs of items.',
    }),
    hold_minutes: z.int().min(1).max(10).default(10).meta({
      title: 'Hold Minutes',
      order: 6,
      group: 'advanced',
      description: 'Longest time that messages wait for the rest of their conversation and for their files.',
    }),
    hold_megabytes: z.number().min(0.01).max(1024).default(32).meta({
      title: 'Hold Megabytes',
      order: 7,
      group: 'advanced',
      description:
        'Most message data that waits for the rest of its conversation; before it is reached, the conversations that began first are archived.',
    }),
    extra_headers: z
      .array(extraHeader)
      .refine((headers) => new Set(headers.map(({name}) => name.toLowerCase())).size === headers.length, {
        message: 'must not name a header twice',
      })
      .default([])
      .meta({
        title: 'Extra Headers',
        order: 8,
        group: 'advanced',
        description: 'Headers with a fixed value that every item carries, as the archive administrator asks for them.',
      }),
    formats: z
      .array(z.enum(['eml', 'rsmf', 'text_delimited']))
      .min(1, 'must name at least one format')
      .refine((names) => new Set(names).size === names.length, {message: 'must not name a format twice'})
      .default(['eml'])
      .meta({
        title: 'Formats',
        order: 9,
        group: 'items',
        description:
          'Formats that every item is delivered in: an e-mail message, RSMF 2.0, or a Text-Delimited zip. The first one is what the ledger settles an interrupted run by.',
      }),
    ...policyFields,
    additional_targets: z
      .array(namedTarget)
      .optional()
      .meta({
        title: 'Additional Targets',
        order: 40,
        group: 'routing',
        description: 'Targets besides the archive target, which rules route items to by name.',
        examples: [[{name: 'trading', target: {type: 'folder', path: '/archive/trading'}}]],
      }),
    ledger: ledgerKinds.optional().meta({
      type: 'object',
      title: 'Ledger',
      order: 60,
      group: 'target',
      description: 'Where the connector remembers what it delivered. Required unless the archive target is a folder.',
    }),
    ...networkFields,
    ...evidenceFields,
  })
  .superRefine(({target, ledger, additional_targets: others = [], formats}, context) => {
    const problem = (path: (string | number)[], message: string): void =>
      context.addIssue({code: 'custom', path, message});
    if (target.type !== 'folder' && ledger === undefined) problem(['ledger'], 'must be chosen for this target');
    if (target.type === 'folder' && ledger !== undefined)
      problem(['ledger'], 'must be left out, since that of a folder lies in it');
    const all = [
      {field: ['target'], target},
      ...others.map((other, index) => ({field: ['additional_targets', index, 'target'], target: other.target})),
    ];
    all.forEach((one, index) => {
      for (const other of all.slice(0, index)) {
        const shared = describeSharedPlace(one, other);
        if (shared !== undefined) problem(shared.field, shared.problem);
      }
    });
    for (const {field: path, target: each} of all) {
      if (each.type === 'smtp') {
        if (each.security === 'none' && each.username !== undefined) problem([...path, 'username'], 'needs encryption');
        if ((each.username === undefined) !== (each.password === undefined)) {
          problem([...path, 'password'], 'must be given with the user name, and not without it');
        }
        if (formats.length > 1 || formats[0] === 'text_delimited') {
          problem(['formats'], 'must be one of eml and rsmf for a mail server');
        }
      }
      if (each.type === 's3' && each.retention_days !== undefined && each.object_lock === undefined) {
        problem([...path, 'retention_days'], 'needs object_lock, without which nothing is locked');
      }
      if (each.type === 's3' && each.kms_key_id !== undefined && each.encryption !== 'aws:kms') {
        problem([...path, 'kms_key_id'], 'needs encryption to be aws:kms, without which no key is asked for');
      }
      if (each.type === 's3' && (each.access_key_id === undefined) !== (each.secret_access_key === undefined)) {
        problem([...path, 'secret_access_key'], 'must be given with the access key ID, and not without it');
      }
    }
  })
  .meta({
    groups: [
      {id: 'target', title: 'Where items are delivered'},
      {id: 'items', title: 'What an item holds'},
      {id: 'people', title: 'People'},
      {id: 'rules', title: 'Rules'},
      {id: 'routing', title: 'Routing'},
      {id: 'attachments', title: 'Attachments'},
      {id: 'evidence', title: 'Evidence and alerts'},
      {id: 'advanced', title: 'Advanced'},
    ],
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
