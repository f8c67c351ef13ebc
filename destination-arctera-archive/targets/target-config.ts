// The settings of each kind of target, of the way to its server, and of the ledger that a target without a disk needs.
import {X509Certificate} from 'node:crypto';
import {isIPv6} from 'node:net';
import * as z from 'zod';
import {mailAddressPattern} from '../../core/plain-address';
import {isUriPart} from '../../core/uri-part';
import {folderLayouts} from './folder-layout';
import {isLoopback, withoutBrackets} from './network';

const mailAddress = z
  .string()
  .regex(mailAddressPattern, 'must be a plain mail address')
  .meta({pattern_descriptor: 'name@domain'});

/** Of whatever lies in a folder: the items of a target, or a ledger. */
const lastingFolder = {
  path: z
    .string()
    .min(1, 'must name a folder')
    .refine(isPath, 'must be the path itself: ~, variables, drive letters, addresses and spaces around it lead nowhere')
    .meta({
      title: 'Path',
      order: 1,
      description: 'Absolute path of the folder, on storage that outlives the connector.',
      examples: ['/archive/chatgpt'],
    }),
  allow_ephemeral: z.boolean().optional().meta({
    title: 'Allow Ephemeral Storage',
    order: 2,
    description: 'Write even where the folder would vanish with the container. For trials only.',
  }),
};

const envelopeRecipients = z.array(mailAddress).min(1, 'must name a recipient');

const ofSender = {
  pattern_descriptor: 'name@domain',
  title: 'Envelope Sender',
  description: 'Address that delivery failures go to. It is not the author of the items.',
  examples: ['chatgpt-capture@acme.test'],
};

const ofRecipients = {
  title: 'Envelope Recipients',
  description: 'Journal addresses of the archive. Every item goes to all of them.',
  examples: [['journal@archive.acme.test']],
};

const folderTarget = z
  .strictObject({
    type: z.literal('folder').meta({title: 'Type', order: 0, description: 'A folder that the archive collects from.'}),
    ...lastingFolder,
    layout: z.enum(folderLayouts).optional().meta({
      title: 'Layout',
      order: 3,
      description:
        'What the directories of items are made of: the first characters of their ids, days, users or conversations. Empty means their ids.',
    }),
    session_folders: z.boolean().optional().meta({
      title: 'Session Folders',
      order: 4,
      description: 'Give the items of every run a directory of their own, above the layout.',
    }),
    envelope: z
      .strictObject({
        sender: mailAddress.meta({...ofSender, order: 0}),
        recipients: envelopeRecipients.meta({...ofRecipients, order: 1}),
      })
      .optional()
      .meta({
        title: 'Envelope',
        order: 5,
        description: 'Written beside every item as a mail server would be given it. Empty means no such files.',
      }),
  })
  .meta({title: 'Folder', description: 'Items are written as files into a folder.'});

const smtpTarget = z
  .strictObject({
    type: z
      .literal('smtp')
      .meta({title: 'Type', order: 0, description: 'A mail server that journals for the archive.'}),
    // A bare `[` within a class begins another one in Java, by whose patterns the platform checks what the form saves.
    host: z
      .string()
      .regex(/^[A-Za-z0-9.:\x5b\x5d-]+$/, 'must be a host name')
      .refine(isHost, 'must be a host name or an address; the port has a field of its own')
      .meta({
        title: 'Host',
        order: 1,
        description: 'Host name of the mail server.',
        examples: ['journal.acme.test'],
        pattern_descriptor: 'a host name or an address',
      }),
    port: z
      .int()
      .min(1)
      .max(65535)
      .optional()
      .meta({
        title: 'Port',
        order: 2,
        description: 'Port of the mail server. Empty means 25 with STARTTLS and 465 with TLS from the start.',
        examples: [587],
      }),
    security: z.enum(['starttls', 'tls', 'none']).optional().meta({
      title: 'Security',
      order: 3,
      description:
        'STARTTLS is required unless TLS is chosen from the start. Without encryption no sign-in is possible; use it on a trusted host only.',
    }),
    sender: mailAddress.meta({...ofSender, order: 4}),
    recipients: envelopeRecipients.meta({...ofRecipients, order: 5}),
    username: z
      .string()
      .min(1)
      .optional()
      .meta({
        title: 'User Name',
        order: 6,
        description: 'User name for the sign-in; only ever sent through TLS.',
        examples: ['chatgpt-capture'],
      }),
    password: z.string().min(1).optional().meta({
      title: 'Password',
      order: 7,
      airbyte_secret: true,
      description: 'Password for the sign-in.',
    }),
    connections: z
      .int()
      .min(1)
      .max(20)
      .optional()
      .meta({
        title: 'Connections',
        order: 8,
        description: 'How many connections are used at once. Empty means 4.',
        examples: [4],
      }),
  })
  .meta({title: 'Mail Server (SMTP)', description: 'Items are sent as mail to a journal address.'});

const s3Target = z
  .strictObject({
    type: z.literal('s3').meta({title: 'Type', order: 0, description: 'A bucket of an S3-compatible store.'}),
    bucket: z
      .string()
      .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be a bucket name')
      .meta({
        title: 'Bucket',
        order: 1,
        description: 'Name of the bucket.',
        examples: ['chatgpt-archive'],
        pattern_descriptor: '3 to 63 lower-case letters, digits, dots and hyphens',
      }),
    region: z
      .string()
      .regex(/^[a-z0-9-]+$/, 'must be a region such as eu-central-1')
      .meta({
        title: 'Region',
        order: 2,
        description: 'Region of the bucket.',
        examples: ['eu-central-1'],
        pattern_descriptor: 'lower-case letters, digits and hyphens',
      }),
    prefix: z
      .string()
      .regex(/^[A-Za-z0-9!_.*'()/-]{0,200}$/, 'must hold letters, digits and slashes')
      .optional()
      .meta({
        title: 'Key Prefix',
        order: 3,
        description: 'Begins the key of every object.',
        examples: ['chatgpt'],
        pattern_descriptor: 'at most 200 letters, digits, slashes and simple marks',
      }),
    endpoint: z
      .string()
      .refine(isAllowedEndpoint, 'must be an https address; plain http is for loopback only')
      .optional()
      .meta({
        title: 'Endpoint',
        order: 4,
        description: 'Address of a store that is not Amazon S3.',
        examples: ['https://minio.acme.test'],
      }),
    path_style: z.boolean().optional().meta({
      title: 'Path Style',
      order: 5,
      description: 'Name the bucket in the path instead of the host name, as MinIO and Ceph usually need.',
    }),
    access_key_id: z.string().min(1).optional().meta({
      title: 'Access Key ID',
      order: 6,
      airbyte_secret: true,
      description: 'Empty means the credentials of the environment, the pod or the instance.',
    }),
    secret_access_key: z.string().min(1).optional().meta({
      title: 'Secret Access Key',
      order: 7,
      airbyte_secret: true,
      description: 'Belongs to the access key ID.',
    }),
    object_lock: z.enum(['governance', 'compliance']).optional().meta({
      title: 'Object Lock',
      order: 8,
      description:
        'Lock every item for its retention period and place its legal hold. The bucket must have Object Lock. Empty means no lock.',
    }),
    retention_days: z
      .int()
      .min(1)
      .max(36500)
      .optional()
      .meta({
        title: 'Retention Days',
        order: 9,
        description:
          'How long an item is locked to which the policy gives no period, counted from its delivery. Empty means that such an item has the lock that the bucket gives by itself, or none.',
        examples: [2190],
      }),
    encryption: z.enum(['AES256', 'aws:kms']).optional().meta({
      title: 'Server-Side Encryption',
      order: 10,
      description: 'Encryption that is asked of the store. Empty means what the bucket does by itself.',
    }),
    kms_key_id: z
      .string()
      .min(1)
      .optional()
      .meta({
        title: 'KMS Key',
        order: 11,
        description: 'Key for encryption with KMS. Empty means the default key of the account.',
        examples: ['alias/chatgpt-archive'],
      }),
  })
  .meta({title: 'Bucket (S3)', description: 'Items are written as objects into a bucket, locked if so configured.'});

/** The form shows options only of what says that it is an object. */
export const targetKinds = z.discriminatedUnion('type', [folderTarget, smtpTarget, s3Target]).meta({type: 'object'});

export type TargetConfig = Readonly<z.output<typeof targetKinds>>;

const sqliteLedger = z
  .strictObject({
    type: z.literal('sqlite').meta({title: 'Type', order: 0, description: 'A file in a folder that lasts.'}),
    ...lastingFolder,
    path: lastingFolder.path.meta({...lastingFolder.path.meta(), examples: ['/archive/chatgpt-ledger']}),
  })
  .meta({title: 'SQLite', description: 'The ledger is a file in a folder.'});

const postgresLedger = z
  .strictObject({
    type: z
      .literal('postgres')
      .meta({title: 'Type', order: 0, description: 'A database, for connectors that have no lasting folder.'}),
    connection_string: z
      .string()
      .refine(
        isPostgresAddress,
        'must be postgresql://user:password@host:port/database with one host, where a percent sign of a password is %25'
      )
      .meta({
        title: 'Connection String',
        order: 1,
        airbyte_secret: true,
        description:
          'Address of the database with user name and password. It must reach the server itself, or a pooler that keeps sessions.',
        examples: ['postgresql://archive:secret@db.acme.test:5432/compliance'],
      }),
    schema: z
      .string()
      .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'must be lower-case letters, digits and underscores')
      .optional()
      .meta({
        title: 'Schema',
        order: 2,
        description: 'Schema for the tables of the ledger, made if it is missing. Empty means chatgpt_archive.',
        examples: ['chatgpt_archive'],
        pattern_descriptor: 'lower-case letters, digits and underscores',
      }),
    security: z.enum(['tls', 'none']).optional().meta({
      title: 'Security',
      order: 3,
      description: 'TLS with a verified certificate, unless the connection stays on a trusted host or network.',
    }),
  })
  .meta({title: 'PostgreSQL', description: 'The ledger is a schema in a database, and nothing needs a folder.'});

export type PostgresLedgerConfig = Readonly<z.output<typeof postgresLedger>>;

/** What the connection string says; how it is encrypted has a field of its own. */
export function toPostgresAddress(
  connectionString: string
): Record<'host' | 'database' | 'user' | 'password', string> & {readonly port: number} {
  const {hostname, port, pathname, username, password} = new URL(connectionString);
  return {
    host: withoutBrackets(hostname),
    port: port === '' ? 5432 : Number(port),
    database: decodeURIComponent(pathname.slice(1)),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
  };
}

/** What is none is a name like any other to the system: the archive would lie below wherever the connector was started. */
function isPath(value: string): boolean {
  return value === value.trim() && !value.includes('\0') && !/^(?:[~$%]|[a-z][a-z0-9+.-]*:[\\/])/i.test(value);
}

function isPostgresAddress(value: string): boolean {
  if (!/^postgres(?:ql)?:\/\//.test(value) || !URL.canParse(value)) return false;
  const {hostname, pathname, username, password} = new URL(value);
  const isDecodable = [pathname, username, password].every(isUriPart);
  const isOneHost = /^[^,%]+$/.test(hostname); // neither several nor the folder of a socket
  return isDecodable && isOneHost && pathname.length > 1 && username !== '';
}

function isHost(value: string): boolean {
  return /[:[\]]/.test(value) ? isIPv6(withoutBrackets(value)) : true;
}

export const ledgerKinds = z.discriminatedUnion('type', [sqliteLedger, postgresLedger]).meta({type: 'object'});

const certificatePattern = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

export const networkFields = {
  proxy: z
    .strictObject({
      url: z
        .string()
        .refine(isProxyAddress, 'must be an http or https address without user name')
        .meta({
          title: 'Address',
          order: 0,
          description: 'Address of the HTTP proxy, which must allow CONNECT to the ports of the targets.',
          examples: ['http://proxy.acme.test:3128'],
        }),
      username: z
        .string()
        .min(1)
        .optional()
        .meta({title: 'User Name', order: 1, description: 'User name at the proxy.', examples: ['airbyte']}),
      password: z
        .string()
        .min(1)
        .optional()
        .meta({title: 'Password', order: 2, airbyte_secret: true, description: 'Password at the proxy.'}),
      no_proxy: z
        .array(z.string().min(1))
        .optional()
        .meta({
          title: 'Without Proxy',
          order: 3,
          description: 'Hosts, or domains with a leading dot, that are reached directly.',
          examples: [['.internal.acme.test']],
        }),
    })
    .optional()
    .meta({
      title: 'Proxy',
      order: 61,
      group: 'advanced',
      description: 'Proxy for everything that the destination connects to.',
    }),
  ca_certificate: z
    .string()
    .transform((given) => given.replaceAll('\\r', '').replaceAll('\\n', '\n').trim())
    .refine(isCertificateText, 'is not one or more certificates in PEM form')
    .optional()
    .meta({
      title: 'Certificate Authority',
      order: 62,
      group: 'advanced',
      multiline: true,
      airbyte_secret: false,
      description: 'Certificates in PEM form that are trusted beside the usual ones. Verification stays on.',
    }),
};

function isAllowedEndpoint(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const {protocol, hostname, username, password} = new URL(value);
  return `${username}${password}` === '' && (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname)));
}

function isProxyAddress(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const {protocol, username, password} = new URL(value);
  return (protocol === 'http:' || protocol === 'https:') && `${username}${password}` === '';
}

function isCertificateText(text: string): boolean {
  const certificates = text.match(certificatePattern) ?? [];
  try {
    for (const certificate of certificates) new X509Certificate(certificate);
  } catch {
    return false;
  }
  return certificates.length > 0 && text.replace(certificatePattern, '').trim() === '';
}
