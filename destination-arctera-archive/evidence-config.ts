// The settings of what a run leaves as evidence: who signs its manifest.
import {createPrivateKey, createPublicKey} from 'node:crypto';
import * as z from 'zod';

/** Whoever holds a shorter secret can be guessed at. */
const minSecretLength = 16;

/** A form that holds one line keeps the line breaks of a key as two characters. */
const pem = z.string().transform((given) => given.replaceAll('\\r', '').replaceAll('\\n', '\n').trim());

export const evidenceFields = {
  alerts: z
    .strictObject({
      url: z
        .string()
        .refine(isHttps, 'must be an https address without user name')
        .meta({
          title: 'Webhook',
          order: 0,
          airbyte_secret: true,
          description:
            'Address that alerts are posted to. It is kept like a secret, since many receivers put one in it.',
          examples: ['https://alerts.acme.test/hooks/archive'],
        }),
      secret: z
        .string()
        .min(minSecretLength, `must have at least ${minSecretLength} characters`)
        .meta({
          title: 'Signing Secret',
          order: 1,
          airbyte_secret: true,
          description: `Shared with the receiver, who checks the signature of each alert with it; at least ${minSecretLength} characters.`,
        }),
      max_lag_hours: z
        .number()
        .positive()
        .optional()
        .meta({
          title: 'Longest Lag',
          order: 2,
          description: 'Alert when a log stream is more than so many hours behind its newest event. Empty means never.',
          examples: [6],
        }),
    })
    .optional()
    .meta({
      title: 'Alerts',
      order: 71,
      group: 'evidence',
      description:
        'Post to a webhook when a run fails, sets records aside, finds a gap, people without identity, counts that differ, files at risk, or too long a lag. Counts and codes only.',
    }),
  set_aside_percent: z.number().min(0).max(100).default(5).meta({
    title: 'Set-aside Limit',
    order: 72,
    group: 'evidence',
    description: 'A run fails when it sets aside more than this share of its new records, in percent.',
  }),
  set_aside_records: z.int().min(1).default(20).meta({
    title: 'Set-aside Minimum',
    order: 73,
    group: 'evidence',
    description: 'A run never fails for fewer records set aside than this.',
  }),
  manifest_signing: z
    .strictObject({
      private_key: pem
        .refine((text) => isEd25519(() => createPrivateKey(text)), {
          message: 'must be an Ed25519 private key in PEM form',
        })
        .meta({
          title: 'Private Key',
          order: 0,
          airbyte_secret: true,
          multiline: true,
          description: 'Ed25519 private key in PEM form (PKCS #8), as "openssl genpkey -algorithm ed25519" makes it.',
        }),
      earlier_public_keys: z
        .array(
          pem.refine((text) => isEd25519(() => createPublicKey(text)), {
            message: 'must be an Ed25519 public key in PEM form',
          })
        )
        .optional()
        .meta({
          title: 'Earlier Public Keys',
          order: 1,
          airbyte_secret: false,
          description: 'Public keys in PEM form that signed earlier manifests, for the command verify.',
          examples: [['-----BEGIN PUBLIC KEY-----\nMCowBQ...\n-----END PUBLIC KEY-----']],
        }),
    })
    .optional()
    .meta({
      title: 'Manifest Signing',
      order: 70,
      group: 'evidence',
      description: 'Sign the manifest of each run. Empty means that manifests are not signed.',
    }),
};

function isHttps(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const {protocol, username} = new URL(value);
  return protocol === 'https:' && username === '';
}

function isEd25519(read: () => {asymmetricKeyType?: string | undefined}): boolean {
  try {
    return read().asymmetricKeyType === 'ed25519';
  } catch {
    return false;
  }
}
