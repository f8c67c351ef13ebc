// Whose certificates a connection trusts: those that Node.js trusts without us, and one's own beside them.
import * as tls from 'node:tls';

/**
 * For the options of a TLS connection, or of an agent that opens some.
 *
 * @param own certificates in PEM that are trusted too; none where it is undefined
 */
export function trustBeside(own: string | undefined): {readonly ca?: string[]} {
  return own === undefined ? {} : {ca: [...usualCertificates(), own]};
}

/** Later versions of Node.js can name what NODE_EXTRA_CA_CERTS and the system add to what is built in. */
function usualCertificates(): readonly string[] {
  const {getCACertificates} = tls as {getCACertificates?: (kind: 'default') => readonly string[]};
  return getCACertificates?.('default') ?? tls.rootCertificates;
}
