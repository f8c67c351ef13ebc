// Signs a digest with an Ed25519 key, and checks such signatures.
import {createPrivateKey, createPublicKey, type KeyObject, sign, verify} from 'node:crypto';

export interface Signature {
  readonly algorithm: 'ed25519';
  /** The public key, as base64 of its DER (SPKI). */
  readonly public_key: string;
  /** Of the digest as hexadecimal text, in base64. */
  readonly signature: string;
}

export class Signer {
  private readonly key: KeyObject;
  readonly publicKey: string;

  /** @param pem an Ed25519 private key */
  constructor(pem: string) {
    this.key = createPrivateKey(pem);
    this.publicKey = toSpki(createPublicKey(this.key));
  }

  sign(digest: string): Signature {
    const signature = sign(null, Buffer.from(digest), this.key).toString('base64');
    return {algorithm: 'ed25519', public_key: this.publicKey, signature};
  }
}

/** The public keys, as base64 of their DER, of keys in PEM: private ones stand for their public ones. */
export function toPublicKeys(pems: readonly string[]): readonly string[] {
  return pems.map((pem) => toSpki(createPublicKey(pem)));
}

export function isSignedBy(digest: string, {public_key: publicKey, signature}: Signature): boolean {
  try {
    const key = createPublicKey({key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki'});
    return verify(null, Buffer.from(digest), key, Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
}

function toSpki(key: KeyObject): string {
  return key.export({format: 'der', type: 'spki'}).toString('base64');
}
