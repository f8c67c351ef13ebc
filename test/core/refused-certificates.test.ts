// Which codes are of a certificate, and what is said of them: none of them is an outage that passes.
import {expect, test} from '@jest/globals';
import {describeRefusedCertificate, isOfCertificate, unnamedCertificate} from '../../core/refused-certificates';

test.each([
  ['CERT_HAS_EXPIRED', 'The certificate of the store has expired: whoever runs it must renew it.'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'The certificate of the store is not trusted: add the authority'],
  ['CERT_UNTRUSTED', 'The certificate of the store is not trusted: add the authority'],
  [
    'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
    'The certificate of the store is not accepted (UNABLE_TO_DECRYPT_CERT_SIGNATURE).',
  ],
  ['ERROR_IN_CERT_NOT_AFTER_FIELD', 'The certificate of the store is not accepted (ERROR_IN_CERT_NOT_AFTER_FIELD).'],
  [
    'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
    'The certificate of the store is not accepted (ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE).',
  ],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'The store asks for a certificate of the connector, which has none.'],
  [unnamedCertificate, 'The certificate of the store is not accepted.'],
])('%s is of a certificate, and told as it is', (code, told) => {
  expect(isOfCertificate(code)).toBe(true);
  expect(describeRefusedCertificate(code, 'the store')).toContain(told);
});

test.each(['ECONNRESET', 'EPROTO', '28000', 'ETIMEDOUT', ''])('%j is of none', (code) => {
  expect(isOfCertificate(code)).toBe(false);
});
