// The fields of the configuration that say what is archived, how and where: people, rules, detectors, routing, attachments.
import * as z from 'zod';
import {parseMicros, toFirstMoment} from '../../core/micros';
import {mailAddressPattern, plainAddressPattern} from '../../core/plain-address';

/** Where no header can carry it, its owner's items are filed under the fallback address. */
export const corporateAddress = z
  .string()
  .regex(mailAddressPattern, 'must be a mail address')
  .meta({pattern_descriptor: 'name@example.com'});

export const plainAddress = z
  .string()
  .regex(plainAddressPattern, 'must be a plain mail address')
  .meta({pattern_descriptor: 'name@example.com'});

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/, 'must be 1 to 64 letters, digits, spaces, dots, hyphens or underscores')
  .meta({pattern_descriptor: '1 to 64 letters, digits, spaces, dots, hyphens or underscores'});
const filled = z.string().min(1, 'must not be empty');
const date = z
  .string()
  .regex(
    /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?$/,
    'must be a date such as 2026-01-31 or a UTC time such as 2026-01-31T08:00:00Z'
  )
  .refine((given) => parseMicros(toFirstMoment(given)) !== undefined, {
    message: 'is not a day of the calendar',
  })
  .meta({pattern_descriptor: 'YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ'});
const texts = z.array(filled);

export const detectorNames = ['payment_card', 'iban', 'us_ssn', 'email', 'phone', 'api_key', 'private_key'] as const;

const mappedPerson = z.strictObject({
  collector_id: filled.meta({
    title: 'Collector ID',
    order: 0,
    description: 'Id or mail address that ChatGPT knows the person by.',
    examples: ['user-Ab12Cd34', 'ana@acme.test'],
  }),
  corp_email: corporateAddress.meta({
    title: 'Corporate Address',
    order: 1,
    description: 'Mail address that the archive files the person under.',
    examples: ['ana.lopez@acme.test'],
  }),
  display_name: z
    .string()
    .optional()
    .meta({title: 'Display Name', order: 2, description: 'Name shown in items.', examples: ['Ana López']}),
  monitor: z.boolean().optional().meta({
    title: 'Monitor This User',
    order: 3,
    description: "Whether the person's conversations are archived; they are unless this is off.",
  }),
});

const userList = z.strictObject({
  name: name.meta({
    title: 'Name',
    order: 0,
    description: 'Name by which rules refer to the list.',
    examples: ['traders'],
  }),
  members: texts.meta({
    title: 'Members',
    order: 1,
    description: 'Mail addresses, ChatGPT user ids, or domains that begin with @.',
    examples: [['ana@acme.test', '@desk.acme.test']],
  }),
});

const keywordList = z.strictObject({
  name: name.meta({
    title: 'Name',
    order: 0,
    description: 'Name by which rules refer to the list.',
    examples: ['deals'],
  }),
  keywords: texts.meta({
    title: 'Keywords',
    order: 1,
    description:
      'Words or phrases, whole and in any case; an asterisk stands for the rest of a word, and NEAR/n for at most n words apart.',
    examples: [['insider', 'front running', 'guarant*', 'bonus NEAR/5 secret']],
  }),
});

const customDetector = z.strictObject({
  name: name.meta({
    title: 'Name',
    order: 0,
    description: 'Name by which rules refer to the detector.',
    examples: ['account-number'],
  }),
  pattern: filled.meta({
    title: 'Pattern',
    order: 1,
    description: 'Regular expression in the syntax of RE2, which no text can make slow.',
    examples: ['ACC-[0-9]{8}'],
  }),
});

const detectorsDescription = `Built-in (${detectorNames.join(', ')}) or custom detectors, by name.`;

const rule = z.strictObject({
  name: name.meta({
    title: 'Name',
    order: 0,
    description: 'Name that the ledger and the report give the rule.',
    examples: ['exclude-interns'],
  }),
  users: texts.optional().meta({
    title: 'Users',
    order: 1,
    description: 'Owner of the conversation: mail addresses, user ids, domains that begin with @, or list:NAME.',
    examples: [['list:traders']],
  }),
  except_users: texts.optional().meta({
    title: 'Except Users',
    order: 2,
    description: 'Owners to whom the rule does not apply, written as in Users.',
    examples: [['chief@acme.test']],
  }),
  domains: texts.optional().meta({
    title: 'Domains',
    order: 3,
    description: "Domains of the owner's mail address.",
    examples: [['acme.test']],
  }),
  roles: z
    .array(z.enum(['user', 'assistant', 'other']))
    .optional()
    .meta({
      title: 'Roles',
      order: 4,
      description: 'Who wrote the message.',
      examples: [['user']],
    }),
  models: texts
    .optional()
    .meta({title: 'Models', order: 5, description: 'Models; an asterisk stands for anything.', examples: [['gpt-5*']]}),
  gpts: texts.optional().meta({
    title: 'GPTs',
    order: 6,
    description: 'Ids or names of GPTs; an asterisk stands for anything.',
    examples: [['Analyst']],
  }),
  projects: texts.optional().meta({
    title: 'Projects',
    order: 7,
    description: 'Ids or names of projects; an asterisk stands for anything.',
    examples: [['FY26*']],
  }),
  clients: texts.optional().meta({
    title: 'Clients',
    order: 8,
    description: 'Client types that a prompt was written in; an asterisk stands for anything.',
    examples: [['ios_*']],
  }),
  temporary_chat: z.enum(['yes', 'no']).optional().meta({
    title: 'Temporary Chat',
    order: 9,
    description: 'Whether the conversation is a temporary chat.',
  }),
  keyword_lists: texts.optional().meta({
    title: 'Keyword Lists',
    order: 10,
    description: 'Names of lists of which one keyword occurs.',
    examples: [['deals']],
  }),
  patterns: texts.optional().meta({
    title: 'Patterns',
    order: 11,
    description: 'Regular expressions in the syntax of RE2, of which one occurs in the text.',
    examples: [['project\\s+falcon']],
  }),
  detectors: texts.optional().meta({
    title: 'Detectors',
    order: 12,
    description: `${detectorsDescription} One of them finds something.`,
    examples: [['payment_card']],
  }),
  attachment_names: texts.optional().meta({
    title: 'Attachment Names',
    order: 13,
    description: 'File names of which one is attached; an asterisk stands for anything.',
    examples: [['*salary*']],
  }),
  attachment_types: texts.optional().meta({
    title: 'Attachment Types',
    order: 14,
    description: 'Endings of file names of which one is attached.',
    examples: [['xlsx']],
  }),
  attachment_min_megabytes: z
    .number()
    .positive()
    .optional()
    .meta({
      title: 'Attachment Size',
      order: 15,
      description: 'Least size of an attachment in megabytes, where it is known.',
      examples: [10],
    }),
  tools: texts.optional().meta({
    title: 'Tools',
    order: 16,
    description: 'Tools or skills that a response used; an asterisk stands for anything.',
    examples: [['browser']],
  }),
  from_date: date.optional().meta({
    title: 'From Date',
    order: 17,
    description: 'The message is of this day or time, or later.',
    examples: ['2026-01-01'],
  }),
  until_date: date.optional().meta({
    title: 'Until Date',
    order: 18,
    description: 'The message is from before this day or time.',
    examples: ['2026-07-01'],
  }),
  streams: texts.optional().meta({
    title: 'Streams',
    order: 19,
    description: 'Streams that the record comes from.',
    examples: [['messages']],
  }),
  expression: z
    .string()
    .max(2000, 'must have at most 2,000 characters')
    .optional()
    .meta({
      title: 'Expression',
      order: 20,
      multiline: true,
      description: 'CEL expression over `record`, of at most 2000 characters, for what the fields above cannot say.',
      examples: ["record.role == 'user' && size(record.files) > 3"],
    }),
  disposition: z.enum(['archive', 'exclude', 'set_aside']).optional().meta({
    title: 'Disposition',
    order: 21,
    description: 'Whether the item is archived (as it is when nothing is chosen), excluded, or set aside for review.',
  }),
  redact: texts.optional().meta({
    title: 'Redact',
    order: 22,
    description: `${detectorsDescription} What they find is masked.`,
    examples: [['payment_card', 'iban']],
  }),
  tags: z
    .array(name)
    .optional()
    .meta({title: 'Tags', order: 23, description: 'Tags that the item carries.', examples: [['trading']]}),
  retention_category: name.optional().meta({
    title: 'Retention Category',
    order: 24,
    description: 'Retention category that the item carries.',
    examples: ['communications'],
  }),
  retention_days: z
    .int()
    .min(1)
    .max(36_500)
    .optional()
    .meta({
      title: 'Retention Days',
      order: 25,
      description: 'Days that the archive is asked to keep the item; the longest of several holds.',
      examples: [2555],
    }),
  legal_hold: name.optional().meta({
    title: 'Legal Hold',
    order: 26,
    description: 'Matter that the item is held for; a later rule cannot exclude it.',
    examples: ['matter-17'],
  }),
  targets: z
    .array(name)
    .optional()
    .meta({
      title: 'Targets',
      order: 27,
      description: 'Names of the targets that the item is routed to.',
      examples: [['default']],
    }),
});

/** Shape of the policy's part of the configuration, to be spread into the whole. */
export const policyFields = {
  identity_map: z
    .array(mappedPerson)
    .optional()
    .meta({
      title: 'Identity Map',
      order: 20,
      group: 'people',
      description: 'Corporate identities of people, by the id or address that ChatGPT knows them by.',
      examples: [[{collector_id: 'user-Ab12Cd34', corp_email: 'ana.lopez@acme.test'}]],
    }),
  identity_map_csv: z
    .string()
    .optional()
    .meta({
      title: 'Identity Map as CSV',
      order: 21,
      group: 'people',
      multiline: true,
      description: 'The same as CSV text, with the header collector_id,corp_email,display_name,monitor.',
      examples: ['collector_id,corp_email,display_name,monitor\nuser-Ab12Cd34,ana.lopez@acme.test,Ana López,yes'],
    }),
  user_lists: z
    .array(userList)
    .optional()
    .meta({
      title: 'User Lists',
      order: 22,
      group: 'people',
      description: 'Lists of people that rules and the monitored users refer to.',
      examples: [[{name: 'traders', members: ['ana@acme.test']}]],
    }),
  monitored_users: z.enum(['all', 'include', 'exclude']).default('all').meta({
    title: 'Monitored Users',
    order: 23,
    group: 'people',
    description: 'Whose conversations are archived: those of all, only of those in the list, or of all but those.',
  }),
  monitored_list: texts.optional().meta({
    title: 'Monitored List',
    order: 24,
    group: 'people',
    description: 'Mail addresses, ChatGPT user ids, domains that begin with @, or list:NAME.',
    examples: [['list:traders', '@desk.acme.test']],
  }),
  keyword_lists: z
    .array(keywordList)
    .optional()
    .meta({
      title: 'Keyword Lists',
      order: 30,
      group: 'rules',
      description: 'Lists of words and phrases that rules refer to.',
      examples: [[{name: 'deals', keywords: ['insider', 'front running']}]],
    }),
  custom_detectors: z
    .array(customDetector)
    .optional()
    .meta({
      title: 'Custom Detectors',
      order: 31,
      group: 'rules',
      description: 'Patterns of your own for rules to look for and to redact.',
      examples: [[{name: 'account-number', pattern: 'ACC-[0-9]{8}'}]],
    }),
  rules: z
    .array(rule)
    .optional()
    .meta({
      title: 'Rules',
      order: 32,
      group: 'rules',
      description: 'Rules in order; an item matches when one of its records fulfils all conditions that are given.',
      examples: [[{name: 'deals', keyword_lists: ['deals'], tags: ['trading']}]],
    }),
  routing_mode: z
    .enum(['default_only', 'first_match', 'copy_per_match', 'all_match_single'])
    .default('default_only')
    .meta({
      title: 'Routing Mode',
      order: 41,
      group: 'routing',
      description:
        'Everything to the default target, one copy to the target of the first matching rule, one to each, or one to the target all of whose rules match.',
    }),
  routing_no_match: z.enum(['default_target', 'exclude_and_count', 'fail']).default('default_target').meta({
    title: 'When No Rule Routes',
    order: 42,
    group: 'routing',
    description:
      'What becomes of an item that no rule routes: default target, counted exclusion, or set aside as failed.',
  }),
  attachment_mode: z.enum(['replace_missing', 'replace_all', 'fail']).default('replace_missing').meta({
    title: 'Attachment Mode',
    order: 50,
    group: 'attachments',
    description:
      'A note in place of missing attachments, a note in place of all, or items with missing attachments set aside.',
  }),
  attachment_note: z
    .string()
    .max(250)
    .optional()
    .meta({
      title: 'Attachment Note',
      order: 51,
      group: 'attachments',
      description:
        'Text of the note, of at most 250 characters, that stands for an attachment that the policy leaves out.',
      examples: ['Removed under policy 12.'],
    }),
  attachment_allow: texts.optional().meta({
    title: 'Allowed Types',
    order: 52,
    group: 'attachments',
    description: 'Endings of file names that are archived; all when nothing is listed.',
    examples: [['pdf', 'docx']],
  }),
  attachment_deny: texts.optional().meta({
    title: 'Denied Types',
    order: 53,
    group: 'attachments',
    description: 'Endings of file names that are replaced by a note.',
    examples: [['exe', 'mp4']],
  }),
  max_attachment_megabytes: z
    .number()
    .positive()
    .optional()
    .meta({
      title: 'Largest Attachment',
      order: 54,
      group: 'attachments',
      description: 'Size in megabytes above which an attachment is replaced by a note.',
      examples: [25],
    }),
  max_item_megabytes: z
    .number()
    .min(0.1)
    .optional()
    .meta({
      title: 'Largest Item',
      order: 55,
      group: 'attachments',
      description:
        'Size in megabytes above which a conversation is split into parts, and an attachment becomes an item of its own.',
      examples: [10],
    }),
} as const;

export type PolicyConfig = Readonly<z.output<z.ZodObject<typeof policyFields>>>;
export type RuleConfig = z.output<typeof rule>;
export type DetectorName = (typeof detectorNames)[number];
