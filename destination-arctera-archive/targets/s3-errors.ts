// What a failure of an S3-compatible store means, and who can end it.
import {ConfigError, ConnectorError, isOutOfFiles, systemCode, toOutOfFiles, TransientError} from '../../core/errors';

/** HTTP status of the store's answer; undefined when it did not answer. */
export function s3Status(error: unknown): number | undefined {
  return (error as {$metadata?: {httpStatusCode?: number}} | undefined)?.$metadata?.httpStatusCode;
}

const lasting = new Set([
  'AccessDenied',
  'AllAccessDisabled',
  'AuthorizationHeaderMalformed',
  'CredentialsProviderError',
  'ExpiredToken',
  'InvalidAccessKeyId',
  'InvalidBucketName',
  'InvalidRequest',
  'InvalidToken',
  'KMS.DisabledException',
  'KMS.NotFoundException',
  'NoSuchBucket',
  'NotImplemented',
  'PermanentRedirect',
  'SignatureDoesNotMatch',
]);

/** The error of ours, with the store's code and never its text; an error that is ours as it came. */
export function toS3Error(error: unknown, bucket: string): unknown {
  if (error instanceof ConnectorError || !(error instanceof Error)) return error;
  const status = s3Status(error);
  const system = systemCode(error);
  if (isOutOfFiles(system)) return toOutOfFiles(system, error);
  const reason = /^[A-Za-z][A-Za-z.]{0,60}$/.test(error.name) ? error.name : 'Error';
  if (isTrustFailure(error)) {
    return new ConfigError('s3_refused', 'The certificate of the store is not trusted.', {cause: error});
  }
  if (lasting.has(reason) || status === 403 || status === 401 || status === 301) {
    return new ConfigError('s3_refused', `The bucket ${bucket} refuses the request (${reason}).`, {cause: error});
  }
  if (status === undefined && systemCode(error) === undefined && !isOfTheNetwork(error)) return error;
  const answer = status === undefined ? (systemCode(error) ?? reason) : `${reason}, HTTP ${status}`;
  return new TransientError('target_unavailable', `The bucket ${bucket} cannot be written now (${answer}).`, {
    cause: error,
  });
}

function isOfTheNetwork(error: Error): boolean {
  return (
    ['TimeoutError', 'AbortError', 'NetworkingError'].includes(error.name) ||
    /socket hang up|proxy/i.test(error.message)
  );
}

function isTrustFailure(error: Error): boolean {
  return /CERT|SELF_SIGNED|ALTNAME|ISSUER/.test(systemCode(error) ?? '');
}
