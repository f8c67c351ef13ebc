// What an SMTP server's answer, or its silence, means for the item and for the run.
import {ConfigError, ConnectorError, isOutOfFiles, toOutOfFiles} from '../../core/errors';
import type {ErrorCode} from '../../core/error-codes';
import {describeRefusedCertificate} from '../../core/refused-certificates';

export type SmtpVerdict =
  /** The server said no to this item, for good. */
  | {readonly kind: 'refused'; readonly code: ErrorCode; readonly words: string}
  /** The server said: not now. */
  | {readonly kind: 'deferred'; readonly words: string}
  /** The connection ended, or could not be made, without an answer: our words for that. */
  | {readonly kind: 'lost'; readonly words: string};

const longestWords = 500;
/** Of a secret: less may be part of any word. */
const shortestRepeat = 6;

/** The server does not announce 8BITMIME: what is not 7-bit would reach its archive changed, or not at all. */
export class EightBitsRefused extends Error {
  constructor() {
    super('The mail server takes 7-bit content only.');
  }
}

/** What ended a connection before a message could be sent: it says something of the server, and nothing of an item. */
export class NotLetIn extends Error {
  constructor(cause: unknown) {
    super('The mail server lets nobody in.', {cause});
  }
}

interface SmtpFailure {
  readonly code?: string;
  /** Of the system, where `code` is the client's. */
  readonly originalCode?: string;
  readonly command?: string;
  readonly response?: string;
  readonly responseCode?: number;
  readonly message?: string;
}

/** Throws ConfigError for what the administrator must change. */
export function toVerdict(error: unknown): SmtpVerdict {
  if (error instanceof ConnectorError) throw error;
  if (error instanceof NotLetIn) {
    const verdict = toVerdict(error.cause);
    const {code, originalCode = code} = error.cause as SmtpFailure;
    if (isNoTls(originalCode)) {
      const detail = `The mail server speaks no TLS that the connector knows (${originalCode}).`;
      throw new ConfigError('smtp_tls_failed', detail, {cause: error});
    }
    if (isOutOfFiles(originalCode)) throw toOutOfFiles(originalCode, error);
    if (verdict.kind === 'lost') return {kind: 'lost', words: describeUnreached(originalCode)};
    return verdict.kind === 'refused' ? {kind: 'deferred', words: verdict.words} : verdict;
  }
  if (error instanceof EightBitsRefused) return {kind: 'refused', code: 'item_refused', words: error.message};
  const {code = '', originalCode = code, message = '', response = '', responseCode = 0} = error as SmtpFailure;
  const words = toSafeWords(response);
  if (responseCode >= 400 && responseCode < 500) return {kind: 'deferred', words};
  // RFC 3207 and RFC 4954: of a connection without TLS the server wants nothing but STARTTLS, whatever else it would accept.
  if (responseCode === 538 || (responseCode === 530 && /\bSTARTTLS\b/i.test(response))) {
    throw new ConfigError('smtp_tls_failed', `The mail server asks for encryption: ${words}.`);
  }
  if (code === 'EAUTH' || [530, 534, 535].includes(responseCode)) {
    throw new ConfigError(
      'smtp_sign_in_refused',
      `The mail server refuses the sign-in: ${words || 'no reason given'}.`
    );
  }
  // The message ends with the answer where there is one: a server may refuse an item for a certificate within it.
  if (responseCode === 0 && isTrustFailure(message)) {
    const detail = describeRefusedCertificate(originalCode, 'the mail server');
    throw new ConfigError('smtp_tls_failed', detail, {cause: error});
  }
  if (code === 'ETLS')
    throw new ConfigError('smtp_tls_failed', 'The mail server does not offer STARTTLS.', {cause: error});
  if (code === 'EMESSAGE' && responseCode === 0 && message.startsWith('Message size larger')) {
    return {kind: 'refused', code: 'item_too_large', words: toSafeWords(message)};
  }
  if (responseCode >= 500) return {kind: 'refused', code: toRefusalCode(responseCode, response), words};
  return {kind: 'lost', words: 'the connection is lost before it has answered'};
}

function describeUnreached(code: string | undefined): string {
  return code === undefined ? 'it ends the connection' : `it cannot be reached (${code})`;
}

/** 552 also says that a mailbox is full; its enhanced code (RFC 3463) tells. */
export function toRefusalCode(responseCode: number, response: string): ErrorCode {
  const isSize = responseCode === 552 ? !/^552[ -]5\.2\.2/.test(response) : /^5\d\d[ -]5\.3\.4/.test(response);
  return isSize ? 'item_too_large' : 'item_refused';
}

/** The server's words without controls, bounded: it is another party's text. */
export function toSafeWords(text: string): string {
  const words = text.replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim();
  return words.length <= longestWords ? words : `${words.slice(0, longestWords)}…`;
}

/** The failure of a sign-in, without the server's words where they repeat some of what it was sent, as some do with what they refuse. */
export function toRefusedSignIn(error: unknown, ...secrets: readonly string[]): unknown {
  const {code, originalCode, response = '', responseCode} = error as SmtpFailure;
  const sent = secrets.flatMap((secret) => [secret, Buffer.from(secret).toString('base64')]);
  if (!sent.some((each) => repeats(response, each))) return error;
  const [status = ''] = /^\d{3}(?:[ -]\d\.\d{1,3}\.\d{1,3}(?!\S))?/.exec(response) ?? [];
  return Object.assign(new Error('The sign-in was refused.'), {code, originalCode, response: status, responseCode});
}

function repeats(text: string, secret: string): boolean {
  const length = Math.min(shortestRepeat, secret.length);
  for (let begin = 0; length > 0 && begin + length <= secret.length; begin += 1) {
    if (text.includes(secret.slice(begin, begin + length))) return true;
  }
  return false;
}

/** Of a port without TLS from the start, as 587 is, and of versions or ciphers that nobody should use any more: it lasts. */
function isNoTls(code = ''): boolean {
  return /^ERR_SSL_\w*(?:WRONG_VERSION_NUMBER|UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|HANDSHAKE_FAILURE)$/.test(code);
}

function isTrustFailure(message: string): boolean {
  return /certificate|altnames|self.signed|CERT_/i.test(message);
}
