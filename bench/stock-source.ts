// The rows of `messages` from a source as one writes it on the CDK's own base classes: what the product is compared with.
import {createHash} from 'node:crypto';
import axios from 'axios';
import {
  type AirbyteConfig,
  type AirbyteLogger,
  AirbyteSourceBase,
  AirbyteSourceLogger,
  AirbyteSourceRunner,
  AirbyteSpec,
  AirbyteStreamBase,
} from 'faros-airbyte-cdk';

interface StockConfig extends AirbyteConfig {
  readonly workspace_id: string;
  readonly api_key: string;
  readonly api_base_url: string;
}

interface LogPage {
  readonly data: readonly {readonly id: string}[];
  readonly has_more: boolean;
  readonly last_end_time: string;
}

class Messages extends AirbyteStreamBase {
  constructor(
    private readonly config: StockConfig,
    logger: AirbyteLogger
  ) {
    super(logger);
  }

  override getJsonSchema(): Record<string, unknown> {
    return {type: 'object', properties: {event_id: {type: 'string'}, timestamp: {type: 'string'}}};
  }

  override get primaryKey(): string {
    return 'event_id';
  }

  override get cursorField(): string {
    return 'timestamp';
  }

  override async *readRecords(): AsyncGenerator<Record<string, unknown>> {
    const {api_base_url, api_key, workspace_id} = this.config;
    const api = axios.create({
      baseURL: `${api_base_url}/compliance/workspaces/${workspace_id}`,
      headers: {Authorization: `Bearer ${api_key}`},
    });
    let after = new Date(Date.now() - 29 * 86_400_000).toISOString();
    for (;;) {
      const {data: page} = await api.get<LogPage>('/logs', {
        params: {event_type: 'CONVERSATION_MESSAGE', after, limit: 100},
      });
      for (const {id} of page.data) {
        const {data: text} = await api.get<string>(`/logs/${id}`, {
          responseType: 'text',
          transformResponse: (body: string) => body,
        });
        for (const [index, line] of text.split('\n').entries())
          if (line !== '') yield toRow(line, id, index + 1, workspace_id);
      }
      if (!page.has_more) return;
      after = page.last_end_time;
    }
  }
}

interface WireEvent extends Record<string, unknown> {
  readonly message: Record<string, unknown> | null;
  readonly conversation: Record<string, unknown> | null;
}

function toRow(line: string, logFileId: string, number: number, workspaceId: string): Record<string, unknown> {
  const event = JSON.parse(line) as WireEvent;
  return {
    ...event,
    event: line,
    event_sha256: createHash('sha256').update(line).digest('hex'),
    log_file_id: logFileId,
    log_line: number,
    workspace_id: workspaceId,
    conversation_id: event.conversation?.['id'],
    message_id: event.message?.['id'],
  };
}

class StockSource extends AirbyteSourceBase<StockConfig> {
  override get type(): string {
    return 'stock';
  }

  override spec(): Promise<AirbyteSpec> {
    return Promise.resolve(
      new AirbyteSpec({
        documentationUrl: 'https://stock.test',
        connectionSpecification: {$schema: '', title: 'Stock', type: 'object', required: [], properties: {}},
      })
    );
  }

  override checkConnection(): Promise<[boolean, undefined]> {
    return Promise.resolve([true, undefined]);
  }

  override streams(config: StockConfig): AirbyteStreamBase[] {
    return [new Messages(config, this.logger)];
  }
}

const logger = new AirbyteSourceLogger();
new AirbyteSourceRunner(logger, new StockSource(logger)).mainCommand().parse();
