// Why TLS came to nothing for a certificate, by the codes of Node.js and OpenSSL, and what ends it.

const reasons: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', 'has expired: whoever runs it must renew it'],
  ['CERT_NOT_YET_VALID', 'is not valid yet: it was made too early, or the clock of the connector is behind'],
  ['CERT_REVOKED', 'was revoked: whoever runs it must renew it'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'is for another host: give the address by a name that it has'],
  ['HOSTNAME_MISMATCH', 'is for another host: give the address by a name that it has'],
  ['INVALID_PURPOSE', 'is not made for a server: whoever runs it must replace it'],
]);

/** Of TLS 1.3; an earlier version does not say why it ends. */
const wantsOurs = 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED';

/** Nobody who signed it is known, or what it says of itself does not hold. */
const untrusted: ReadonlySet<string> = new Set([
  'CERT_CHAIN_TOO_LONG',
  'CERT_REJECTED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'INVALID_CA',
  'PATH_LENGTH_EXCEEDED',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** What stands for a certificate that is refused without a code of its own. */
export const unnamedCertificate = 'CERT';

export function isOfCertificate(code: string): boolean {
  return untrusted.has(code) || reasons.has(code) || code.includes('CERT');
}

/** @param server such as `the mail server` */
export function describeRefusedCertificate(code: string, server: string): string {
  if (code === wantsOurs)
    return `${server.replace(/^t/, 'T')} asks for a certificate of the connector, which has none.`;
  const isNamed = code !== '' && code !== unnamedCertificate;
  const reason = untrusted.has(code)
    ? 'is not trusted: add the authority that signed it to ca_certificate'
    : (reasons.get(code) ?? `is not accepted${isNamed ? ` (${code})` : ''}`);
  return `The certificate of ${server} ${reason}.`;
}
