// A stand-in for Airbyte's public API, which takes and gives what its published OpenAPI description names and nothing else.
import {randomUUID} from 'node:crypto';
import {once} from 'node:events';
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import * as z from 'zod';

const uuid = z.uuid();
const streams = z.strictObject({
  streams: z.array(
    z.strictObject({
      name: z.string(),
      syncMode: z.enum([
        'full_refresh_overwrite',
        'full_refresh_append',
        'full_refresh_overwrite_deduped',
        'incremental_append',
        'incremental_deduped_history',
      ]),
      cursorField: z.array(z.string()).optional(),
      primaryKey: z.array(z.array(z.string())).optional(),
    })
  ),
});
const schedule = z.strictObject({
  scheduleType: z.enum(['manual', 'cron']),
  cronExpression: z.string().optional(),
  cronTimeZone: z.string().optional(),
});
const connectionFields = {
  name: z.string().optional(),
  configurations: streams.optional(),
  schedule: schedule.optional(),
  status: z.enum(['active', 'inactive', 'deprecated']).optional(),
  namespaceDefinition: z.enum(['source', 'destination', 'custom_format']).optional(),
  namespaceFormat: z.string().optional(),
  prefix: z.string().optional(),
  nonBreakingSchemaUpdatesBehavior: z
    .enum(['ignore', 'disable_connection', 'propagate_columns', 'propagate_fully'])
    .optional(),
};
const actorFields = {name: z.string(), configuration: z.record(z.string(), z.unknown())};

/** Bodies of requests by their name in the description. */
const bodies = {
  token: z.strictObject({
    client_id: z.string(),
    client_secret: z.string(),
    'grant-type': z.literal('client_credentials').optional(),
  }),
  createDefinition: z.strictObject({
    name: z.string(),
    dockerRepository: z.string(),
    dockerImageTag: z.string(),
    documentationUrl: z.string().optional(),
  }),
  updateDefinition: z.strictObject({name: z.string(), dockerImageTag: z.string()}),
  createActor: z.strictObject({...actorFields, workspaceId: uuid, definitionId: uuid, secretId: z.string().optional()}),
  putActor: z.strictObject(actorFields),
  createConnection: z.strictObject({...connectionFields, sourceId: uuid, destinationId: uuid}),
  patchConnection: z.strictObject(connectionFields),
};

type Entry = Record<string, unknown>;

interface Table {
  readonly idKey: string;
  readonly create: z.ZodType<Entry>;
  readonly update: {readonly method: string; readonly body: z.ZodType<Entry>};
  readonly isPaged: boolean;
  readonly rows: Entry[];
}

export class AirbyteServer {
  readonly requests: {readonly method: string; readonly path: string; readonly body: Entry | undefined}[] = [];
  readonly workspaceId = randomUUID();
  readonly credentials = {AIRBYTE_CLIENT_ID: randomUUID(), AIRBYTE_CLIENT_SECRET: 'secret-of-the-application'};
  private readonly token = randomUUID();
  private readonly tables: Readonly<Record<string, Table>> = {
    [`workspaces/${this.workspaceId}/definitions/sources`]: definitions(),
    [`workspaces/${this.workspaceId}/definitions/destinations`]: definitions(),
    sources: actors('sourceId'),
    destinations: actors('destinationId'),
    connections: {
      idKey: 'connectionId',
      create: bodies.createConnection,
      update: {method: 'PATCH', body: bodies.patchConnection},
      isPaged: true,
      rows: [],
    },
  };
  private readonly server: Server = createServer((request, response) => {
    this.answer(request, response).catch(() => response.destroy());
  });

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/api/public/v1`;
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  rows(name: 'source definitions' | 'destination definitions' | 'sources' | 'destinations' | 'connections'): Entry[] {
    const [kind, what] = name.split(' ');
    return this.tables[what === undefined ? name : `workspaces/${this.workspaceId}/definitions/${kind!}s`]!.rows;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const {pathname, searchParams} = new URL(request.url ?? '', 'http://airbyte.test');
    const path = pathname.replace('/api/public/v1/', '');
    const method = request.method ?? '';
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const body = text === '' ? undefined : (JSON.parse(text) as Entry);
    this.requests.push({method, path, body});
    const [status, value] = this.handle(method, path, searchParams, body, request.headers.authorization);
    response.writeHead(status, {'Content-Type': 'application/json'}).end(JSON.stringify(value));
  }

  private handle(
    method: string,
    path: string,
    query: URLSearchParams,
    body: Entry | undefined,
    authorization: string | undefined
  ): [status: number, value: unknown] {
    if (path === 'applications/token') {
      const {client_id, client_secret} = bodies.token.parse(body);
      const isRight =
        client_id === this.credentials.AIRBYTE_CLIENT_ID && client_secret === this.credentials.AIRBYTE_CLIENT_SECRET;
      return isRight
        ? [200, {access_token: this.token, token_type: 'Bearer', expires_in: 180}]
        : [401, {title: 'Unauthorized'}];
    }
    if (authorization !== `Bearer ${this.token}`) return [401, {title: 'Unauthorized'}];
    const whole = this.tables[path];
    if (whole !== undefined) return method === 'GET' ? listing(whole, query) : this.create(whole, body);
    const [, parent, id] = /^(.*)\/([^/]+)$/.exec(path) ?? [];
    const table = this.tables[parent ?? ''];
    const row = table?.rows.find((one) => one[table.idKey] === id);
    if (table === undefined || row === undefined) return [404, {title: 'Not found'}];
    if (method !== table.update.method) return [405, {title: 'Method not allowed'}];
    const parsed = table.update.body.safeParse(body);
    if (!parsed.success) return [400, {title: 'Bad request', detail: JSON.stringify(body)}];
    Object.assign(row, parsed.data);
    return [200, shown(row)];
  }

  private create(table: Table, body: Entry | undefined): [status: number, value: unknown] {
    const parsed = table.create.safeParse(body);
    if (!parsed.success) return [400, {title: 'Bad request', detail: JSON.stringify(body)}];
    const row = {...parsed.data, [table.idKey]: randomUUID()};
    table.rows.push(row);
    return [200, shown(row)];
  }
}

function definitions(): Table {
  return {
    idKey: 'id',
    create: bodies.createDefinition,
    update: {method: 'PUT', body: bodies.updateDefinition},
    isPaged: false,
    rows: [],
  };
}

function actors(idKey: string): Table {
  return {
    idKey,
    create: bodies.createActor,
    update: {method: 'PUT', body: bodies.putActor},
    isPaged: true,
    rows: [],
  };
}

function listing({rows, isPaged}: Table, query: URLSearchParams): [status: number, value: unknown] {
  const offset = isPaged ? Number(query.get('offset') ?? 0) : 0;
  const limit = isPaged ? Number(query.get('limit') ?? 20) : rows.length;
  return [200, {previous: '', next: '', data: rows.slice(offset, offset + limit).map(shown)}];
}

/** Secrets are answered masked, wherever they stand, and times of the schedule with their zone, as Airbyte does. */
function shown(row: Entry): Entry {
  const {configuration, schedule: when} = row as {
    configuration?: Entry;
    schedule?: {cronExpression?: string};
  };
  return {
    ...row,
    ...(configuration === undefined ? {} : {configuration: masked(configuration)}),
    ...(when?.cronExpression === undefined
      ? {}
      : {schedule: {...when, cronExpression: `${when.cronExpression} UTC`, basicTiming: undefined}}),
  };
}

const secretFields = new Set(['api_key', 'access_key_id', 'secret_access_key', 'password', 'connection_string']);

function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, secretFields.has(key) ? '**********' : masked(member)])
  );
}
