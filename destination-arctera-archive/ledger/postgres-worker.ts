// The far side of a PostgreSQL connection: a thread that runs statements, so that a ledger can answer at once.
import type {MessagePort} from 'node:worker_threads';
import {Client, type ClientConfig, types} from 'pg';
import {isOfCertificate, unnamedCertificate} from '../../core/refused-certificates';

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

export interface ConnectionSettings {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** Undefined: the connection is not encrypted. */
  readonly tls: {readonly rejectUnauthorized: true; readonly ca?: string[]} | undefined;
}

export type Request =
  | {readonly kind: 'connect'; readonly settings: ConnectionSettings}
  /** Several statements are one transaction: all of them, or none. */
  | {readonly kind: 'run'; readonly statements: readonly Statement[]}
  | {readonly kind: 'close'};

/** Asked and answered under one number: an answer that comes when nobody waits for it any more is not taken for another. */
export interface Asked {
  readonly number: number;
  readonly request: Request;
}

export interface Answered {
  readonly number: number;
  readonly reply: Reply;
}

export type Reply =
  | {readonly kind: 'rows'; readonly rows: readonly (readonly Record<string, unknown>[])[]}
  | {
      readonly kind: 'failed';
      /** SQLSTATE, or the system's code. */
      readonly code: string | undefined;
      /** The connection is gone: whether a transaction was committed is not known. */
      readonly isLost: boolean;
    };

/** Anything that pg may use in place of a socket of its own. */
export type OpenStream = NonNullable<ClientConfig['stream']>;

types.setTypeParser(types.builtins.INT8, Number); // counts and sequence numbers stay far below 2^53

const connectTimeoutMs = 15_000;
/** What PgBouncer says of everything, with words of its own and in one language: of a wrong password as of a lost server. */
const ofPoolers = '08P01';
const refusalsOfPoolers = [
  [/^(?:password|SASL) authentication failed|^(?:auth failed|no such user)/, '28P01'],
  [/^no such database/, '3D000'],
] as const;
const beatMs = 1_000;

/**
 * Answers requests one after the other, through the port, and then wakes whoever waits at the flag. Counts behind the
 * flag as long as it lives: whoever waits cannot be told that it has ended. Behind that it says whether the connection
 * has ended, for whoever asks nothing meanwhile.
 * @param openStream undefined where the server is reached directly
 */
export function serveDatabase(
  requests: MessagePort,
  replies: MessagePort,
  flag: Int32Array,
  openStream: OpenStream | undefined
): void {
  let client: Client | undefined;
  setInterval(() => Atomics.add(flag, 1, 1), beatMs).unref();
  const handle = async (request: Request): Promise<Reply> => {
    const nothing: Reply = {kind: 'rows', rows: []};
    const previous = client;
    if (request.kind !== 'run') {
      client = undefined;
      await previous?.end().catch(() => undefined);
      if (request.kind === 'close') return nothing;
      const opened = await connect(request.settings, openStream);
      client = opened;
      Atomics.store(flag, 2, 0);
      opened.once('end', () => {
        if (client === opened) Atomics.store(flag, 2, 1);
      });
      return nothing;
    }
    if (client === undefined) return {kind: 'failed', code: undefined, isLost: true};
    return {kind: 'rows', rows: await run(client, request.statements)};
  };
  requests.on('message', ({number, request}: Asked) => {
    void handle(request)
      .catch(toFailure)
      .then((reply) => {
        replies.postMessage({number, reply} satisfies Answered);
        Atomics.store(flag, 0, 1);
        Atomics.notify(flag, 0);
      });
  });
}

async function connect({tls, ...settings}: ConnectionSettings, openStream: OpenStream | undefined): Promise<Client> {
  const client = new Client({
    ...settings,
    ssl: tls === undefined ? false : {minVersion: 'TLSv1.2', ...tls},
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    application_name: 'destination-arctera-archive',
    ...(openStream === undefined ? {} : {stream: openStream}),
  });
  client.on('error', () => undefined); // the next statement meets it
  await client.connect();
  return client;
}

async function run(client: Client, statements: readonly Statement[]): Promise<Record<string, unknown>[][]> {
  const rows: Record<string, unknown>[][] = [];
  const isTransaction = statements.length > 1;
  try {
    if (isTransaction) await client.query('BEGIN');
    for (const {text, values} of statements) {
      const result = await client.query<Record<string, unknown>>(text, values.map(toParameter));
      rows.push(result.rows);
    }
    if (isTransaction) await client.query('COMMIT');
    return rows;
  } catch (error) {
    if (isTransaction) await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** Buffers arrive from another thread as plain arrays of bytes. */
function toParameter(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return Array.isArray(value) ? value.map(toParameter) : value;
}

function toFailure(error: unknown): Reply {
  const {code, message = ''} = error as {code?: string; message?: string};
  // Class 08 is the connection; 57P01 to 57P05 a server that stops, starts or has closed an idle session.
  const isOfServer = code !== undefined && /^[0-9A-Z]{5}$/.test(code);
  if (code !== undefined && isOfCertificate(code)) return {kind: 'failed', code, isLost: false};
  if (!isOfServer && /certificate|altname|\bkey too (?:weak|small)/i.test(message)) {
    return {kind: 'failed', code: unnamedCertificate, isLost: false};
  }
  const refusal = code === ofPoolers ? refusalsOfPoolers.find(([words]) => words.test(message)) : undefined;
  if (refusal !== undefined) return {kind: 'failed', code: refusal[1], isLost: false};
  const isLost = isOfServer ? /^(08|57P0)/.test(code) : true;
  if (/does not support SSL/.test(message)) return {kind: 'failed', code: 'NO_TLS', isLost: false};
  const known = code ?? (/timeout/i.test(message) ? 'ETIMEDOUT' : undefined);
  return {kind: 'failed', code: known, isLost};
}
