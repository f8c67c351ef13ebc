// The settings of what a run leaves as evidence: who signs its manifest.
import {createPrivateKey, createPublicKey} from 'node:crypto';
import {z} from 'zod';

/** A form that holds one line keeps the line breaks of a key as two characters. */
const pem = z.string().transform((given) => given.replaceAll('\\r', '').replaceAll('\\n', '\n').trim());

export const evidenceFields = {
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

function isEd25519(read: () => {asymmetricKeyType?: string | undefined}): boolean {
  try {
    return read().asymmetricKeyType === 'ed25519';
  } catch {
    return false;
  }
}
