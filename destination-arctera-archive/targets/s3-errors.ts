// What a failure of an S3-compatible store means, and who can end it.
import {ConfigError, ConnectorError, isOutOfFiles, systemCode, toOutOfFiles, TransientError} from '../../core/errors';
import {describeRefusedCertificate, isOfCertificate} from '../../core/refused-certificates';
import {answerWithoutEnd} from './s3-answers';

/** HTTP status of the store's answer; undefined when it did not answer. */
export function s3Status(error: unknown): number | undefined {
  return (error as {$metadata?: {httpStatusCode?: number}} | undefined)?.$metadata?.httpStatusCode;
}

/** By AWS, MinIO and Ceph. */
const full = new Set(['QuotaExceeded', 'XMinioAdminBucketQuotaExceeded', 'XMinioStorageFull']);

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
  'InvalidArgument',
  'KMS.DisabledException',
  'KMS.NotFoundException',
  'MethodNotAllowed',
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
  const reason = toReason(error);
  if (system !== undefined && isOfCertificate(system)) {
    return new ConfigError('s3_refused', describeRefusedCertificate(system, 'the store'), {cause: error});
  }
  if (full.has(reason) || status === 507) {
    return new TransientError('disk_full', `The bucket ${bucket} has no room for more (${reason}).`, {cause: error});
  }
  if (reason === 'RequestTimeTooSkewed') {
    const detail = `The clock of the connector and that of the store differ too much (${reason}): set the wrong one.`;
    return new ConfigError('s3_refused', detail, {cause: error});
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

/** What to say of an item that the store, or something before it, never takes for its size; undefined for any other failure. */
export function describeTooLarge(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const reason = toReason(error);
  const status = s3Status(error);
  if (status !== 413 && reason !== 'EntityTooLarge') return undefined;
  return `The store refuses it as too large (${reason}, HTTP ${status ?? 0}).`;
}

function toReason({name}: Error): string {
  return /^[A-Za-z][A-Za-z.]{0,60}$/.test(name) ? name : 'Error';
}

function isOfTheNetwork(error: Error): boolean {
  return (
    ['TimeoutError', 'AbortError', 'NetworkingError', answerWithoutEnd].includes(error.name) ||
    /socket hang up|proxy/i.test(error.message)
  );
}
