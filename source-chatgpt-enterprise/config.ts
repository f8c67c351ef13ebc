// What a user configures: each field is described here once, and spec, types and validation come from it.
import {X509Certificate} from 'node:crypto';
import * as z from 'zod';
import {isAllowedAddress} from '../core/allowed-address';
import {parseMicros, toFirstMoment} from '../core/micros';

const startDatePattern = '^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?Z)?$';

/** Of a proxy that nobody runs; its key was thrown away. */
const exampleCertificate = [
  '-----BEGIN CERTIFICATE-----',
  'MIIBkTCCATegAwIBAgIUW07FrknNIep1zbB39KBRYE1oNTMwCgYIKoZIzj0EAwIw',
  'HTEbMBkGA1UEAwwSUHJveHkgb2YgYWNtZS50ZXN0MCAXDTI2MTEzMDA4NDQxOVoY',
  'DzIxMjYxMTA2MDg0NDE5WjAdMRswGQYDVQQDDBJQcm94eSBvZiBhY21lLnRlc3Qw',
  'WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAS4stza+WPUy0Uhd5guTuh/5qfF6Dmy',
  'wM8YTk6NGkuHROHhmhyvmRpjy3I/Ek9RLCt6t34O0QLbl0RElyt5NlgLo1MwUTAd',
  'BgNVHQ4EFgQUPEqxOIcKC9jHlEARp0jE78FzEJQwHwYDVR0jBBgwFoAUPEqxOIcK',
  'C9jHlEARp0jE78FzEJQwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBF',
  'AiAXe8VcP44k2FzxuxSD33UaPiBVPWxlfteUJRE8ZlXKqwIhAIcPqIEotaJMan9S',
  'RWcyKwGbmbmfLlvE7uMCAkixz1Ym',
  '-----END CERTIFICATE-----',
].join('\n');

export const configSchema = z.object({
  workspace_id: z
    .string()
    .trim()
    .min(1)
    .regex(/^[^/\\]+$/, 'must not contain a slash')
    .refine((id) => id !== '.' && id !== '..', 'is not a workspace ID')
    .meta({
      title: 'Workspace ID',
      pattern_descriptor: 'a UUID, without a slash',
      description: 'The ChatGPT Enterprise workspace to capture. It is a UUID, shown in the workspace settings.',
      examples: ['4f0e3c1e-5c5b-4b0a-9f53-7d2c0a8e1b22'],
      order: 0,
    }),
  api_key: z
    .string()
    .trim()
    .min(1)
    .refine(isHeaderText, 'must be the key alone, without line breaks or characters outside ASCII')
    .meta({
      title: 'Admin key',
      description:
        'An Admin key of this workspace with read access to compliance logs and, for files and users, to compliance_export.',
      airbyte_secret: true,
      order: 1,
    }),
  start_date: z
    .string()
    .regex(new RegExp(startDatePattern), 'must be a date, or a date and time in UTC')
    .refine((date) => parseMicros(toFirstMoment(date)) !== undefined, 'is not a day of the calendar')
    .optional()
    .meta({
      title: 'Start date',
      description:
        'Events before this date, in UTC, are left out. Empty: everything the API still holds, which is at most 30 days.',
      pattern_descriptor: 'YYYY-MM-DD or YYYY-MM-DDTHH:mm:ssZ',
      examples: ['2026-10-01', '2026-10-01T00:00:00Z'],
      order: 2,
    }),
  requests_per_minute: z.int().min(1).max(1_000_000).default(50).meta({
    title: 'Requests per minute',
    description: 'Requests that each route of the API is sent at most in any minute.',
    order: 3,
  }),
  refresh_hours: z.int().min(0).max(8_760).default(24).meta({
    title: 'Hours between refreshes',
    description: 'Hours that pass at least before users and other current objects are listed again.',
    order: 4,
  }),
  max_file_megabytes: z.int().min(1).max(1_048_576).default(512).meta({
    title: 'Largest file in megabytes',
    description:
      'Files larger than this are not captured; they are reported as too_large. ChatGPT accepts uploads of up to 512 MB.',
    order: 5,
  }),
  extra_log_types: z
    .array(z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'must be an event type in capital letters, such as CODEX_TURN'))
    .optional()
    .meta({
      title: 'Extra log types',
      description:
        'Further event types of the Compliance Logs Platform to offer as streams: CODEX_TURN becomes codex_turn_logs.',
      examples: [['CODEX_TURN']],
      order: 6,
    }),
  api_base_url: z
    .string()
    .trim()
    .refine(isAllowedBaseUrl, 'must be an https address; plain http is for loopback only')
    .default('https://api.chatgpt.com/v1')
    .meta({
      title: 'API address',
      description: 'Where the Compliance API is reached. Change it only to test against a simulator.',
      examples: ['https://api.chatgpt.com/v1'],
      order: 7,
    }),
  ca_certificate: z
    .string()
    .overwrite(toCertificateText)
    .refine(isCertificateText, 'is not one or more certificates in PEM form')
    .optional()
    .meta({
      title: 'Certificate authority',
      description:
        'Certificates in PEM form that are trusted beside the usual ones, for networks whose proxy inspects TLS. Verification stays on.',
      examples: [exampleCertificate],
      multiline: true,
      order: 8,
    }),
});

export type Config = Readonly<z.output<typeof configSchema>>;

/** Any other text cannot be sent, and no request would leave. */
function isHeaderText(value: string): boolean {
  return /^[\x20-\x7e]*$/.test(value);
}

function isAllowedBaseUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  // Behind a mark that nothing follows, too, every path would be a query or a fragment.
  return isAllowedAddress(url) && `${url.username}${url.password}` === '' && !/[?#]/.test(value);
}

const certificatePattern = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Forms and shells may have turned line breaks into the two characters \\n. */
function toCertificateText(given: string): string {
  return given.replaceAll('\\r', '').replaceAll('\\n', '\n').trim();
}

function isCertificateText(text: string): boolean {
  const certificates = text.match(certificatePattern) ?? [];
  try {
    for (const certificate of certificates) new X509Certificate(certificate);
  } catch {
    return false;
  }
  return certificates.length > 0;
}
